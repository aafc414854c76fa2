-- migrate:up
-- The way out, completed: secrets of webhooks are write-only for members, a dead endpoint is switched off, a failed
-- delivery may be sent again, and the owner of a file lets the other side of a deal read it.

-- A secret is shown once, by the request that made it; only the worker that signs reads it again.
REVOKE SELECT ON webhook_endpoint FROM exchange_api;
GRANT SELECT (id, company_id, url, events, status, version, created_at) ON webhook_endpoint TO exchange_api;
GRANT UPDATE (status, version) ON webhook_endpoint TO exchange_worker;

CREATE POLICY api_again ON webhook_delivery FOR UPDATE TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company() AND status = 'waiting');
GRANT UPDATE (status, attempts) ON webhook_delivery TO exchange_api;

-- Adds readers to an own file; the audience itself is never shown. False: there is no such file of the acting company.
CREATE FUNCTION share_file(wanted uuid, readers uuid[]) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    UPDATE public.file AS f
    SET audience = ARRAY(SELECT DISTINCT x FROM unnest(f.audience || readers) AS x WHERE x <> f.company_id ORDER BY x)
    WHERE f.id = wanted AND f.company_id = public.app_company();
    RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION share_file(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION share_file(uuid, uuid[]) TO exchange_api;
