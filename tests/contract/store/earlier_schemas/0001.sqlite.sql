-- The first schema.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE escalation_policies (
	service_id VARCHAR(200) NOT NULL, 
	policy TEXT NOT NULL, 
	PRIMARY KEY (service_id)
);
INSERT INTO "escalation_policies" VALUES('checkout-api','{"service_id":"checkout-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"},{"type":"sms","phone_number":"+33612345601"}],"acknowledgement_delay":"PT15M"},{"targets":[{"type":"email","address":"edsger@example.com"}],"acknowledgement_delay":"PT5M"}]}');
INSERT INTO "escalation_policies" VALUES('search-api','{"service_id":"search-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"}],"acknowledgement_delay":"PT15M"}]}');
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
INSERT INTO "outbox" VALUES(1,'email','checkout-api',1,'checkout-api/1/1/ada@example.com','{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"p99 latency above 3 s"}',2,NULL,'sent','250 accepted',1795910355820);
INSERT INTO "outbox" VALUES(2,'sms','checkout-api',1,'checkout-api/1/1/+33612345601','{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"p99 latency above 3 s"}',1,NULL,'sent','250 accepted',1795910355803);
INSERT INTO "outbox" VALUES(3,'timer','checkout-api',1,'checkout-api/1/1/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":1,"delay":"PT15M"}',1,NULL,'sent','',1795910355814);
INSERT INTO "outbox" VALUES(4,'email','checkout-api',1,'checkout-api/1/2/edsger@example.com','{"type":"notification","service_id":"checkout-api","incident":1,"level":2,"target":{"type":"email","address":"edsger@example.com"},"message":"p99 latency above 3 s"}',1,NULL,'sent','250 accepted',1795910355832);
INSERT INTO "outbox" VALUES(5,'timer','checkout-api',1,'checkout-api/1/2/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":2,"delay":"PT5M"}',1,NULL,'sent','',1795910355839);
INSERT INTO "outbox" VALUES(6,'email','checkout-api',2,'checkout-api/2/1/ada@example.com','{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"error rate above 5 %"}',0,1795910355848,'waiting','',NULL);
INSERT INTO "outbox" VALUES(7,'sms','checkout-api',2,'checkout-api/2/1/+33612345601','{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"error rate above 5 %"}',0,1795910355848,'waiting','',NULL);
INSERT INTO "outbox" VALUES(8,'timer','checkout-api',2,'checkout-api/2/1/','{"type":"acknowledgement-delay","service_id":"checkout-api","incident":2,"level":1,"delay":"PT15M"}',0,1795910355848,'waiting','',NULL);
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
INSERT INTO "timers" VALUES('checkout-api',1,1,1795911255812);
INSERT INTO "timers" VALUES('checkout-api',1,2,1795910655838);
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_incident ON outbox (service_id, incident);
CREATE INDEX timers_due ON timers (due_at);
COMMIT;
