-- migrate:up
-- All second factors of a person lost: one operator asks for their removal, another one confirms, the person is told and may
-- stop it, and a day later it is carried out. Proofs of who acts follow the clock on the wall, which no sandbox moves.

CREATE TABLE factor_removal (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person,
    reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 1000),
    -- How it was seen that the person asks, and nobody else.
    proof text NOT NULL CHECK (length(proof) BETWEEN 10 AND 1000),
    status text NOT NULL CHECK (status IN ('asked', 'confirmed', 'stopped', 'refused', 'lapsed', 'done')),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    stop_hash bytea NOT NULL UNIQUE CHECK (length(stop_hash) = 32),
    asked_by uuid NOT NULL REFERENCES person CHECK (asked_by <> person_id),
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_by uuid REFERENCES person CHECK (confirmed_by <> person_id AND confirmed_by <> asked_by),
    confirmed_at timestamptz,
    -- While it is asked for: when it lapses. Once it is confirmed: when it is carried out.
    due_at timestamptz NOT NULL CHECK (due_at > asked_at),
    ended_at timestamptz,
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    CHECK (status NOT IN ('confirmed', 'done') OR confirmed_at IS NOT NULL),
    CHECK (confirmed_at IS NULL OR due_at >= confirmed_at + interval '24 hours'),
    CHECK (status <> 'done' OR ended_at >= due_at),
    CHECK ((status IN ('asked', 'confirmed')) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX factor_removal_open ON factor_removal (person_id) WHERE status IN ('asked', 'confirmed');
CREATE INDEX factor_removal_due ON factor_removal (due_at, id) WHERE status IN ('asked', 'confirmed');
CREATE INDEX factor_removal_ended ON factor_removal (ended_at) WHERE status NOT IN ('asked', 'confirmed');

ALTER TABLE factor_removal ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON factor_removal FOR SELECT TO exchange_api USING (app_operator() OR person_id = app_actor());
CREATE POLICY worker_read ON factor_removal FOR SELECT TO exchange_worker USING (true);
CREATE POLICY worker_clean ON factor_removal FOR DELETE TO exchange_worker USING (status NOT IN ('asked', 'confirmed'));
GRANT SELECT ON factor_removal TO exchange_api;
GRANT SELECT, DELETE ON factor_removal TO exchange_worker;

-- An operator asks for somebody else: 'asked', or why not.
CREATE FUNCTION factor_removal_ask(request uuid, wanted uuid, why text, shown text, hash bytea, wait interval) RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    PERFORM FROM public.person AS p WHERE p.id = wanted AND p.erased_at IS NULL FOR UPDATE;
    IF NOT FOUND OR NOT public.app_operator() THEN
        RETURN 'unknown';
    END IF;
    IF wanted = public.app_actor() THEN
        RETURN 'own';
    END IF;
    IF NOT EXISTS (SELECT FROM public.second_factor AS f WHERE f.person_id = wanted AND f.confirmed_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM public.passkey AS k WHERE k.person_id = wanted) THEN
        RETURN 'none';
    END IF;
    INSERT INTO public.factor_removal (id, person_id, reason, proof, status, stop_hash, asked_by, due_at)
    VALUES (request, wanted, why, shown, 'asked', hash, public.app_actor(), clock_timestamp() + wait)
    ON CONFLICT (person_id) WHERE status IN ('asked', 'confirmed') DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'asked' ELSE 'open' END;
END
$$;

-- Another operator confirms: from now on a day runs. Nothing comes back when it is not to be confirmed by whoever acts.
CREATE FUNCTION factor_removal_confirm(request uuid) RETURNS integer
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.factor_removal AS r SET status = 'confirmed', version = r.version + 1, confirmed_by = public.app_actor(),
        confirmed_at = n.now, due_at = n.now + interval '24 hours'
    FROM (SELECT clock_timestamp() AS now) AS n
    WHERE r.id = request AND r.status = 'asked' AND r.due_at > n.now AND public.app_operator()
        AND public.app_actor() NOT IN (r.asked_by, r.person_id)
    RETURNING r.version
    $$;

CREATE FUNCTION factor_removal_refuse(request uuid) RETURNS integer
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.factor_removal AS r SET status = 'refused', version = r.version + 1, ended_at = clock_timestamp()
    WHERE r.id = request AND r.status IN ('asked', 'confirmed') AND public.app_operator() AND public.app_actor() <> r.person_id
    RETURNING r.version
    $$;

-- Who signs in with a factor holds the person's open request first, as the job does: one of the two goes first.
CREATE FUNCTION factor_removal_hold() RETURNS uuid
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT r.id FROM public.factor_removal AS r
    WHERE r.person_id = public.app_actor() AND r.status IN ('asked', 'confirmed') FOR UPDATE
    $$;

-- Stopped by whoever has the link of the e-mail, or (no link) by the person, who has shown a factor just now.
CREATE FUNCTION factor_removal_stop(hash bytea) RETURNS TABLE (request uuid, person uuid, was text, new_version integer)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    WITH open AS MATERIALIZED (
        SELECT r.id, r.status FROM public.factor_removal AS r
        WHERE r.status IN ('asked', 'confirmed')
            AND CASE WHEN hash IS NULL THEN r.person_id = public.app_actor() ELSE r.stop_hash = hash END
        FOR UPDATE
    )
    UPDATE public.factor_removal AS r SET status = 'stopped', version = r.version + 1, ended_at = clock_timestamp()
    FROM open AS o WHERE r.id = o.id
    RETURNING r.id, r.person_id, o.status, r.version
    $$;

-- At its time: lapsed when nobody confirmed it; else second factors, questions under way and sessions go. Null: nothing is due.
CREATE FUNCTION factor_removal_end(request uuid) RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    due public.factor_removal;
BEGIN
    SELECT r.* INTO due FROM public.factor_removal AS r WHERE r.id = request FOR UPDATE;
    IF due.id IS NULL OR due.status NOT IN ('asked', 'confirmed') OR clock_timestamp() < due.due_at THEN
        RETURN NULL;
    END IF;
    UPDATE public.factor_removal AS r SET status = CASE due.status WHEN 'asked' THEN 'lapsed' ELSE 'done' END,
        version = r.version + 1, ended_at = clock_timestamp() WHERE r.id = request;
    IF due.status = 'asked' THEN
        RETURN 'lapsed';
    END IF;
    UPDATE public.second_factor AS f SET sealed_secret = NULL, confirmed_at = NULL, last_step = 0, version = f.version + 1
        WHERE f.person_id = due.person_id;
    DELETE FROM public.recovery_code AS c WHERE c.person_id = due.person_id;
    DELETE FROM public.passkey AS k WHERE k.person_id = due.person_id;
    DELETE FROM public.ceremony AS y WHERE y.person_id = due.person_id;
    -- Last: a session that one of them opened meanwhile goes too.
    DELETE FROM public.session AS s WHERE s.person_id = due.person_id;
    RETURN 'done';
END
$$;

REVOKE ALL ON FUNCTION factor_removal_ask(uuid, uuid, text, text, bytea, interval), factor_removal_confirm(uuid),
    factor_removal_refuse(uuid), factor_removal_hold(), factor_removal_stop(bytea), factor_removal_end(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION factor_removal_ask(uuid, uuid, text, text, bytea, interval), factor_removal_confirm(uuid),
    factor_removal_refuse(uuid), factor_removal_hold(), factor_removal_stop(bytea) TO exchange_api;
GRANT EXECUTE ON FUNCTION factor_removal_end(uuid) TO exchange_worker;
