-- migrate:up
-- Live pages: what one process of the api reads for all its listeners together, instead of once for each of them.

-- The next positions of the record with the companies that may know of them. The process shows a listener only the
-- positions of its own company; no request calls this. A page about an order follows its deliveries, invoices, payments
-- and reviews too, one about an RFQ its quotes, award and contract: their events name it.
CREATE FUNCTION live_tail(after bigint, most integer)
    RETURNS TABLE ("position" bigint, aggregate text, aggregate_id uuid, order_id uuid, rfq_id uuid, companies uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT e.position, e.aggregate, e.aggregate_id, (e.payload ->> 'order_id')::uuid, (e.payload ->> 'rfq_id')::uuid,
        array_remove(e.audience || e.company_id, NULL)
    FROM public.event AS e
    WHERE e.position > after ORDER BY e.position LIMIT most
    $$;

-- How each listening person's inbox stands: two equal answers mean that nothing came and nothing was read.
CREATE FUNCTION live_inboxes(people uuid[])
    RETURNS TABLE (person_id uuid, unread bigint, newest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT n.person_id, count(*), max(n.created_at)
    FROM public.notification AS n
    WHERE n.person_id = ANY (people) AND n.read_at IS NULL
    GROUP BY n.person_id
    $$;

-- The last position given; a listener that names none starts behind it.
CREATE FUNCTION live_head() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT coalesce(max(e.position), 0) FROM public.event AS e $$;

REVOKE ALL ON FUNCTION live_tail(bigint, integer), live_inboxes(uuid[]), live_head() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION live_tail(bigint, integer), live_inboxes(uuid[]), live_head() TO exchange_api;
