-- migrate:up
-- Failures of an address are counted with a limit of their own: an office shares one. What is counted is forgotten with the
-- lock that it led to, and after a day without failures. A success does not forget it: an attacker has an account too.

CREATE FUNCTION sign_in_failed(counter bytea, most integer) RETURNS integer
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    INSERT INTO public.sign_in_counter AS c (key, failures, last_at) VALUES (counter, 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN c.last_at < clock_timestamp() - interval '1 day' OR c.locked_until <= clock_timestamp() THEN 1
            ELSE c.failures + 1 END,
        last_at = clock_timestamp(),
        locked_until = CASE
            WHEN c.locked_until > clock_timestamp() THEN c.locked_until
            WHEN c.last_at < clock_timestamp() - interval '1 day' OR c.locked_until <= clock_timestamp() THEN NULL
            WHEN c.failures + 1 >= most THEN clock_timestamp() + interval '15 minutes' END
    RETURNING failures
    $$;
REVOKE ALL ON FUNCTION sign_in_failed(bytea, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_failed(bytea, integer) TO exchange_api;
