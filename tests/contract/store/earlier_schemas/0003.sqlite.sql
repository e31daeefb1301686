-- People.
BEGIN TRANSACTION;
CREATE TABLE accounts (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	password TEXT, 
	identity TEXT, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name), 
	UNIQUE (identity)
);
INSERT INTO "accounts" VALUES(1,'ada@example.com','administrator',NULL,NULL,1);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE api_keys (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR(100) NOT NULL, 
	secret_hash VARCHAR(64) NOT NULL, 
	scope TEXT NOT NULL, 
	created_by TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	used_at BIGINT, 
	UNIQUE (secret_hash)
);
INSERT INTO "api_keys" VALUES(1,'monitoring','an old hash','{"actions":["alert"],"services":null}','ada@example.com',1,NULL);
CREATE TABLE attempts (
	effect INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	ended_at BIGINT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	detail TEXT NOT NULL, 
	retry_at BIGINT, 
	PRIMARY KEY (effect, attempt), 
	CONSTRAINT attempts_effect FOREIGN KEY(effect) REFERENCES outbox (id)
);
INSERT INTO "attempts" VALUES(1,1,1795910371466,'failed','451 try again later',1795910372568);
INSERT INTO "attempts" VALUES(2,1,1795910371478,'sent','250 accepted',NULL);
INSERT INTO "attempts" VALUES(3,1,1795910371492,'sent','',NULL);
INSERT INTO "attempts" VALUES(1,2,1795910371496,'sent','250 accepted',NULL);
INSERT INTO "attempts" VALUES(4,1,1795910371507,'sent','250 accepted',NULL);
INSERT INTO "attempts" VALUES(5,1,1795910371513,'sent','',NULL);
CREATE TABLE changes (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	author TEXT NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	subject TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE decisions (
	service_id VARCHAR(200) NOT NULL, 
	version BIGINT NOT NULL, 
	incident BIGINT NOT NULL, 
	decided_at BIGINT NOT NULL, 
	message TEXT NOT NULL, 
	policy_edit INTEGER, 
	"after" TEXT NOT NULL, author TEXT, 
	PRIMARY KEY (service_id, version), 
	CONSTRAINT decisions_policy_edit FOREIGN KEY(policy_edit) REFERENCES policy_edits (id)
);
INSERT INTO "decisions" VALUES('checkout-api',1,1,1795910371439,'{"type":"alert","service_id":"checkout-api","message":"p99 latency above 3 s"}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":1,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}',NULL);
INSERT INTO "decisions" VALUES('checkout-api',2,1,1795910371501,'{"type":"acknowledgement-timeout","service_id":"checkout-api","incident":1,"level":1}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}',NULL);
INSERT INTO "decisions" VALUES('checkout-api',3,1,1795910371515,'{"type":"acknowledgement","service_id":"checkout-api","incident":1,"by":"Ada"}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"acknowledged","by":"Ada"}}',NULL);
INSERT INTO "decisions" VALUES('checkout-api',4,1,1795910371522,'{"type":"healthy-event","service_id":"checkout-api","incident":null}',1,'{"state":"healthy","service_id":"checkout-api","incident":1}',NULL);
INSERT INTO "decisions" VALUES('checkout-api',5,2,1795910371526,'{"type":"alert","service_id":"checkout-api","message":"error rate above 5 %"}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}',NULL);
CREATE TABLE failed_logins (
	name VARCHAR(100) NOT NULL, 
	failures INTEGER NOT NULL, 
	last_at BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE invitations (
	secret_hash VARCHAR(64) NOT NULL, 
	account INTEGER, 
	expires_at BIGINT NOT NULL, 
	PRIMARY KEY (secret_hash), 
	CONSTRAINT invitations_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE monitored_services (
	service_id VARCHAR(200) NOT NULL, 
	version BIGINT NOT NULL, 
	incident BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	PRIMARY KEY (service_id)
);
INSERT INTO "monitored_services" VALUES('checkout-api',5,2,'{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}');
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	service_id VARCHAR(200) NOT NULL, 
	incident BIGINT NOT NULL, 
	idempotency_key TEXT NOT NULL, 
	effect TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	due_at BIGINT, 
	status VARCHAR(20) NOT NULL, 
	detail TEXT NOT NULL, 
	settled_at BIGINT, version BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT outbox_idempotency_key UNIQUE (idempotency_key)
);
INSERT INTO "outbox" VALUES(1,'email','checkout-api',1,'checkout-api/1/1/ada@example.com','{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"p99 latency above 3 s"}',2,NULL,'sent','250 accepted',1795910371496,1);
INSERT INTO "outbox" VALUES(2,'sms','checkout-api',1,'checkout-api/1/1/+33612345601','{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"p99 latency above 3 s"}',1,NULL,'sent','250 accepted',1795910371477,1);
INSERT INTO "outbox" VALUES(3,'timer','checkout-api',1,'checkout-api/1/1/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":1,"delay":"PT15M"}',1,NULL,'sent','',1795910371491,1);
INSERT INTO "outbox" VALUES(4,'email','checkout-api',1,'checkout-api/1/2/edsger@example.com','{"type":"notification","service_id":"checkout-api","incident":1,"level":2,"target":{"type":"email","address":"edsger@example.com"},"message":"p99 latency above 3 s"}',1,NULL,'sent','250 accepted',1795910371507,2);
INSERT INTO "outbox" VALUES(5,'timer','checkout-api',1,'checkout-api/1/2/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":2,"delay":"PT5M"}',1,NULL,'sent','',1795910371513,2);
INSERT INTO "outbox" VALUES(6,'email','checkout-api',2,'checkout-api/2/1/ada@example.com','{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"error rate above 5 %"}',0,1795910371526,'waiting','',NULL,5);
INSERT INTO "outbox" VALUES(7,'sms','checkout-api',2,'checkout-api/2/1/+33612345601','{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"error rate above 5 %"}',0,1795910371526,'waiting','',NULL,5);
INSERT INTO "outbox" VALUES(8,'timer','checkout-api',2,'checkout-api/2/1/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":2,"level":1,"delay":"PT15M"}',0,1795910371526,'waiting','',NULL,5);
CREATE TABLE policy_edits (
	id INTEGER NOT NULL, 
	service_id VARCHAR(200) NOT NULL, 
	edited_at BIGINT NOT NULL, 
	policy TEXT, author TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "policy_edits" VALUES(1,'checkout-api',1795910371425,'{"service_id":"checkout-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"},{"type":"sms","phone_number":"+33612345601"}],"acknowledgement_delay":"PT15M"},{"targets":[{"type":"email","address":"edsger@example.com"}],"acknowledgement_delay":"PT5M"}]}',NULL);
INSERT INTO "policy_edits" VALUES(2,'search-api',1795910371431,'{"service_id":"search-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"}],"acknowledgement_delay":"PT15M"}]}',NULL);
CREATE TABLE sessions (
	secret_hash VARCHAR(64) NOT NULL, 
	account INTEGER NOT NULL, 
	device VARCHAR(200) NOT NULL, 
	begun_at BIGINT NOT NULL, 
	used_at BIGINT NOT NULL, 
	PRIMARY KEY (secret_hash), 
	CONSTRAINT sessions_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE signing_keys (
	id INTEGER NOT NULL, 
	"key" BLOB NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE timers (
	service_id VARCHAR(200) NOT NULL, 
	incident BIGINT NOT NULL, 
	level INTEGER NOT NULL, 
	due_at BIGINT NOT NULL, 
	PRIMARY KEY (service_id, incident, level)
);
INSERT INTO "timers" VALUES('checkout-api',1,1,1795911271489);
INSERT INTO "timers" VALUES('checkout-api',1,2,1795910671512);
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_incident ON outbox (service_id, incident);
CREATE INDEX timers_due ON timers (due_at);
CREATE INDEX policy_edits_service ON policy_edits (service_id, id);
CREATE INDEX decisions_policy_edit ON decisions (policy_edit);
CREATE INDEX decisions_decided_at ON decisions (decided_at);
CREATE INDEX attempts_ended_at ON attempts (ended_at);
CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX failed_logins_last_at ON failed_logins (last_at);
CREATE INDEX changes_at ON changes (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('api_keys',1);
COMMIT;
