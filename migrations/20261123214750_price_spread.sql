-- migrate:up
-- A price is far when prices of its category are ordinarily nearer: beside the middle price stands how far they are from it.

-- Half of the prices lie within this distance of the middle one, as natural logarithms. Empty until the worker, which computes
-- the figures every hour, knows it; without it the rule says nothing.
-- squawk-ignore constraint-missing-not-valid -- a few hundred rows, all without it
ALTER TABLE category_price ADD COLUMN spread double precision CHECK (spread >= 0);

-- steps: so many times that distance; factor: never nearer than this.
UPDATE screening_rule SET version = version + 1, parameters = jsonb_build_object('steps', 5, 'factor', 10,
    'least_offers', coalesce(parameters -> 'least_offers', '20'))
WHERE code = 'price_far';

CREATE OR REPLACE FUNCTION screening_grounds(items jsonb) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH i AS MATERIALIZED (
        SELECT r.n, r.category, r.currency, r.unit, r.mpn, coalesce(r.gtins, '{}') AS gtins, coalesce(r.own, o.id) AS own, public.title_words(r.title) AS words
        FROM jsonb_to_recordset(items) AS r (n integer, title text, category text, currency text, unit text, mpn text,
            gtins text[], own uuid, external_id text)
        LEFT JOIN public.offer AS o
            ON r.own IS NULL AND o.company_id = public.app_company() AND o.external_id = r.external_id
    )
    SELECT jsonb_build_object(
        'rules', (SELECT jsonb_agg(jsonb_build_object('code', s.code, 'holds', s.holds, 'parameters', s.parameters)
            ORDER BY s.place) FROM public.screening_rule AS s WHERE s.enabled),
        'figures', (SELECT jsonb_agg(jsonb_build_object('category', p.category_code, 'currency', p.currency, 'unit', p.unit,
                'offers', p.offers, 'median_micro', p.median_micro, 'spread', p.spread))
            FROM public.category_price AS p
            WHERE p.spread IS NOT NULL AND (p.category_code, p.currency, p.unit) IN (SELECT i.category, i.currency, i.unit FROM i)),
        'words', (SELECT jsonb_object_agg(i.n, i.words) FROM i),
        'doubles', (SELECT jsonb_object_agg(d.n, jsonb_build_object('id', d.id, 'title', d.title, 'mpn', d.mpn, 'gtins', d.gtins))
            FROM (SELECT DISTINCT ON (i.n) i.n, o.id, o.title, o.mpn, o.gtins
                FROM i JOIN public.offer AS o ON o.company_id = public.app_company()
                    AND md5(public.title_words(o.title)) = md5(i.words) AND o.category_code = i.category
                WHERE o.status IN ('in_review', 'live', 'paused') AND o.id IS DISTINCT FROM i.own
                    AND (o.mpn IS NULL OR i.mpn IS NULL OR lower(o.mpn) = lower(i.mpn))
                    AND (o.gtins = '{}' OR i.gtins = '{}' OR o.gtins && i.gtins)
                ORDER BY i.n, o.id) AS d),
        'near', CASE WHEN jsonb_array_length(items) = 1 THEN (
            SELECT jsonb_agg(jsonb_build_object('id', x.id, 'title', x.title, 'mpn', x.mpn, 'gtins', x.gtins))
            FROM (SELECT o.id, o.title, o.mpn, o.gtins FROM i JOIN public.offer AS o ON o.company_id = public.app_company()
                    AND o.category_code = i.category AND o.id IS DISTINCT FROM i.own
                WHERE o.status IN ('in_review', 'live', 'paused') ORDER BY o.updated_at DESC LIMIT 200) AS x) END,
        'had', (SELECT count(*) FROM (SELECT FROM public.offer AS o WHERE o.company_id = public.app_company()
            AND o.status IN ('live', 'paused', 'expired', 'withdrawn') LIMIT 100) AS x),
        'judged', (SELECT jsonb_object_agg(j.n, jsonb_build_object('outcome', j.outcome, 'hits', j.hits))
            FROM (SELECT DISTINCT ON (i.n) i.n, m.outcome, m.hits
                FROM i JOIN public.moderation_case AS m ON m.object_id = i.own AND m.kind IN ('offer', 'appeal')
                WHERE m.outcome IN ('approved', 'rejected') ORDER BY i.n, m.decided_at DESC) AS j))
    $$;
