-- migrate:up
-- A company's own provider of identities (OpenID Connect): its people sign in there, for this company alone.

CREATE TABLE company_provider (
    company_id uuid PRIMARY KEY REFERENCES company,
    issuer text NOT NULL CHECK (length(issuer) BETWEEN 8 AND 300),
    client_id text NOT NULL CHECK (length(client_id) BETWEEN 1 AND 200),
    sealed_secret bytea NOT NULL CHECK (length(sealed_secret) BETWEEN 29 AND 1000),
    domains text[] NOT NULL CHECK (cardinality(domains) BETWEEN 1 AND 20),
    version integer NOT NULL DEFAULT 1
);
ALTER TABLE company_provider ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON company_provider TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
GRANT SELECT, INSERT, UPDATE, DELETE ON company_provider TO exchange_api;

-- Who a subject of the provider is here: decided once, by the verified e-mail of a member, and never moved by another e-mail.
CREATE TABLE provider_link (
    company_id uuid NOT NULL REFERENCES company,
    person_id uuid NOT NULL REFERENCES person,
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company_id, person_id),
    UNIQUE (company_id, subject)
);
CREATE INDEX provider_link_person_id_idx ON provider_link (person_id);
ALTER TABLE provider_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON provider_link FOR ALL TO exchange_api USING (company_id = app_company()) WITH CHECK (false);
GRANT SELECT, DELETE ON provider_link TO exchange_api;

CREATE FUNCTION provider_lookup(company uuid)
    RETURNS TABLE (company_id uuid, issuer text, client_id text, sealed_secret bytea, domains text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT p.company_id, p.issuer, p.client_id, p.sealed_secret, p.domains FROM public.company_provider AS p
    WHERE p.company_id = company
    $$;
REVOKE ALL ON FUNCTION provider_lookup(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provider_lookup(uuid) TO exchange_api;

-- The member whom a subject stands for; nobody for who is no member, or is linked to another subject.
CREATE FUNCTION provider_person(company uuid, who text, address text) RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    found uuid;
BEGIN
    SELECT l.person_id INTO found FROM public.provider_link AS l WHERE l.company_id = company AND l.subject = who;
    IF found IS NULL THEN
        INSERT INTO public.provider_link (company_id, person_id, subject)
        SELECT company, p.id, who FROM public.person AS p
        JOIN public.membership AS m ON m.person_id = p.id AND m.company_id = company AND m.ended_at IS NULL
        WHERE p.email = lower(address)
        ON CONFLICT DO NOTHING
        RETURNING person_id INTO found;
    END IF;
    RETURN (SELECT m.person_id FROM public.membership AS m
        WHERE m.company_id = company AND m.person_id = found AND m.ended_at IS NULL);
END
$$;
REVOKE ALL ON FUNCTION provider_person(uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provider_person(uuid, text, text) TO exchange_api;

-- A session that a company's provider opened acts for that company alone, and has proved nothing to the exchange itself.
ALTER TABLE session ADD COLUMN bound boolean NOT NULL DEFAULT false;

CREATE FUNCTION session_open_bound(
    hash bytea, person uuid, company uuid, agent text, lifetime interval, client_address text
) RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    INSERT INTO public.session (token_hash, person_id, company_id, expires_at, user_agent, address, bound)
    SELECT hash, m.person_id, m.company_id, clock_timestamp() + lifetime, left(agent, 200), left(client_address, 64), true
    FROM public.membership AS m
    WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL
    RETURNING true
    $$;
REVOKE ALL ON FUNCTION session_open_bound(bytea, uuid, uuid, text, interval, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_open_bound(bytea, uuid, uuid, text, interval, text) TO exchange_api;

CREATE OR REPLACE FUNCTION session_switch(old_hash bytea, new_hash bytea, person uuid, company uuid) RETURNS integer
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.session AS s SET token_hash = new_hash, company_id = company
    WHERE s.token_hash = old_hash AND s.person_id = person AND NOT s.operator AND NOT s.bound
        AND s.expires_at > clock_timestamp()
        AND EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL)
    RETURNING ceil(extract(epoch FROM s.expires_at - clock_timestamp()))::integer
    $$;
