-- migrate:up
-- One record of what happened (event), what follows from it (job), and which requests were answered (idempotency_key).

-- Append-only. seq orders events inside one batch of the sequencer; position and hash are written once, by
-- the sequencer alone. payload holds ids, versions and states, never prices, names or personal data.
CREATE TABLE event (
    id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001',
    position bigint UNIQUE CHECK (position > 0),
    hash bytea CHECK (length(hash) = 32),
    type text NOT NULL CHECK (type ~ '^[a-z_]+\.[a-z_]+$'),
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    actor_id uuid,
    company_id uuid,
    -- Who may know besides the acting company; the api role cannot read this column, the policy still uses it.
    audience uuid[] NOT NULL DEFAULT '{}',
    request_id text,
    from_state text,
    to_state text,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload jsonb NOT NULL DEFAULT '{}',
    CHECK ((position IS NULL) = (hash IS NULL))
);
CREATE INDEX event_unsequenced ON event (seq) WHERE position IS NULL;
CREATE INDEX event_aggregate ON event (aggregate_id, version);
CREATE INDEX event_company ON event (company_id, position);
CREATE INDEX event_actor ON event (actor_id, position);
CREATE INDEX event_request ON event (request_id);

CREATE FUNCTION event_is_append_only() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.position IS NULL AND NEW.position IS NOT NULL
        AND (to_jsonb(NEW) - 'position' - 'hash') = (to_jsonb(OLD) - 'position' - 'hash') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an event is never changed' USING ERRCODE = 'EX002';
END
$$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION event_is_append_only();

-- The feed of one company, by position; written by the sequencer from event.audience and the acting company.
CREATE TABLE event_recipient (
    company_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL REFERENCES event,
    PRIMARY KEY (company_id, position)
);

-- What follows from an event. state: new (claimable at next_at) -> running (leased) -> done | new (retry) | dead.
CREATE TABLE job (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001',
    kind text NOT NULL,
    dedupe_key text NOT NULL,
    payload jsonb NOT NULL,
    priority smallint NOT NULL DEFAULT 5,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'running', 'done', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_token uuid,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    UNIQUE (dedupe_key)
);
CREATE INDEX job_claimable ON job (priority, next_at) WHERE state IN ('new', 'running');
CREATE INDEX job_dead ON job (created_at) WHERE state = 'dead';

-- One row per named schedule and slot: whoever inserts it runs it.
CREATE TABLE schedule_slot (
    name text NOT NULL,
    slot timestamptz NOT NULL,
    PRIMARY KEY (name, slot)
);

-- One answered request. Inserted in the transaction of its effect, so effect and answer stand or fall together.
CREATE TABLE idempotency_key (
    company_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    body_hash bytea NOT NULL,
    status smallint,
    resource_id uuid,
    resource_version integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company_id, actor_id, route, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON event FOR SELECT TO exchange_api
    USING (company_id = app_company() OR app_company() = ANY (audience) OR app_operator());
CREATE POLICY api_append ON event FOR INSERT TO exchange_api
    WITH CHECK (company_id IS NOT DISTINCT FROM app_company() AND actor_id IS NOT DISTINCT FROM app_actor() AND position IS NULL);
CREATE POLICY worker_all ON event TO exchange_worker USING (true) WITH CHECK (true);
CREATE POLICY matcher_read ON event FOR SELECT TO exchange_matcher USING (true);
GRANT INSERT ON event TO exchange_api, exchange_worker;
GRANT SELECT (id, seq, market_id, position, hash, type, aggregate, aggregate_id, version, actor_id, company_id,
    request_id, from_state, to_state, at, recorded_at, payload) ON event TO exchange_api;
GRANT SELECT, UPDATE (position, hash) ON event TO exchange_worker;
GRANT SELECT (id, position, type, aggregate, aggregate_id, version) ON event TO exchange_matcher;

ALTER TABLE event_recipient ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON event_recipient FOR SELECT TO exchange_api USING (company_id = app_company());
CREATE POLICY worker_all ON event_recipient TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT ON event_recipient TO exchange_api;
GRANT SELECT, INSERT ON event_recipient TO exchange_worker;

-- Jobs belong to the exchange, not to a member: the api appends, the worker owns; operators watch and retry.
ALTER TABLE job ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_append ON job FOR INSERT TO exchange_api WITH CHECK (state = 'new' AND attempts = 0);
CREATE POLICY operator_read ON job FOR SELECT TO exchange_api USING (app_operator());
CREATE POLICY operator_retry ON job FOR UPDATE TO exchange_api USING (app_operator()) WITH CHECK (state = 'new');
CREATE POLICY worker_all ON job TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON job TO exchange_api;
GRANT UPDATE (state, attempts, next_at, last_error, lease_token) ON job TO exchange_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON job TO exchange_worker;
GRANT SELECT, INSERT, DELETE ON schedule_slot TO exchange_worker;

ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON idempotency_key TO exchange_api
    USING (actor_id = app_actor() AND company_id = coalesce(app_company(), '00000000-0000-0000-0000-000000000000'))
    WITH CHECK (actor_id = app_actor() AND company_id = coalesce(app_company(), '00000000-0000-0000-0000-000000000000'));
CREATE POLICY worker_all ON idempotency_key TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON idempotency_key TO exchange_api;
GRANT SELECT, DELETE ON idempotency_key TO exchange_worker;
