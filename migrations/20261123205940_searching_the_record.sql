-- migrate:up
-- Operators search the record by kind and by time. Positions have no gap, so the one of a moment is found by halving: twenty
-- reads among a million events, and no index to keep.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX event_kind ON event (aggregate, position);

CREATE FUNCTION event_position_at(moment timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public
    AS $$
DECLARE
    low bigint := 0;
    high bigint := coalesce((SELECT max(e.position) FROM public.event AS e), 0);
    middle bigint;
BEGIN
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT e.at FROM public.event AS e WHERE e.position = middle) <= moment THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
REVOKE ALL ON FUNCTION event_position_at(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_position_at(timestamptz) TO exchange_api, exchange_worker;
