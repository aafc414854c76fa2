-- migrate:up
-- Who publishes reviews learns which ones, so that each is told of once. It takes the place of publish_reviews(), which the
-- release before this one still calls while it is being replaced; a later one drops it.
CREATE FUNCTION publish_due_reviews(wanted uuid)
    RETURNS TABLE (id uuid, version integer, author_company_id uuid, subject_company_id uuid)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    UPDATE public.review AS r SET status = 'published', version = r.version + 1, published_at = public.market_now()
    WHERE r.order_id = wanted AND r.status = 'written'
        AND ((SELECT count(*) FROM public.review AS b WHERE b.order_id = wanted) = 2 OR r.publish_at <= public.market_now())
    RETURNING r.id, r.version, r.author_company_id, r.subject_company_id
    $$;
REVOKE ALL ON FUNCTION publish_due_reviews(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION publish_due_reviews(uuid) TO exchange_api, exchange_worker;
