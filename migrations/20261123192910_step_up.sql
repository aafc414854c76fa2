-- migrate:up
-- Proving once more who acts, and acting for another company, give a session a token that nobody has seen yet.

CREATE FUNCTION session_step_up(old_hash bytea, new_hash bytea, person uuid) RETURNS integer
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.session AS s SET token_hash = new_hash, stepped_up_at = clock_timestamp()
    WHERE s.token_hash = old_hash AND s.person_id = person AND s.expires_at > clock_timestamp()
    RETURNING ceil(extract(epoch FROM s.expires_at - clock_timestamp()))::integer
    $$;
REVOKE ALL ON FUNCTION session_step_up(bytea, bytea, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_step_up(bytea, bytea, uuid) TO exchange_api;

-- What was proved stays proved, and nothing more: stepped_up_at comes along.
CREATE FUNCTION session_switch(old_hash bytea, new_hash bytea, person uuid, company uuid) RETURNS integer
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.session AS s SET token_hash = new_hash, company_id = company
    WHERE s.token_hash = old_hash AND s.person_id = person AND NOT s.operator AND s.expires_at > clock_timestamp()
        AND EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL)
    RETURNING ceil(extract(epoch FROM s.expires_at - clock_timestamp()))::integer
    $$;
REVOKE ALL ON FUNCTION session_switch(bytea, bytea, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_switch(bytea, bytea, uuid, uuid) TO exchange_api;
