-- migrate:up
-- A member appeals once against a refusal, within 14 days; somebody else than the first operator decides (another_operator).

-- outcome: opened | unknown (no such case of the company, or none that can be appealed) | late | again.
CREATE FUNCTION case_appeal(appealed uuid, appeal uuid, words text, due_hours integer, OUT outcome text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    before public.moderation_case;
BEGIN
    SELECT m.* INTO before FROM public.moderation_case AS m
    WHERE m.id = appealed AND m.company_id = public.app_company() FOR UPDATE;
    outcome := CASE
        WHEN before.id IS NULL OR before.outcome IS DISTINCT FROM 'rejected' OR before.kind IN ('appeal', 'flag', 'message')
            THEN 'unknown'
        WHEN EXISTS (SELECT FROM public.moderation_case AS m WHERE m.appeal_of = appealed) THEN 'again'
        WHEN before.decided_at + interval '14 days' < public.market_now() THEN 'late'
        ELSE 'opened' END;
    IF outcome = 'opened' THEN
        INSERT INTO public.moderation_case (id, kind, object_id, company_id, hits, appeal_of, appeal_text, not_by, opened_at,
            due_at)
        VALUES (appeal, 'appeal', before.object_id, before.company_id, before.hits, before.id, words, before.decided_by,
            public.market_now(), public.market_now() + make_interval(hours => due_hours));
    END IF;
END
$$;
REVOKE ALL ON FUNCTION case_appeal(uuid, uuid, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION case_appeal(uuid, uuid, text, integer) TO exchange_api;
