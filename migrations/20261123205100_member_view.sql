-- migrate:up
-- An operator sees the pages of a member as the member does: announced, with a reason, for half an hour, and without a hand.

-- One row a view, bound to the session that began it. Real time, as sessions are.
CREATE TABLE member_view (
    id uuid PRIMARY KEY,
    session_hash bytea NOT NULL CHECK (length(session_hash) = 32),
    operator_id uuid NOT NULL REFERENCES person,
    company_id uuid NOT NULL REFERENCES company,
    reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '30 minutes',
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CHECK (ends_at <= started_at + interval '31 minutes')
);
CREATE UNIQUE INDEX member_view_running ON member_view (session_hash) WHERE ended_at IS NULL;
CREATE INDEX member_view_ends ON member_view (ends_at, id) WHERE ended_at IS NULL;
CREATE INDEX member_view_company ON member_view (company_id, started_at DESC);
ALTER TABLE member_view ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON member_view FOR SELECT TO exchange_api USING (app_operator() OR company_id = app_company());
CREATE POLICY worker_all ON member_view TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT (id, operator_id, company_id, reason, started_at, ends_at, ended_at, version) ON member_view TO exchange_api;
GRANT SELECT (id, operator_id, company_id, reason, started_at, ends_at, ended_at, version), UPDATE (ended_at, version)
    ON member_view TO exchange_worker;

-- True while an operator looks with a member's eyes.
CREATE FUNCTION app_viewing() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('app.viewing', true) IS NOT DISTINCT FROM 'on';

-- What no operator ever sees, also not with the member's eyes: a price that is still sealed, what people
-- write to each other, and what opens doors.
CREATE POLICY sealed_for_operators ON quote_body AS RESTRICTIVE FOR SELECT TO exchange_api USING (opened OR NOT app_viewing());
CREATE POLICY hidden_from_operators ON webhook_endpoint AS RESTRICTIVE FOR SELECT TO exchange_api USING (NOT app_viewing());
CREATE POLICY hidden_from_operators ON message AS RESTRICTIVE FOR SELECT TO exchange_api USING (NOT app_viewing());
CREATE POLICY hidden_from_operators ON api_key AS RESTRICTIVE FOR SELECT TO exchange_api USING (NOT app_viewing());

-- Begins a view in the acting operator's own session, which shows nothing else meanwhile. False: one runs already, or the
-- session is none of an operator's.
CREATE FUNCTION member_view_start(hash bytea, view_id uuid, company uuid, why text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF NOT public.app_operator() THEN
        RAISE EXCEPTION 'only an operator views as a member' USING ERRCODE = 'EX003';
    END IF;
    INSERT INTO public.member_view (id, session_hash, operator_id, company_id, reason)
    SELECT view_id, s.token_hash, s.person_id, c.id, why FROM public.session AS s, public.company AS c
    WHERE s.token_hash = hash AND s.operator AND s.person_id = public.app_actor() AND c.id = company
        AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = company AND m.person_id = s.person_id)
    ON CONFLICT (session_hash) WHERE ended_at IS NULL DO NOTHING;
    RETURN FOUND;
END
$$;

-- Ends the acting person's view; the company when it ran.
CREATE FUNCTION member_view_end(view_id uuid) RETURNS uuid
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.member_view AS v SET ended_at = clock_timestamp(), version = v.version + 1
    WHERE v.id = view_id AND v.operator_id = public.app_actor() AND v.ended_at IS NULL RETURNING v.company_id
    $$;

-- What an operator's session shows now: one row or none.
CREATE FUNCTION member_view_lookup(hash bytea)
    RETURNS TABLE (id uuid, company_id uuid, company_name text, company_status text, ends_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT v.id, v.company_id, c.display_name, c.status, v.ends_at
    FROM public.member_view AS v JOIN public.company AS c ON c.id = v.company_id
    WHERE v.session_hash = hash AND v.ended_at IS NULL AND v.ends_at > clock_timestamp()
    $$;
REVOKE ALL ON FUNCTION member_view_start(bytea, uuid, uuid, text), member_view_end(uuid), member_view_lookup(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION member_view_start(bytea, uuid, uuid, text), member_view_end(uuid), member_view_lookup(bytea)
    TO exchange_api;
