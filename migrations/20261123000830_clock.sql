-- migrate:up
-- A sandbox's clock moves forward only, in steps of at most 31 days; the table's CHECKs hold the whole within ten years.
CREATE FUNCTION move_clock(step interval) RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF step IS NULL OR step <= '0'::interval OR step > '31 days'::interval THEN
        RAISE EXCEPTION 'a step is more than nothing and at most 31 days' USING ERRCODE = 'EX007';
    END IF;
    UPDATE public.market_clock AS c SET ahead = c.ahead + step WHERE c.sandbox AND c.ahead + step <= '3650 days'::interval;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the clock of this market does not move so far' USING ERRCODE = 'EX007';
    END IF;
    RETURN public.market_now();
END
$$;
REVOKE ALL ON FUNCTION move_clock(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move_clock(interval) TO exchange_api;
