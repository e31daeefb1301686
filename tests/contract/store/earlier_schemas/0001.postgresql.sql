-- The first schema.
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.escalation_policies (
    service_id character varying(200) NOT NULL,
    policy text NOT NULL
);
CREATE TABLE public.monitored_services (
    service_id character varying(200) NOT NULL,
    version bigint NOT NULL,
    incident bigint NOT NULL,
    state text NOT NULL
);
CREATE TABLE public.outbox (
    id bigint NOT NULL,
    channel character varying(20) NOT NULL,
    service_id character varying(200) NOT NULL,
    incident bigint NOT NULL,
    idempotency_key text NOT NULL,
    effect text NOT NULL,
    attempt integer NOT NULL,
    due_at bigint,
    status character varying(20) NOT NULL,
    detail text NOT NULL,
    settled_at bigint
);
CREATE SEQUENCE public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.outbox_id_seq OWNED BY public.outbox.id;
CREATE TABLE public.signing_keys (
    id integer NOT NULL,
    key bytea NOT NULL
);
CREATE TABLE public.timers (
    service_id character varying(200) NOT NULL,
    incident bigint NOT NULL,
    level integer NOT NULL,
    due_at bigint NOT NULL
);
ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.escalation_policies VALUES ('checkout-api', '{"service_id":"checkout-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"},{"type":"sms","phone_number":"+33612345601"}],"acknowledgement_delay":"PT15M"},{"targets":[{"type":"email","address":"edsger@example.com"}],"acknowledgement_delay":"PT5M"}]}');
INSERT INTO public.escalation_policies VALUES ('search-api', '{"service_id":"search-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"}],"acknowledgement_delay":"PT15M"}]}');
INSERT INTO public.monitored_services VALUES ('checkout-api', 5, 2, '{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}');
INSERT INTO public.outbox VALUES (2, 'sms', 'checkout-api', 1, 'checkout-api/1/1/+33612345601', '{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"p99 latency above 3 s"}', 1, NULL, 'sent', '250 accepted', 1795910357693);
INSERT INTO public.outbox VALUES (3, 'timer', 'checkout-api', 1, 'checkout-api/1/1/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":1,"delay":"PT15M"}', 1, NULL, 'sent', '', 1795910357721);
INSERT INTO public.outbox VALUES (1, 'email', 'checkout-api', 1, 'checkout-api/1/1/ada@example.com', '{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"p99 latency above 3 s"}', 2, NULL, 'sent', '250 accepted', 1795910357739);
INSERT INTO public.outbox VALUES (4, 'email', 'checkout-api', 1, 'checkout-api/1/2/edsger@example.com', '{"type":"notification","service_id":"checkout-api","incident":1,"level":2,"target":{"type":"email","address":"edsger@example.com"},"message":"p99 latency above 3 s"}', 1, NULL, 'sent', '250 accepted', 1795910357770);
INSERT INTO public.outbox VALUES (5, 'timer', 'checkout-api', 1, 'checkout-api/1/2/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":2,"delay":"PT5M"}', 1, NULL, 'sent', '', 1795910357789);
INSERT INTO public.outbox VALUES (6, 'email', 'checkout-api', 2, 'checkout-api/2/1/ada@example.com', '{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"error rate above 5 %"}', 0, 1795910357827, 'waiting', '', NULL);
INSERT INTO public.outbox VALUES (7, 'sms', 'checkout-api', 2, 'checkout-api/2/1/+33612345601', '{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"error rate above 5 %"}', 0, 1795910357827, 'waiting', '', NULL);
INSERT INTO public.outbox VALUES (8, 'timer', 'checkout-api', 2, 'checkout-api/2/1/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":2,"level":1,"delay":"PT15M"}', 0, 1795910357827, 'waiting', '', NULL);
INSERT INTO public.timers VALUES ('checkout-api', 1, 1, 1795911257707);
INSERT INTO public.timers VALUES ('checkout-api', 1, 2, 1795910657786);
SELECT pg_catalog.setval('public.outbox_id_seq', 8, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.escalation_policies
    ADD CONSTRAINT escalation_policies_pkey PRIMARY KEY (service_id);
ALTER TABLE ONLY public.monitored_services
    ADD CONSTRAINT monitored_services_pkey PRIMARY KEY (service_id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_idempotency_key UNIQUE (idempotency_key);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (service_id, incident, level);
CREATE INDEX outbox_due ON public.outbox USING btree (channel, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX outbox_incident ON public.outbox USING btree (service_id, incident);
CREATE INDEX timers_due ON public.timers USING btree (due_at);
