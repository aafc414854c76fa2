-- migrate:up
-- The services ask for themselves whether a reader may see what is shown to named companies, beside row security: the api
-- role may not read an audience, so the question is a function.
CREATE FUNCTION rfq_shown(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.rfq AS r WHERE r.id = wanted AND (r.buyer_id = public.app_company()
        OR (r.published_at IS NOT NULL AND (r.mode = 'open' OR public.app_company() = ANY (r.audience)))))
    $$;
CREATE FUNCTION file_shown(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.file AS f WHERE f.id = wanted
        AND (f.company_id = public.app_company() OR public.app_company() = ANY (f.audience)))
    $$;
CREATE FUNCTION event_shown(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.event AS e WHERE e.id = wanted
        AND (e.company_id = public.app_company() OR public.app_company() = ANY (e.audience)))
    $$;
REVOKE ALL ON FUNCTION rfq_shown(uuid), file_shown(uuid), event_shown(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rfq_shown(uuid), file_shown(uuid), event_shown(uuid) TO exchange_api, exchange_worker;
