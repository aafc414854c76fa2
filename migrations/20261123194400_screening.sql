-- migrate:up
-- What a program looks at in every listing before buyers see it: rules as data, and what they compare with.

-- One rule each; operators change enabled, holds and parameters in the console. holds: the listing waits in review; else it
-- goes live and a moderator looks afterwards.
CREATE TABLE screening_rule (
    code text PRIMARY KEY CHECK (code IN ('price_far', 'banned_terms', 'double', 'contact_phone', 'contact_email',
        'contact_url', 'contact_handle', 'first_offers', 'rejected_before')),
    id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    place smallint NOT NULL,
    enabled boolean NOT NULL,
    holds boolean NOT NULL,
    parameters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(parameters) = 'object'),
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz,
    updated_by uuid REFERENCES person
);
INSERT INTO screening_rule (code, place, enabled, holds, parameters) VALUES
    ('banned_terms', 1, true, true, '{"terms": ["ma túy", "heroin", "cocaine", "sừng tê giác", "rhino horn", "vảy tê tê", "pangolin scales", "ngà voi", "elephant ivory", "thuốc nổ", "pháo nổ", "hàng giả", "hàng nhái", "super fake", "counterfeit goods", "tiền giả"]}'),
    ('contact_phone', 2, true, true, '{}'),
    ('contact_email', 3, true, true, '{}'),
    ('contact_url', 4, true, true, '{}'),
    ('contact_handle', 5, true, true, '{}'),
    ('price_far', 6, true, true, '{"factor": 200, "least_offers": 20}'),
    ('double', 7, true, false, '{"alike_percent": 94}'),
    ('rejected_before', 8, true, true, '{}'),
    ('first_offers', 9, true, false, '{"first": 2}');
ALTER TABLE screening_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY operator_read ON screening_rule FOR SELECT TO exchange_api USING (app_operator());
CREATE POLICY operator_change ON screening_rule FOR UPDATE TO exchange_api
    USING (app_operator()) WITH CHECK (app_operator() AND updated_by = app_actor());
GRANT SELECT, UPDATE (enabled, holds, parameters, version, updated_at, updated_by) ON screening_rule TO exchange_api;

-- The middle price of a category in one currency and unit, from everybody's listings; renewed by the worker.
CREATE TABLE category_price (
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    category_code text NOT NULL REFERENCES category,
    currency text NOT NULL REFERENCES currency,
    unit text NOT NULL REFERENCES unit,
    offers integer NOT NULL CHECK (offers > 0),
    median_micro bigint NOT NULL CHECK (median_micro > 0),
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (market_id, category_code, currency, unit)
);
CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON category_price
    FOR EACH ROW EXECUTE FUNCTION refuse_another_market();
ALTER TABLE category_price ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_all ON category_price TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON category_price TO exchange_worker;

-- The words of a title without case, accents, order and repetition: what near duplicates have in common.
CREATE FUNCTION title_words(title text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT coalesce((SELECT string_agg(DISTINCT w.word, ' ' ORDER BY w.word)
        FROM regexp_split_to_table(regexp_replace(normalize(replace(lower(title), 'đ', 'd'), NFKD), '[\u0300-\u036f]', '', 'g'),
            '[^[:alnum:]]+') AS w (word) WHERE w.word <> ''), '')
    $$;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offer_words ON offer (company_id, md5(title_words(title))) WHERE status IN ('in_review', 'live', 'paused');

-- Everything that screening compares the acting company's listings [{n, title, category, currency, unit, mpn, gtins,
-- own, external_id}] with, in one round trip for one listing or a batch: rules, middle prices, doubles, how many listings the
-- company has had, and what operators judged about the same listing last.
CREATE FUNCTION screening_grounds(items jsonb) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
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
                'offers', p.offers, 'median_micro', p.median_micro))
            FROM public.category_price AS p
            WHERE (p.category_code, p.currency, p.unit) IN (SELECT i.category, i.currency, i.unit FROM i)),
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

-- An operator's judgement of a listing: on the market, or back to its seller. Only from where the operator saw it.
-- in_review -> live | rejected; live -> rejected (looked at after publication). Nothing when it moved on meanwhile.
CREATE FUNCTION offer_judge(offer uuid, accepted boolean, OUT from_state text, OUT to_state text, OUT new_version integer)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF NOT public.app_operator() THEN
        RAISE EXCEPTION 'only an operator judges' USING ERRCODE = 'EX003';
    END IF;
    SELECT o.status INTO from_state FROM public.offer AS o WHERE o.id = offer FOR NO KEY UPDATE;
    to_state := CASE
        WHEN accepted AND from_state IN ('in_review', 'rejected') THEN 'live'
        WHEN NOT accepted AND from_state IN ('in_review', 'live', 'paused') THEN 'rejected' END;
    IF to_state IS NULL THEN
        RETURN;
    END IF;
    UPDATE public.offer AS o SET status = to_state, version = o.version + 1, updated_at = public.market_now()
    WHERE o.id = offer RETURNING o.version INTO new_version;
    IF to_state = 'live' THEN
        INSERT INTO public.offer_version (offer_id, version, company_id, visibility, body, at)
        SELECT o.id, o.version, o.company_id, o.visibility, to_jsonb(o) - 'market_id', public.market_now()
        FROM public.offer AS o WHERE o.id = offer ON CONFLICT (offer_id, version) DO NOTHING;
    END IF;
END
$$;

-- A member alone puts nothing on the market that waits for a judgement.
CREATE FUNCTION offer_waits_for_judgement() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    RAISE EXCEPTION 'a listing in review becomes live by a decision or a change of what it says' USING ERRCODE = 'EX003';
END
$$;
CREATE TRIGGER offer_judged BEFORE UPDATE OF status ON offer FOR EACH ROW
    WHEN (old.status IN ('in_review', 'rejected') AND new.status = 'live' AND current_user = 'exchange_api'
        AND (old.title, old.description, old.category_code, old.mpn, old.tiers, old.unit, old.currency)
            IS NOT DISTINCT FROM (new.title, new.description, new.category_code, new.mpn, new.tiers, new.unit, new.currency))
    EXECUTE FUNCTION offer_waits_for_judgement();

REVOKE ALL ON FUNCTION screening_grounds(jsonb), offer_judge(uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION screening_grounds(jsonb), offer_judge(uuid, boolean) TO exchange_api;
