-- migrate:up
-- Passkeys: the public half of a key that a person's device keeps, and the one question that each answer answers.

-- A question that was asked and may be answered once: a challenge of a passkey, a way to a company's own provider and back.
CREATE TABLE ceremony (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('register', 'enter', 'prove', 'provider')),
    person_id uuid REFERENCES person,
    payload bytea NOT NULL CHECK (length(payload) BETWEEN 16 AND 8000),
    expires_at timestamptz NOT NULL
);
CREATE INDEX ceremony_expires_at_idx ON ceremony (expires_at);
CREATE INDEX ceremony_person_id_idx ON ceremony (person_id);
-- Nobody reads it; the two functions alone write and take.
ALTER TABLE ceremony ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_none ON ceremony TO exchange_api USING (false) WITH CHECK (false);

CREATE FUNCTION ceremony_open(id uuid, kind text, person uuid, payload bytea, lifetime interval) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DELETE FROM public.ceremony AS c WHERE c.id IN
        (SELECT o.id FROM public.ceremony AS o WHERE o.expires_at < clock_timestamp() LIMIT 20 FOR UPDATE SKIP LOCKED);
    INSERT INTO public.ceremony VALUES (id, kind, person, payload, clock_timestamp() + lifetime);
    $$;
REVOKE ALL ON FUNCTION ceremony_open(uuid, text, uuid, bytea, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ceremony_open(uuid, text, uuid, bytea, interval) TO exchange_api;

CREATE FUNCTION ceremony_take(wanted uuid, wanted_kind text) RETURNS TABLE (person_id uuid, payload bytea)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DELETE FROM public.ceremony AS c WHERE c.id = wanted AND c.kind = wanted_kind AND c.expires_at > clock_timestamp()
    RETURNING c.person_id, c.payload
    $$;
REVOKE ALL ON FUNCTION ceremony_take(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ceremony_take(uuid, text) TO exchange_api;

CREATE TABLE passkey (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person,
    credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 8 AND 1023),
    public_key bytea NOT NULL CHECK (length(public_key) BETWEEN 16 AND 2000),
    sign_count bigint NOT NULL CHECK (sign_count >= 0),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_used_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX passkey_person_id_idx ON passkey (person_id, created_at);
ALTER TABLE passkey ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON passkey TO exchange_api USING (person_id = app_actor()) WITH CHECK (person_id = app_actor());
GRANT SELECT, INSERT, DELETE ON passkey TO exchange_api;
GRANT UPDATE (name, sign_count, last_used_at, version) ON passkey TO exchange_api;

-- Whose passkey answers: asked before anybody is signed in.
CREATE FUNCTION passkey_lookup(credential bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT p.person_id FROM public.passkey AS p WHERE p.credential_id = credential $$;
REVOKE ALL ON FUNCTION passkey_lookup(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION passkey_lookup(bytea) TO exchange_api;
