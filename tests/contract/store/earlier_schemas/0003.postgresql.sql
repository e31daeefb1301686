-- People.
CREATE TABLE public.accounts (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    role character varying(20) NOT NULL,
    password text,
    identity text,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.accounts_id_seq OWNED BY public.accounts.id;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_keys (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    scope text NOT NULL,
    created_by text NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint
);
CREATE SEQUENCE public.api_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.api_keys_id_seq OWNED BY public.api_keys.id;
CREATE TABLE public.attempts (
    effect bigint NOT NULL,
    attempt integer NOT NULL,
    ended_at bigint NOT NULL,
    status character varying(20) NOT NULL,
    detail text NOT NULL,
    retry_at bigint
);
CREATE TABLE public.changes (
    id bigint NOT NULL,
    at bigint NOT NULL,
    author text NOT NULL,
    action character varying(40) NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);
CREATE SEQUENCE public.changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.changes_id_seq OWNED BY public.changes.id;
CREATE TABLE public.decisions (
    service_id character varying(200) NOT NULL,
    version bigint NOT NULL,
    incident bigint NOT NULL,
    decided_at bigint NOT NULL,
    message text NOT NULL,
    policy_edit bigint,
    after text NOT NULL,
    author text
);
CREATE TABLE public.failed_logins (
    name character varying(100) NOT NULL,
    failures integer NOT NULL,
    last_at bigint NOT NULL
);
CREATE TABLE public.invitations (
    secret_hash character varying(64) NOT NULL,
    account bigint,
    expires_at bigint NOT NULL
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
    settled_at bigint,
    version bigint DEFAULT '0'::bigint NOT NULL
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
    policy text,
    author text
);
CREATE SEQUENCE public.policy_edits_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.policy_edits_id_seq OWNED BY public.policy_edits.id;
CREATE TABLE public.sessions (
    secret_hash character varying(64) NOT NULL,
    account bigint NOT NULL,
    device character varying(200) NOT NULL,
    begun_at bigint NOT NULL,
    used_at bigint NOT NULL
);
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
ALTER TABLE ONLY public.accounts ALTER COLUMN id SET DEFAULT nextval('public.accounts_id_seq'::regclass);
ALTER TABLE ONLY public.api_keys ALTER COLUMN id SET DEFAULT nextval('public.api_keys_id_seq'::regclass);
ALTER TABLE ONLY public.changes ALTER COLUMN id SET DEFAULT nextval('public.changes_id_seq'::regclass);
ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);
ALTER TABLE ONLY public.policy_edits ALTER COLUMN id SET DEFAULT nextval('public.policy_edits_id_seq'::regclass);
INSERT INTO public.accounts VALUES (1, 'ada@example.com', 'administrator', NULL, NULL, 1);
INSERT INTO public.alembic_version VALUES ('0003');
INSERT INTO public.api_keys VALUES (1, 'monitoring', 'an old hash', '{"actions":["alert"],"services":null}', 'ada@example.com', 1, NULL);
INSERT INTO public.attempts VALUES (1, 1, 1795910374125, 'failed', '451 try again later', 1795910375180);
INSERT INTO public.attempts VALUES (2, 1, 1795910374146, 'sent', '250 accepted', NULL);
INSERT INTO public.attempts VALUES (3, 1, 1795910374172, 'sent', '', NULL);
INSERT INTO public.attempts VALUES (1, 2, 1795910374186, 'sent', '250 accepted', NULL);
INSERT INTO public.attempts VALUES (4, 1, 1795910374218, 'sent', '250 accepted', NULL);
INSERT INTO public.attempts VALUES (5, 1, 1795910374244, 'sent', '', NULL);
INSERT INTO public.decisions VALUES ('checkout-api', 1, 1, 1795910374070, '{"type":"alert","service_id":"checkout-api","message":"p99 latency above 3 s"}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":1,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}', NULL);
INSERT INTO public.decisions VALUES ('checkout-api', 2, 1, 1795910374199, '{"type":"acknowledgement-timeout","service_id":"checkout-api","incident":1,"level":1}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}', NULL);
INSERT INTO public.decisions VALUES ('checkout-api', 3, 1, 1795910374256, '{"type":"acknowledgement","service_id":"checkout-api","incident":1,"by":"Ada"}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":2,"message":"p99 latency above 3 s","escalation":{"stage":"acknowledged","by":"Ada"}}', NULL);
INSERT INTO public.decisions VALUES ('checkout-api', 4, 1, 1795910374268, '{"type":"healthy-event","service_id":"checkout-api","incident":null}', 1, '{"state":"healthy","service_id":"checkout-api","incident":1}', NULL);
INSERT INTO public.decisions VALUES ('checkout-api', 5, 2, 1795910374275, '{"type":"alert","service_id":"checkout-api","message":"error rate above 5 %"}', 1, '{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}', NULL);
INSERT INTO public.monitored_services VALUES ('checkout-api', 5, 2, '{"state":"unhealthy","service_id":"checkout-api","incident":2,"level":1,"message":"error rate above 5 %","escalation":{"stage":"escalating"}}');
INSERT INTO public.outbox VALUES (2, 'sms', 'checkout-api', 1, 'checkout-api/1/1/+33612345601', '{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"p99 latency above 3 s"}', 1, NULL, 'sent', '250 accepted', 1795910374144, 1);
INSERT INTO public.outbox VALUES (3, 'timer', 'checkout-api', 1, 'checkout-api/1/1/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":1,"delay":"PT15M"}', 1, NULL, 'sent', '', 1795910374172, 1);
INSERT INTO public.outbox VALUES (1, 'email', 'checkout-api', 1, 'checkout-api/1/1/ada@example.com', '{"type":"notification","service_id":"checkout-api","incident":1,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"p99 latency above 3 s"}', 2, NULL, 'sent', '250 accepted', 1795910374185, 1);
INSERT INTO public.outbox VALUES (4, 'email', 'checkout-api', 1, 'checkout-api/1/2/edsger@example.com', '{"type":"notification","service_id":"checkout-api","incident":1,"level":2,"target":{"type":"email","address":"edsger@example.com"},"message":"p99 latency above 3 s"}', 1, NULL, 'sent', '250 accepted', 1795910374217, 2);
INSERT INTO public.outbox VALUES (5, 'timer', 'checkout-api', 1, 'checkout-api/1/2/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":1,"level":2,"delay":"PT5M"}', 1, NULL, 'sent', '', 1795910374243, 2);
INSERT INTO public.outbox VALUES (6, 'email', 'checkout-api', 2, 'checkout-api/2/1/ada@example.com', '{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"email","address":"ada@example.com"},"message":"error rate above 5 %"}', 0, 1795910374275, 'waiting', '', NULL, 5);
INSERT INTO public.outbox VALUES (7, 'sms', 'checkout-api', 2, 'checkout-api/2/1/+33612345601', '{"type":"notification","service_id":"checkout-api","incident":2,"level":1,"target":{"type":"sms","phone_number":"+33612345601"},"message":"error rate above 5 %"}', 0, 1795910374276, 'waiting', '', NULL, 5);
INSERT INTO public.outbox VALUES (8, 'timer', 'checkout-api', 2, 'checkout-api/2/1/', '{"type":"acknowledgement-delay","service_id":"checkout-api","incident":2,"level":1,"delay":"PT15M"}', 0, 1795910374276, 'waiting', '', NULL, 5);
INSERT INTO public.policy_edits VALUES (1, 'checkout-api', 1795910374031, '{"service_id":"checkout-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"},{"type":"sms","phone_number":"+33612345601"}],"acknowledgement_delay":"PT15M"},{"targets":[{"type":"email","address":"edsger@example.com"}],"acknowledgement_delay":"PT5M"}]}', NULL);
INSERT INTO public.policy_edits VALUES (2, 'search-api', 1795910374052, '{"service_id":"search-api","levels":[{"targets":[{"type":"email","address":"ada@example.com"}],"acknowledgement_delay":"PT15M"}]}', NULL);
INSERT INTO public.timers VALUES ('checkout-api', 1, 1, 1795911274165);
INSERT INTO public.timers VALUES ('checkout-api', 1, 2, 1795910674241);
SELECT pg_catalog.setval('public.accounts_id_seq', 1, true);
SELECT pg_catalog.setval('public.api_keys_id_seq', 1, true);
SELECT pg_catalog.setval('public.changes_id_seq', 1, false);
SELECT pg_catalog.setval('public.outbox_id_seq', 8, true);
SELECT pg_catalog.setval('public.policy_edits_id_seq', 2, true);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_identity_key UNIQUE (identity);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_name_key UNIQUE (name);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (effect, attempt);
ALTER TABLE ONLY public.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (service_id, version);
ALTER TABLE ONLY public.failed_logins
    ADD CONSTRAINT failed_logins_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (secret_hash);
ALTER TABLE ONLY public.monitored_services
    ADD CONSTRAINT monitored_services_pkey PRIMARY KEY (service_id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_idempotency_key UNIQUE (idempotency_key);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.policy_edits
    ADD CONSTRAINT policy_edits_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (secret_hash);
ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (service_id, incident, level);
CREATE INDEX attempts_ended_at ON public.attempts USING btree (ended_at);
CREATE INDEX changes_at ON public.changes USING btree (at);
CREATE INDEX decisions_decided_at ON public.decisions USING btree (decided_at);
CREATE INDEX decisions_policy_edit ON public.decisions USING btree (policy_edit);
CREATE INDEX failed_logins_last_at ON public.failed_logins USING btree (last_at);
CREATE INDEX outbox_due ON public.outbox USING btree (channel, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX outbox_incident ON public.outbox USING btree (service_id, incident);
CREATE INDEX policy_edits_service ON public.policy_edits USING btree (service_id, id);
CREATE INDEX sessions_account ON public.sessions USING btree (account);
CREATE INDEX timers_due ON public.timers USING btree (due_at);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_effect FOREIGN KEY (effect) REFERENCES public.outbox(id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_policy_edit FOREIGN KEY (policy_edit) REFERENCES public.policy_edits(id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_account FOREIGN KEY (account) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account FOREIGN KEY (account) REFERENCES public.accounts(id);
