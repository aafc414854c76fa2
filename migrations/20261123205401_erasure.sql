-- migrate:up
-- Erasing a person: asked for, waited on, then done by the worker. Events name persons by id alone, so the record and its
-- chain stay what they were.

ALTER TABLE person ADD COLUMN erased_at timestamptz;

CREATE TABLE erasure_request (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person,
    asked_by uuid NOT NULL REFERENCES person,
    -- The company that asked for a former colleague; null when the person or an operator did.
    company_id uuid REFERENCES company,
    status text NOT NULL CHECK (status IN ('waiting', 'withdrawn', 'done', 'refused')),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    asked_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL CHECK (due_at > asked_at),
    ended_at timestamptz,
    CHECK ((status = 'waiting') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX erasure_request_open ON erasure_request (person_id) WHERE status = 'waiting';
CREATE INDEX erasure_request_due ON erasure_request (due_at, id) WHERE status = 'waiting';
CREATE INDEX erasure_request_list ON erasure_request (asked_at DESC, id DESC);

ALTER TABLE erasure_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON erasure_request FOR SELECT TO exchange_api
    USING (person_id = app_actor() OR company_id = app_company() OR app_operator());
-- Nobody but the worker ends one otherwise than by taking it back.
CREATE POLICY api_take_back ON erasure_request FOR UPDATE TO exchange_api
    USING (person_id = app_actor() OR company_id = app_company() OR app_operator()) WITH CHECK (status = 'withdrawn');
CREATE POLICY worker_all ON erasure_request TO exchange_worker USING (true);
GRANT SELECT, UPDATE (status, version, ended_at) ON erasure_request TO exchange_api;
GRANT SELECT ON erasure_request TO exchange_worker;

-- Whether a company would be left without an owner.
CREATE FUNCTION is_last_owner(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.membership AS m JOIN public.company AS c ON c.id = m.company_id
        WHERE m.person_id = wanted AND m.ended_at IS NULL AND 'owner' = ANY (m.roles) AND c.status NOT IN ('rejected', 'closed')
            AND NOT EXISTS (SELECT FROM public.membership AS o WHERE o.company_id = m.company_id AND o.person_id <> wanted
                AND o.ended_at IS NULL AND 'owner' = ANY (o.roles)))
    $$;

-- Ask: a person for themselves, an owner for somebody who left their company and acts for none, an operator for anybody.
-- Answers 'asked', or why not. An account that is used is its person's own: of it an owner hears no more than 'unknown'.
CREATE FUNCTION erasure_ask(request uuid, wanted uuid, wait interval) RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    who public.person;
    for_company boolean;
    outcome text;
BEGIN
    SELECT p.* INTO who FROM public.person AS p WHERE p.id = wanted FOR UPDATE;
    for_company := NOT public.app_operator() AND wanted <> public.app_actor();
    outcome := CASE
        WHEN who.id IS NULL OR who.erased_at IS NOT NULL THEN 'unknown'
        WHEN for_company AND NOT (
            EXISTS (SELECT FROM public.membership AS a WHERE a.company_id = public.app_company()
                AND a.person_id = public.app_actor() AND a.ended_at IS NULL AND 'owner' = ANY (a.roles))
            AND EXISTS (SELECT FROM public.membership AS f WHERE f.company_id = public.app_company()
                AND f.person_id = wanted AND f.ended_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM public.membership AS e WHERE e.person_id = wanted AND e.ended_at IS NULL))
            THEN 'unknown'
        WHEN cardinality(who.operator_roles) > 0 THEN CASE WHEN for_company THEN 'unknown' ELSE 'operator' END
        WHEN public.is_last_owner(wanted) THEN 'last_owner'
        ELSE 'asked' END;
    IF outcome = 'asked' THEN
        INSERT INTO public.erasure_request (id, person_id, asked_by, company_id, status, asked_at, due_at)
        VALUES (request, wanted, public.app_actor(), CASE WHEN for_company THEN public.app_company() END, 'waiting',
            public.market_now(), public.market_now() + wait)
        ON CONFLICT (person_id) WHERE status = 'waiting' DO NOTHING;
        IF NOT FOUND THEN
            outcome := 'waiting';
        END IF;
    END IF;
    RETURN outcome;
END
$$;

-- Erase, once, when it is due: what opens the account, what names the person, what was written to them. Ids stay, and so do
-- the names that signed contracts print. Answers 'done', 'refused' (the last owner of a company), or null: nothing is due.
CREATE FUNCTION person_erase(request uuid) RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    asked public.erasure_request;
    ending text;
BEGIN
    SELECT r.* INTO asked FROM public.erasure_request AS r WHERE r.id = request FOR UPDATE;
    IF asked.status IS DISTINCT FROM 'waiting' OR public.market_now() < asked.due_at THEN
        RETURN NULL;
    END IF;
    -- As whoever changes roles does: all who act for the person's companies, so that two last owners do not go at once.
    PERFORM FROM public.membership AS m WHERE m.ended_at IS NULL AND m.company_id IN (
        SELECT o.company_id FROM public.membership AS o WHERE o.person_id = asked.person_id AND o.ended_at IS NULL)
        ORDER BY m.company_id, m.person_id FOR UPDATE;
    PERFORM FROM public.person AS p WHERE p.id = asked.person_id FOR UPDATE;
    -- A company asked for somebody who has begun to act again: then the account is its person's own.
    ending := CASE
        WHEN public.is_last_owner(asked.person_id) THEN 'refused'
        WHEN asked.company_id IS NOT NULL AND EXISTS (SELECT FROM public.membership AS m
            WHERE m.person_id = asked.person_id AND m.ended_at IS NULL) THEN 'refused'
        ELSE 'done' END;
    UPDATE public.erasure_request AS r SET status = ending, version = r.version + 1, ended_at = public.market_now()
        WHERE r.id = request;
    IF ending = 'done' THEN
        DELETE FROM public.session AS s WHERE s.person_id = asked.person_id;
        DELETE FROM public.recovery_code AS c WHERE c.person_id = asked.person_id;
        DELETE FROM public.second_factor AS f WHERE f.person_id = asked.person_id;
        DELETE FROM public.passkey AS y WHERE y.person_id = asked.person_id;
        DELETE FROM public.ceremony AS y WHERE y.person_id = asked.person_id;
        DELETE FROM public.notification AS n WHERE n.person_id = asked.person_id;
        DELETE FROM public.idempotency_key AS k WHERE k.actor_id = asked.person_id;
        UPDATE public.member_invitation AS i SET email = 'erased-' || i.id || '@erased.invalid', version = i.version + 1
            WHERE i.email = (SELECT p.email FROM public.person AS p WHERE p.id = asked.person_id);
        UPDATE public.api_key AS k SET revoked_at = clock_timestamp(), version = k.version + 1
            WHERE k.person_id = asked.person_id AND k.revoked_at IS NULL;
        UPDATE public.membership AS m SET ended_at = public.market_now(), version = m.version + 1
            WHERE m.person_id = asked.person_id AND m.ended_at IS NULL;
        -- No password has this hash, and no mail reaches this address.
        UPDATE public.person AS p SET email = 'erased-' || p.id || '@erased.invalid', erased_at = public.market_now(),
            name = CASE p.locale WHEN 'vi' THEN 'Đồng nghiệp cũ' ELSE 'Former colleague' END,
            password_hash = '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
            WHERE p.id = asked.person_id;
    END IF;
    RETURN ending;
END
$$;

-- All that the exchange holds about the acting person, across companies; at most `most` of what grows.
CREATE FUNCTION my_data(most integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT jsonb_build_object(
        'person', jsonb_build_object('id', p.id, 'name', p.name, 'email', p.email, 'locale', p.locale, 'created_at', p.created_at,
            'operator_roles', p.operator_roles),
        'second_factor_since', (SELECT f.confirmed_at FROM public.second_factor AS f WHERE f.person_id = p.id),
        'memberships', (SELECT coalesce(jsonb_agg(jsonb_build_object('company_id', m.company_id, 'company', c.display_name,
                'roles', m.roles, 'ended_at', m.ended_at) ORDER BY c.sort_key, c.id), '[]')
            FROM public.membership AS m JOIN public.company AS c ON c.id = m.company_id WHERE m.person_id = p.id),
        'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object('created_at', s.created_at, 'expires_at', s.expires_at,
                'address', s.address, 'browser', s.user_agent) ORDER BY s.created_at), '[]')
            FROM public.session AS s WHERE s.person_id = p.id),
        'api_keys', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', k.name, 'prefix', k.prefix, 'company_id', k.company_id,
                'created_at', k.created_at, 'revoked_at', k.revoked_at) ORDER BY k.created_at), '[]')
            FROM public.api_key AS k WHERE k.person_id = p.id),
        'signatures', (SELECT coalesce(jsonb_agg(jsonb_build_object('contract_id', g.contract_id, 'name', g.person_name,
                'basis', g.basis, 'at', g.at) ORDER BY g.at), '[]')
            FROM public.contract_signature AS g WHERE g.person_id = p.id),
        'files', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'name', x.name, 'size', x.size,
                'created_at', x.created_at) ORDER BY x.created_at DESC), '[]')
            FROM (SELECT f.id, f.name, f.size, f.created_at FROM public.file AS f WHERE f.created_by = p.id
                ORDER BY f.created_at DESC LIMIT most) AS x),
        'messages', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', x.kind, 'about', x.aggregate, 'about_id', x.aggregate_id,
                'created_at', x.created_at, 'read_at', x.read_at) ORDER BY x.created_at DESC), '[]')
            FROM (SELECT n.kind, n.aggregate, n.aggregate_id, n.created_at, n.read_at FROM public.notification AS n
                WHERE n.person_id = p.id ORDER BY n.created_at DESC LIMIT most) AS x),
        'erasure_requests', (SELECT coalesce(jsonb_agg(jsonb_build_object('asked_at', r.asked_at, 'due_at', r.due_at,
                'status', r.status) ORDER BY r.asked_at), '[]')
            FROM public.erasure_request AS r WHERE r.person_id = p.id))
    FROM public.person AS p WHERE p.id = public.app_actor()
    $$;

REVOKE ALL ON FUNCTION is_last_owner(uuid), erasure_ask(uuid, uuid, interval), person_erase(uuid), my_data(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erasure_ask(uuid, uuid, interval), my_data(integer) TO exchange_api;
GRANT EXECUTE ON FUNCTION person_erase(uuid) TO exchange_worker;

-- People who left the acting company, by name, so that an owner may ask for their erasure; nobody else's.
CREATE FUNCTION former_people() RETURNS TABLE (person_id uuid, name text, ended_at timestamptz, due_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT p.id, p.name, m.ended_at, r.due_at
    FROM public.membership AS m JOIN public.person AS p ON p.id = m.person_id
        LEFT JOIN public.erasure_request AS r ON r.person_id = p.id AND r.status = 'waiting' AND r.company_id = m.company_id
    WHERE m.company_id = public.app_company() AND m.ended_at IS NOT NULL AND p.erased_at IS NULL
    ORDER BY m.ended_at DESC, p.id LIMIT 200
    $$;
REVOKE ALL ON FUNCTION former_people() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION former_people() TO exchange_api;

-- Answered invitations carry an e-mail; the retention job removes them.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX member_invitation_ended ON member_invitation (due_at) WHERE status <> 'pending';
GRANT DELETE ON member_invitation TO exchange_worker;
