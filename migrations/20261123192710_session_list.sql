-- migrate:up
-- A person sees where they are signed in, and ends it.

ALTER TABLE session ADD COLUMN address text NOT NULL DEFAULT '';

CREATE POLICY api_end ON session FOR DELETE TO exchange_api USING (person_id = app_actor());
GRANT DELETE ON session TO exchange_api;

-- As before, and remembers the address. The one without it stays for processes of the release before.
CREATE FUNCTION session_open(
    hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval, client_address text
)
    RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    INSERT INTO public.session (token_hash, person_id, company_id, operator, expires_at, stepped_up_at, user_agent, address)
    SELECT hash, p.id, company, as_operator, clock_timestamp() + lifetime, clock_timestamp(), left(agent, 200),
        left(client_address, 64)
    FROM public.person AS p
    WHERE p.id = person
        AND (NOT as_operator OR cardinality(p.operator_roles) > 0)
        AND (company IS NULL OR EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL))
    RETURNING true
    $$;
REVOKE ALL ON FUNCTION session_open(bytea, uuid, uuid, boolean, text, interval, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_open(bytea, uuid, uuid, boolean, text, interval, text) TO exchange_api;
