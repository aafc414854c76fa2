-- migrate:up
-- Buying, completed: a buyer reads back whom it invited.

-- Whom the acting company invited to its own RFQ; null for anybody else, who never learns who was invited.
CREATE FUNCTION rfq_invited(wanted uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT r.audience FROM public.rfq AS r WHERE r.id = wanted AND r.buyer_id = public.app_company() $$;
REVOKE ALL ON FUNCTION rfq_invited(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rfq_invited(uuid) TO exchange_api;
