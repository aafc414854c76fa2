-- migrate:up
-- A conversation about a delivery is headed by the delivery's own number, as the list of conversations says it.

CREATE OR REPLACE FUNCTION thread_subject(about text, subject uuid, supplier uuid) RETURNS TABLE(thread_id uuid, kind text, subject_id uuid, buyer_id uuid, seller_id uuid, rfq_id uuid, order_id uuid, number text, shared boolean, sealed boolean, dealing boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH found AS (
        SELECT r.buyer_id, x.seller_id, r.id AS rfq_id, NULL::uuid AS order_id, r.number, r.published_at IS NOT NULL AS shared,
            r.sealed AND r.opened_at IS NULL AS sealed
        FROM public.rfq AS r
        CROSS JOIN LATERAL (SELECT CASE WHEN r.buyer_id = public.app_company() THEN supplier ELSE public.app_company() END
            AS seller_id) AS x
        WHERE about = 'rfq' AND r.id = subject AND r.buyer_id <> x.seller_id
            AND (EXISTS (SELECT FROM public.invitation AS i WHERE i.rfq_id = r.id AND i.seller_id = x.seller_id)
                OR EXISTS (SELECT FROM public.quote AS q WHERE q.rfq_id = r.id AND q.seller_id = x.seller_id
                    AND (q.opened_at IS NOT NULL OR x.seller_id = public.app_company()))
                OR (r.mode = 'open' AND r.published_at IS NOT NULL AND x.seller_id = public.app_company())
                -- A supplier who found the request and asked is answered.
                OR EXISTS (SELECT FROM public.thread_side AS s WHERE s.company_id = public.app_company()
                    AND s.subject_id = r.id AND s.other_id = x.seller_id))
        UNION ALL
        SELECT q.buyer_id, q.seller_id, q.rfq_id, NULL, r.number, q.opened_at IS NOT NULL, q.opened_at IS NULL
        FROM public.quote AS q JOIN public.rfq AS r ON r.id = q.rfq_id
        WHERE about = 'quote' AND q.id = subject AND (q.seller_id = public.app_company()
            OR (q.buyer_id = public.app_company() AND q.opened_at IS NOT NULL))
        UNION ALL
        SELECT o.buyer_id, o.seller_id, NULL, o.id, o.number, o.placed_at IS NOT NULL, false
        FROM public.purchase_order AS o
        WHERE about = 'order' AND o.id = subject AND (o.buyer_id = public.app_company()
            OR (o.seller_id = public.app_company() AND o.placed_at IS NOT NULL))
        UNION ALL
        SELECT d.buyer_id, d.seller_id, NULL, d.order_id, d.number, true, false
        FROM public.delivery AS d
        WHERE about = 'delivery' AND d.id = subject AND (d.buyer_id = public.app_company() OR d.seller_id = public.app_company())
    )
    SELECT md5(about || ':' || subject || ':' || f.seller_id)::uuid, about, subject, f.buyer_id, f.seller_id, f.rfq_id, f.order_id,
        f.number, f.shared, f.sealed,
        EXISTS (SELECT FROM public.award AS a WHERE a.status = 'binding'
            AND (a.buyer_id, a.seller_id) IN ((f.buyer_id, f.seller_id), (f.seller_id, f.buyer_id)))
        OR EXISTS (SELECT FROM public.contract AS c WHERE c.status IN ('active', 'completed')
            AND (c.buyer_id, c.seller_id) IN ((f.buyer_id, f.seller_id), (f.seller_id, f.buyer_id)))
    FROM found AS f
    $$;
