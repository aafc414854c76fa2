-- migrate:up
-- Who looked at what of whom: a read that crosses a wall (an operator in a company's file, a colleague who exports the
-- company's data) leaves a row here, in the same transaction as the read. Append-only; ids and words only.
CREATE TABLE access_log (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL CHECK (what ~ '^[a-z_]+\.[a-z_]+$'),
    object_id uuid NOT NULL,
    -- Whose data it was; null for what is nobody's.
    company_id uuid,
    actor_id uuid,
    actor_company_id uuid,
    operator boolean NOT NULL,
    request_id text
);
CREATE INDEX access_log_company ON access_log (company_id, id);
CREATE INDEX access_log_actor ON access_log (actor_id, id);
CREATE INDEX access_log_object ON access_log (object_id, id);

CREATE FUNCTION access_log_is_append_only() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    RAISE EXCEPTION 'the access log is never changed' USING ERRCODE = 'EX002';
END
$$;
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION access_log_is_append_only();
CREATE TRIGGER access_log_stays_whole BEFORE TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION access_log_is_append_only();
CREATE TRIGGER event_stays_whole BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only();

ALTER TABLE access_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON access_log FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
-- Nobody writes in another's name.
CREATE POLICY api_append ON access_log FOR INSERT TO exchange_api WITH CHECK (
    actor_id IS NOT DISTINCT FROM app_actor() AND actor_company_id IS NOT DISTINCT FROM app_company()
    AND operator = app_operator());
CREATE POLICY worker_all ON access_log TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON access_log TO exchange_api, exchange_worker;
