-- migrate:up
-- A page about an order follows its deliveries, invoices, payments and reviews: their events name the order.
DROP FUNCTION live_tail(bigint, integer);
CREATE FUNCTION live_tail(after bigint, most integer)
    RETURNS TABLE ("position" bigint, aggregate text, aggregate_id uuid, order_id uuid, companies uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT e.position, e.aggregate, e.aggregate_id, (e.payload ->> 'order_id')::uuid,
        array_remove(e.audience || e.company_id, NULL)
    FROM public.event AS e
    WHERE e.position > after ORDER BY e.position LIMIT most
    $$;
REVOKE ALL ON FUNCTION live_tail(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION live_tail(bigint, integer) TO exchange_api;
