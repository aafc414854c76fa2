-- migrate:up
-- What a company says it can do, line by line, and what the exchange counts of its finished business.
CREATE FUNCTION short_lines(given text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
    AS $$ SELECT cardinality(given) <= 12 AND NOT EXISTS (
        SELECT FROM unnest(given) AS line WHERE line IS NULL OR length(line) NOT BETWEEN 2 AND 120) $$;
ALTER TABLE company ADD COLUMN capabilities text[] NOT NULL DEFAULT '{}';
ALTER TABLE company ADD CONSTRAINT company_capabilities_check CHECK (short_lines(capabilities)) NOT VALID;
GRANT UPDATE (capabilities) ON company TO exchange_api;

-- For every member: counts alone, and a share only of so many deliveries that no single one shows. A delivery is in time when it
-- arrived within the days of its order from the confirmation on. The newest 500 finished sales count.
CREATE FUNCTION company_record(wanted uuid, OUT capabilities text[], OUT deals bigint, OUT deliveries bigint,
    OUT on_time_percent integer, OUT reviews bigint, OUT rating numeric)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT c.capabilities, sold.n + bought.n, CASE WHEN arrived.n >= 4 THEN arrived.n END,
        CASE WHEN arrived.n >= 4 THEN round(100.0 * arrived.in_time / arrived.n)::integer END, said.n, said.rating
    FROM public.company AS c
    CROSS JOIN LATERAL (SELECT count(*) AS n FROM public.purchase_order AS o
        WHERE o.seller_id = c.id AND o.status = 'completed') AS sold
    CROSS JOIN LATERAL (SELECT count(*) AS n FROM public.purchase_order AS o
        WHERE o.buyer_id = c.id AND o.status = 'completed') AS bought
    CROSS JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE d.arrived_at <= o.confirmed_at + make_interval(days => o.days))
            AS in_time
        FROM (SELECT x.id, x.confirmed_at, (SELECT max((line ->> 'deliver_within_days')::integer)
                FROM jsonb_array_elements(x.delivery -> 'lines') AS line) AS days
            FROM public.purchase_order AS x WHERE x.seller_id = c.id AND x.status = 'completed'
            ORDER BY x.completed_at DESC LIMIT 500) AS o
        JOIN public.delivery AS d ON d.order_id = o.id
        WHERE d.arrived_at IS NOT NULL AND o.days IS NOT NULL) AS arrived
    CROSS JOIN LATERAL (SELECT count(*) AS n, round(avg(r.score), 1) AS rating FROM public.review AS r
        WHERE r.subject_company_id = c.id AND r.status = 'published') AS said
    WHERE c.id = wanted AND (c.status IN ('active', 'suspended', 'closed') OR c.id = public.app_company() OR public.app_operator())
    $$;
REVOKE ALL ON FUNCTION company_record(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION company_record(uuid) TO exchange_api;
