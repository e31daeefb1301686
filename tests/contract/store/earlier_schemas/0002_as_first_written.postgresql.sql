-- The journal, before its revision was edited: every later version refused every write to it.
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.attempts (
    id bigint NOT NULL,
    effect bigint NOT NULL,
    attempt integer NOT NULL,
    ended_at bigint NOT NULL,
    status character varying(20) NOT NULL,
    detail text NOT NULL,
    retry_at bigint
);
CREATE SEQUENCE public.attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.attempts_id_seq OWNED BY public.attempts.id;
CREATE TABLE public.decisions (
    service_id character varying(200) NOT NULL,
    version bigint NOT NULL,
    incident bigint NOT NULL,
    decided_at bigint NOT NULL,
    message text NOT NULL,
    policy_edit bigint,
    after text NOT NULL
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
CREATE TABLE public.policy_edits (
    id bigint NOT NULL,
    service_id character varying(200) NOT NULL,
    edited_at bigint NOT NULL,
    policy text
);
CREATE SEQUENCE public.policy_edits_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.policy_edits_id_seq OWNED BY public.policy_edits.id;
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
ALTER TABLE ONLY public.attempts ALTER COLUMN id SET DEFAULT nextval('public.attempts_id_seq'::regclass);
ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);
ALTER TABLE ONLY public.policy_edits ALTER COLUMN id SET DEFAULT nextval('public.policy_edits_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0002');
INSERT INTO public.attempts VALUES (1, 1, 1, 1795910362694, 'failed', '451 try again later', 1795910363881);
INSERT INTO public.attempts VALUES (2, 2, 1, 1795910362710, 'sent', '250 accepted', NULL);
INSERT INTO public.attempts VALUES (3, 3, 1, 1795910362726, 'sent', '', NULL);
INSERT INTO public.attempts VALUES (4, 1, 2, 1795910362745, 'sent', '250 accepted', NULL);
INSERT INTO public.attempts VALUES (5, 4, 1, 1795910362767, 'sent', '250 accepted', NULL);
INSERT INTO public.attempts VALUES (6, 5, 1, 1795910362788, 'sent', '', NULL);
INSERT INTO public.decisions VALUES ('checkout-api', 1, 1, 1795910362653, '{"type":"alert","service_id":"checkout-api","message":"p99 latency above 3 s"}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":1,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}');
INSERT INTO public.decisions VALUES ('checkout-api', 2, 1, 1795910362756, '{"type":"acknowledgement-timeout","service_id":"checkout-api","incident":1,"level":1}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}');
INSERT INTO public.decisions VALUES ('checkout-api', 3, 1, 1795910362806, '{"type":"acknowledgement","service_id":"checkout-api","incident":1,"by":"Ada"}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"acknowledged","by":"Ada"}}');
INSERT INTO public.decisions VALUES ('checkout-api', 4, 1, 1795910362820, '{"type":"healthy-event","service_id":"checkout-api","incident":null}', 1, '{"state":"healthy","service_id":"checkout-api","incident":1}');
INSERT INTO public.decisions VALUES ('checkout-api', 5, 2, 1795910362833, '{"type":"alert","service_id":"checkout-api","message":"error rate above 5 %"}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}');
INSERT INTO public.monitored_services VALUES ('checkout-api', 5, 2, '{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}');
INSERT INTO public.outbox VALUES (2, 'sms', 'checkout-api', 1, 'checkout-api/1/1/+33612345601', '{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"p99 latency above 3 s"}', 1, NULL, 'sent', '250 accepted', 1795910362709);
INSERT INTO public.outbox VALUES (3, 'timer', 'checkout-api', 1, 'checkout-api/1/1/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":1,"delay":"PT15M"}', 1, NULL, 'sent', '', 1795910362726);
INSERT INTO public.outbox VALUES (1, 'email', 'checkout-api', 1, 'checkout-api/1/1/ada@example.com', '{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"p99 latency above 3 s"}', 2, NULL, 'sent', '250 accepted', 1795910362744);
INSERT INTO public.outbox VALUES (4, 'email', 'checkout-api', 1, 'checkout-api/1/2/edsger@example.com', '{"type":"notification","service_id":"checkout-api","incident":1,"level":2,"target":{"type":"email","address":"edsger@example.com"},"message":"p99 latency above 3 s"}', 1, NULL, 'sent', '250 accepted', 1795910362766);
INSERT INTO public.outbox VALUES (5, 'timer', 'checkout-api', 1, 'checkout-api/1/2/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":2,"delay":"PT5M"}', 1, NULL, 'sent', '', 1795910362787);
INSERT INTO public.outbox VALUES (6, 'email', 'checkout-api', 2, 'checkout-api/2/1/ada@example.com', '{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"error rate above 5 %"}', 0, 1795910362835, 'waiting', '', NULL);
INSERT INTO public.outbox VALUES (7, 'sms', 'checkout-api', 2, 'checkout-api/2/1/+33612345601', '{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"error rate above 5 %"}', 0, 1795910362835, 'waiting', '', NULL);
INSERT INTO public.outbox VALUES (8, 'timer', 'checkout-api', 2, 'checkout-api/2/1/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":2,"level":1,"delay":"PT15M"}', 0, 1795910362835, 'waiting', '', NULL);
INSERT INTO public.policy_edits VALUES (1, 'checkout-api', 1795910362627, '{"service_id":"checkout-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"},{"type":"sms","phone_number":"+33612345601"}],"acknowledgement_delay":"PT15M"},{"targets":[{"type":"email","address":"edsger@example.com"}],"acknowledgement_delay":"PT5M"}]}');
INSERT INTO public.policy_edits VALUES (2, 'search-api', 1795910362631, '{"service_id":"search-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"}],"acknowledgement_delay":"PT15M"}]}');
INSERT INTO public.timers VALUES ('checkout-api', 1, 1, 1795911262725);
INSERT INTO public.timers VALUES ('checkout-api', 1, 2, 1795910662786);
SELECT pg_catalog.setval('public.attempts_id_seq', 6, true);
SELECT pg_catalog.setval('public.outbox_id_seq', 8, true);
SELECT pg_catalog.setval('public.policy_edits_id_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (service_id, version);
ALTER TABLE ONLY public.monitored_services
    ADD CONSTRAINT monitored_services_pkey PRIMARY KEY (service_id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_idempotency_key UNIQUE (idempotency_key);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.policy_edits
    ADD CONSTRAINT policy_edits_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (service_id, incident, level);
CREATE INDEX attempts_effect ON public.attempts USING btree (effect);
CREATE INDEX attempts_ended_at ON public.attempts USING btree (ended_at);
CREATE INDEX decisions_decided_at ON public.decisions USING btree (decided_at);
CREATE INDEX decisions_policy_edit ON public.decisions USING btree (policy_edit);
CREATE INDEX outbox_due ON public.outbox USING btree (channel, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX outbox_incident ON public.outbox USING btree (service_id, incident);
CREATE INDEX policy_edits_service ON public.policy_edits USING btree (service_id, id);
CREATE INDEX timers_due ON public.timers USING btree (due_at);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_effect FOREIGN KEY (effect) REFERENCES public.outbox(id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_policy_edit FOREIGN KEY (policy_edit) REFERENCES public.policy_edits(id);
