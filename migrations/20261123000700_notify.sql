-- migrate:up
-- The way out: inbox rows, webhooks and files.

-- One per person and event. Subject and text are rendered for the reader when read; data holds ids and states only.
CREATE TABLE notification (
    id uuid PRIMARY KEY,
    company_id uuid,
    person_id uuid NOT NULL REFERENCES person,
    event_id uuid NOT NULL REFERENCES event,
    kind text NOT NULL,
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    UNIQUE (person_id, event_id)
);
CREATE INDEX notification_inbox ON notification (person_id, company_id, created_at DESC, id DESC);
CREATE INDEX notification_operator ON notification (person_id, created_at DESC, id DESC) WHERE company_id IS NULL;
CREATE INDEX notification_unread ON notification (person_id, company_id) WHERE read_at IS NULL;

CREATE TABLE webhook_endpoint (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 500),
    secret text NOT NULL,
    events text[] NOT NULL DEFAULT '{}',
    status text NOT NULL CHECK (status IN ('active', 'disabled')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);
CREATE INDEX webhook_endpoint_company ON webhook_endpoint (company_id) WHERE status = 'active';

-- One per endpoint and event; status: waiting -> delivered | failed (gave up). The job table retries.
CREATE TABLE webhook_delivery (
    id uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoint,
    company_id uuid NOT NULL,
    event_id uuid NOT NULL REFERENCES event,
    status text NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    last_status smallint,
    last_error text,
    created_at timestamptz NOT NULL,
    delivered_at timestamptz,
    UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_delivery_company ON webhook_delivery (company_id, created_at DESC, id DESC);
CREATE INDEX webhook_delivery_failed ON webhook_delivery (created_at) WHERE status = 'failed';

-- A stored file; the bytes stand in object storage under its id. audience: who besides the owner may read it.
CREATE TABLE file (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    audience uuid[] NOT NULL DEFAULT '{}',
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    media_type text NOT NULL,
    size bigint NOT NULL CHECK (size BETWEEN 1 AND 20971520),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    purpose text NOT NULL CHECK (purpose IN ('invoice', 'photo', 'contract', 'attachment', 'import')),
    created_by uuid,
    created_at timestamptz NOT NULL
);

ALTER TABLE notification ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON notification TO exchange_api
    USING (person_id = app_actor() AND company_id IS NOT DISTINCT FROM app_company());
CREATE POLICY worker_all ON notification TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT ON notification TO exchange_api;
GRANT UPDATE (read_at) ON notification TO exchange_api;
GRANT SELECT, INSERT ON notification TO exchange_worker;

ALTER TABLE webhook_endpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON webhook_endpoint TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
CREATE POLICY worker_all ON webhook_endpoint TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON webhook_endpoint TO exchange_api;
GRANT SELECT ON webhook_endpoint TO exchange_worker;

ALTER TABLE webhook_delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON webhook_delivery FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY worker_all ON webhook_delivery TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT ON webhook_delivery TO exchange_api;
GRANT SELECT, INSERT, UPDATE ON webhook_delivery TO exchange_worker;

ALTER TABLE file ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON file FOR SELECT TO exchange_api
    USING (company_id = app_company() OR app_company() = ANY (audience) OR app_operator());
CREATE POLICY api_insert ON file FOR INSERT TO exchange_api WITH CHECK (company_id = app_company());
CREATE POLICY worker_all ON file TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT (id, company_id, name, media_type, size, sha256, purpose, created_by, created_at), INSERT ON file TO exchange_api;
GRANT SELECT, INSERT ON file TO exchange_worker;
