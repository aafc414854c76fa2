-- migrate:up
-- Sign-in: sessions, counters and API keys. The api role reaches them only through the functions below,
-- because a request is nobody's until it is known whose it is.

CREATE TABLE session (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    person_id uuid NOT NULL REFERENCES person,
    company_id uuid REFERENCES company,
    operator boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    stepped_up_at timestamptz,
    user_agent text NOT NULL DEFAULT '',
    CHECK (NOT (operator AND company_id IS NOT NULL))
);
CREATE INDEX session_person ON session (person_id);

-- Failed sign-ins by a hash of the e-mail and of the address; survives any restart and Valkey's.
CREATE TABLE sign_in_counter (
    key bytea PRIMARY KEY,
    failures integer NOT NULL,
    locked_until timestamptz,
    last_at timestamptz NOT NULL
);

-- A partner system's key: ex_live_… or ex_test_…, only its SHA-256 is kept.
CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    person_id uuid NOT NULL REFERENCES person,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    prefix text NOT NULL,
    secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX api_key_company ON api_key (company_id, created_at);

ALTER TABLE session ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON session FOR SELECT TO exchange_api USING (person_id = app_actor());
CREATE POLICY worker_all ON session TO exchange_worker USING (true);
GRANT SELECT ON session TO exchange_api;
GRANT SELECT, DELETE ON session TO exchange_worker;

ALTER TABLE sign_in_counter ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_all ON sign_in_counter TO exchange_worker USING (true);
GRANT SELECT, DELETE ON sign_in_counter TO exchange_worker;

ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON api_key TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company() AND person_id = app_actor());
GRANT SELECT (id, company_id, person_id, name, prefix, scopes, created_at, expires_at, revoked_at, version), INSERT
    ON api_key TO exchange_api;
GRANT UPDATE (revoked_at, version) ON api_key TO exchange_api;

-- Whose session is this? One row or none.
CREATE FUNCTION session_lookup(hash bytea)
    RETURNS TABLE (person_id uuid, email text, name text, locale text, operator_roles text[], company_id uuid,
        company_name text, company_status text, roles text[], operator boolean, stepped_up_at timestamptz, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT s.person_id, p.email, p.name, p.locale, p.operator_roles, m.company_id, c.display_name, c.status,
        coalesce(m.roles, '{}'), s.operator, s.stepped_up_at, s.expires_at
    FROM public.session AS s
    JOIN public.person AS p ON p.id = s.person_id
    LEFT JOIN public.membership AS m ON m.company_id = s.company_id AND m.person_id = s.person_id AND m.ended_at IS NULL
    LEFT JOIN public.company AS c ON c.id = m.company_id
    WHERE s.token_hash = hash AND s.expires_at > clock_timestamp()
        AND (NOT s.operator OR cardinality(p.operator_roles) > 0)
    $$;

-- Whose key is this? One row or none.
CREATE FUNCTION key_lookup(hash bytea)
    RETURNS TABLE (key_id uuid, person_id uuid, name text, locale text, company_id uuid, company_name text,
        company_status text, roles text[], scopes text[], expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT k.id, k.person_id, k.name, p.locale, k.company_id, c.display_name, c.status, m.roles, k.scopes, k.expires_at
    FROM public.api_key AS k
    JOIN public.person AS p ON p.id = k.person_id
    JOIN public.membership AS m ON m.company_id = k.company_id AND m.person_id = k.person_id AND m.ended_at IS NULL
    JOIN public.company AS c ON c.id = k.company_id
    WHERE k.secret_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
    $$;

-- The password hash to check a sign-in against; the caller compares in constant time also when there is none.
CREATE FUNCTION sign_in_lookup(address text)
    RETURNS TABLE (person_id uuid, password_hash text, operator_roles text[], company_ids uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT p.id, p.password_hash, p.operator_roles,
        ARRAY(SELECT m.company_id FROM public.membership AS m
              WHERE m.person_id = p.id AND m.ended_at IS NULL ORDER BY m.company_id)
    FROM public.person AS p WHERE p.email = lower(address)
    $$;

-- The own password hash, for a password entered again before signing or money.
CREATE FUNCTION own_password_hash() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT p.password_hash FROM public.person AS p WHERE p.id = public.app_actor() $$;

-- How long (seconds) this key must still wait; 0: may try.
CREATE FUNCTION sign_in_wait(counter bytea) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT coalesce((SELECT greatest(0, ceil(extract(epoch FROM c.locked_until - clock_timestamp())))::integer
        FROM public.sign_in_counter AS c WHERE c.key = counter AND c.locked_until IS NOT NULL), 0)
    $$;

-- Counts a failure; from the tenth in a row on it locks for 15 minutes. A day without failures forgets.
CREATE FUNCTION sign_in_failed(counter bytea) RETURNS integer
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    INSERT INTO public.sign_in_counter AS c (key, failures, last_at) VALUES (counter, 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN c.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE c.failures + 1 END,
        last_at = clock_timestamp(),
        locked_until = CASE WHEN c.failures + 1 >= 10 AND c.last_at >= clock_timestamp() - interval '1 day'
            THEN clock_timestamp() + interval '15 minutes' END
    RETURNING failures
    $$;

CREATE FUNCTION sign_in_succeeded(counter bytea) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ DELETE FROM public.sign_in_counter AS c WHERE c.key = counter $$;

-- A session is made here only, for a person who has just proved who they are; company or operator must be theirs.
CREATE FUNCTION session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval)
    RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    INSERT INTO public.session (token_hash, person_id, company_id, operator, expires_at, stepped_up_at, user_agent)
    SELECT hash, p.id, company, as_operator, clock_timestamp() + lifetime, clock_timestamp(), left(agent, 200)
    FROM public.person AS p
    WHERE p.id = person
        AND (NOT as_operator OR cardinality(p.operator_roles) > 0)
        AND (company IS NULL OR EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL))
    RETURNING true
    $$;

CREATE FUNCTION session_close(hash bytea) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ DELETE FROM public.session AS s WHERE s.token_hash = hash $$;

-- A new person and owner of a company that has just been applied for; refused for an e-mail that exists.
CREATE FUNCTION person_register(person uuid, address text, full_name text, hash text, lang text, company uuid)
    RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    INSERT INTO public.person (id, email, name, password_hash, locale, created_at)
    VALUES (person, lower(address), full_name, hash, lang, public.market_now())
    ON CONFLICT (email) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Who is the legal representative signs by law: a one-person company needs nobody else.
    INSERT INTO public.membership (company_id, person_id, roles)
    SELECT c.id, person,
        CASE WHEN lower(f.representative) = lower(full_name) THEN ARRAY['owner', 'signatory'] ELSE ARRAY['owner'] END
    FROM public.company AS c LEFT JOIN public.company_file AS f ON f.company_id = c.id
    WHERE c.id = company AND c.status = 'applied'
        AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = company);
    RETURN FOUND;
END
$$;

-- The owner adds a colleague (thin: with a first password; invitations by e-mail come with the people chapter).
CREATE FUNCTION member_add(person uuid, address text, full_name text, hash text, lang text, member_roles text[])
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = public.app_company()
            AND m.person_id = public.app_actor() AND m.ended_at IS NULL AND m.roles && ARRAY['owner', 'admin']) THEN
        RAISE EXCEPTION 'only an owner or admin adds people' USING ERRCODE = 'EX003';
    END IF;
    INSERT INTO public.person (id, email, name, password_hash, locale, created_at)
    VALUES (person, lower(address), full_name, hash, lang, public.market_now())
    ON CONFLICT (email) DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.membership (company_id, person_id, roles) VALUES (public.app_company(), person, member_roles);
    RETURN person;
END
$$;

-- Names and roles of the people of the acting company, and nobody else's.
CREATE FUNCTION company_people()
    RETURNS TABLE (person_id uuid, name text, email text, locale text, roles text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT p.id, p.name, p.email, p.locale, m.roles
    FROM public.membership AS m JOIN public.person AS p ON p.id = m.person_id
    WHERE m.company_id = public.app_company() AND m.ended_at IS NULL ORDER BY p.name, p.id
    $$;

REVOKE ALL ON FUNCTION session_lookup(bytea), key_lookup(bytea), sign_in_lookup(text), own_password_hash(),
    sign_in_wait(bytea), sign_in_failed(bytea), sign_in_succeeded(bytea),
    session_open(bytea, uuid, uuid, boolean, text, interval), session_close(bytea),
    person_register(uuid, text, text, text, text, uuid), member_add(uuid, text, text, text, text, text[]),
    company_people() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_lookup(bytea), key_lookup(bytea), sign_in_lookup(text), own_password_hash(),
    sign_in_wait(bytea), sign_in_failed(bytea), sign_in_succeeded(bytea),
    session_open(bytea, uuid, uuid, boolean, text, interval), session_close(bytea),
    person_register(uuid, text, text, text, text, uuid), member_add(uuid, text, text, text, text, text[]),
    company_people() TO exchange_api;
