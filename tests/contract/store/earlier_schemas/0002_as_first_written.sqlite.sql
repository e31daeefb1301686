-- The journal, before its revision was edited: every later version refused every write to it.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	effect INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	ended_at BIGINT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	detail TEXT NOT NULL, 
	retry_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT attempts_effect FOREIGN KEY(effect) REFERENCES outbox (id)
);
INSERT INTO "attempts" VALUES(1,1,1,1795910359647,'failed','451 try again later',1795910360719);
INSERT INTO "attempts" VALUES(2,2,1,1795910359657,'sent','250 accepted',NULL);
INSERT INTO "attempts" VALUES(3,3,1,1795910359674,'sent','',NULL);
INSERT INTO "attempts" VALUES(4,1,2,1795910359687,'sent','250 accepted',NULL);
INSERT INTO "attempts" VALUES(5,4,1,1795910359706,'sent','250 accepted',NULL);
INSERT INTO "attempts" VALUES(6,5,1,1795910359722,'sent','',NULL);
CREATE TABLE decisions (
	service_id VARCHAR(200) NOT NULL, 
	version BIGINT NOT NULL, 
	incident BIGINT NOT NULL, 
	decided_at BIGINT NOT NULL, 
	message TEXT NOT NULL, 
	policy_edit INTEGER, 
	"after" TEXT NOT NULL, 
	PRIMARY KEY (service_id, version), 
	CONSTRAINT decisions_policy_edit FOREIGN KEY(policy_edit) REFERENCES policy_edits (id)
);
INSERT INTO "decisions" VALUES('checkout-api',1,1,1795910359625,'{"type":"alert","service_id":"checkout-api","message":"p99 latency above 3 s"}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":1,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}');
INSERT INTO "decisions" VALUES('checkout-api',2,1,1795910359694,'{"type":"acknowledgement-timeout","service_id":"checkout-api","incident":1,"level":1}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}');
INSERT INTO "decisions" VALUES('checkout-api',3,1,1795910359727,'{"type":"acknowledgement","service_id":"checkout-api","incident":1,"by":"Ada"}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"acknowledged","by":"Ada"}}');
INSERT INTO "decisions" VALUES('checkout-api',4,1,1795910359731,'{"type":"healthy-event","service_id":"checkout-api","incident":null}',1,'{"state":"healthy","service_id":"checkout-api","incident":1}');
INSERT INTO "decisions" VALUES('checkout-api',5,2,1795910359736,'{"type":"alert","service_id":"checkout-api","message":"error rate above 5 %"}',1,'{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}');
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
	settled_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT outbox_idempotency_key UNIQUE (idempotency_key)
);
INSERT INTO "outbox" VALUES(1,'email','checkout-api',1,'checkout-api/1/1/ada@example.com','{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"p99 latency above 3 s"}',2,NULL,'sent','250 accepted',1795910359685);
INSERT INTO "outbox" VALUES(2,'sms','checkout-api',1,'checkout-api/1/1/+33612345601','{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"p99 latency above 3 s"}',1,NULL,'sent','250 accepted',1795910359656);
INSERT INTO "outbox" VALUES(3,'timer','checkout-api',1,'checkout-api/1/1/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":1,"delay":"PT15M"}',1,NULL,'sent','',1795910359674);
INSERT INTO "outbox" VALUES(4,'email','checkout-api',1,'checkout-api/1/2/edsger@example.com','{"type":"notification","service_id":"checkout-api","incident":1,"level":2,"target":{"type":"email","address":"edsger@example.com"},"message":"p99 latency above 3 s"}',1,NULL,'sent','250 accepted',1795910359706);
INSERT INTO "outbox" VALUES(5,'timer','checkout-api',1,'checkout-api/1/2/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":2,"delay":"PT5M"}',1,NULL,'sent','',1795910359722);
INSERT INTO "outbox" VALUES(6,'email','checkout-api',2,'checkout-api/2/1/ada@example.com','{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"error rate above 5 %"}',0,1795910359736,'waiting','',NULL);
INSERT INTO "outbox" VALUES(7,'sms','checkout-api',2,'checkout-api/2/1/+33612345601','{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"error rate above 5 %"}',0,1795910359736,'waiting','',NULL);
INSERT INTO "outbox" VALUES(8,'timer','checkout-api',2,'checkout-api/2/1/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":2,"level":1,"delay":"PT15M"}',0,1795910359736,'waiting','',NULL);
CREATE TABLE policy_edits (
	id INTEGER NOT NULL, 
	service_id VARCHAR(200) NOT NULL, 
	edited_at BIGINT NOT NULL, 
	policy TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "policy_edits" VALUES(1,'checkout-api',1795910359607,'{"service_id":"checkout-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"},{"type":"sms","phone_number":"+33612345601"}],"acknowledgement_delay":"PT15M"},{"targets":[{"type":"email","address":"edsger@example.com"}],"acknowledgement_delay":"PT5M"}]}');
INSERT INTO "policy_edits" VALUES(2,'search-api',1795910359611,'{"service_id":"search-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"}],"acknowledgement_delay":"PT15M"}]}');
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
INSERT INTO "timers" VALUES('checkout-api',1,1,1795911259670);
INSERT INTO "timers" VALUES('checkout-api',1,2,1795910659719);
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_incident ON outbox (service_id, incident);
CREATE INDEX timers_due ON timers (due_at);
CREATE INDEX policy_edits_service ON policy_edits (service_id, id);
CREATE INDEX decisions_policy_edit ON decisions (policy_edit);
CREATE INDEX decisions_decided_at ON decisions (decided_at);
CREATE INDEX attempts_effect ON attempts (effect);
CREATE INDEX attempts_ended_at ON attempts (ended_at);
COMMIT;
