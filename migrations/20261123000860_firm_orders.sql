-- migrate:up
-- The short way: taking firm offers, the two parties of a deal as its contract names them, and orders that wait for the
-- buyer's own approval, which the seller does not see.

-- Locks firm offers in id order and takes the quantities from those that show a limited stock. One row for each offer that
-- the buyer may know, with its seller's country profile and the market time; `taken` only where it is live, firm, valid and
-- still the version that was seen. A caller who cannot use what it gets rolls back, which gives everything back.
CREATE FUNCTION take_firm_offers(wanted uuid[], seen integer[], quantities numeric[])
    RETURNS TABLE (id uuid, company_id uuid, status text, version integer, title text, mpn text, category_code text, unit text,
        currency text, tiers jsonb, vat_code text, firm boolean, moq numeric, increment numeric, available numeric,
        lead_time_days integer, regions text[], terms jsonb, expired boolean, taken boolean, profile text,
        at timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    line record;
    o public.offer%ROWTYPE;
BEGIN
    FOR line IN
        SELECT w.offer, w.version, w.quantity FROM unnest(wanted, seen, quantities) AS w (offer, version, quantity)
        ORDER BY w.offer
    LOOP
        -- An offer without a stock is only held still; orders of it run side by side.
        SELECT x.* INTO o FROM public.offer AS x WHERE x.id = line.offer AND x.available IS NULL FOR SHARE;
        IF NOT FOUND THEN
            SELECT x.* INTO o FROM public.offer AS x WHERE x.id = line.offer FOR NO KEY UPDATE;
        END IF;
        CONTINUE WHEN o.id IS NULL OR o.visibility <> 'all' OR (o.status <> 'live' AND NOT EXISTS (
            SELECT FROM public.offer_version AS v WHERE v.offer_id = line.offer AND v.version = line.version));
        expired := o.valid_until <= public.market_now();
        taken := false;
        IF o.status = 'live' AND o.firm AND o.version = line.version AND NOT expired
            AND o.company_id <> public.app_company() THEN
            taken := o.available IS NULL OR public.consume_capacity(o.id, line.quantity);
        END IF;
        id := o.id;
        company_id := o.company_id;
        status := o.status;
        version := o.version;
        title := o.title;
        mpn := o.mpn;
        category_code := o.category_code;
        unit := o.unit;
        currency := o.currency;
        tiers := o.tiers;
        vat_code := o.vat_code;
        firm := o.firm;
        moq := o.moq;
        increment := o.increment;
        available := o.available;
        lead_time_days := o.lead_time_days;
        regions := o.regions;
        terms := o.terms;
        SELECT c.profile INTO profile FROM public.company AS c WHERE c.id = o.company_id;
        at := public.market_now();
        RETURN NEXT;
    END LOOP;
END
$$;

-- Whether a limit (minor units of `base`; null: none) is exceeded. What cannot be compared counts as above.
CREATE FUNCTION above_limit(limit_minor bigint, base text, currency text, gross_minor bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN limit_minor IS NOT NULL AND (base <> currency OR gross_minor > limit_minor);

-- The acting company and its seller as a contract names them: only what the paper shows, and whether a limit speaks
-- against the value, never the limit itself. `shared_person`: the acting person belongs to the seller too.
CREATE FUNCTION deal_parties(seller uuid, currency text, gross_minor bigint)
    RETURNS TABLE (id uuid, status text, legal_name text, country text, profile text, registration_id text, tax_id text,
        address text, representative text, representative_title text, above_signing_limit boolean, needs_approval boolean,
        shared_person boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT c.id, c.status, c.legal_name, c.country, c.profile, c.registration_id, c.tax_id, f.address, f.representative,
        f.representative_title,
        public.above_limit(f.signing_limit_minor, c.base_currency, $2, $3),
        c.id = public.app_company() AND public.above_limit(f.approval_limit_minor, c.base_currency, $2, $3),
        c.id = $1 AND EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = $1 AND m.person_id = public.app_actor() AND m.ended_at IS NULL)
    FROM public.company AS c JOIN public.company_file AS f ON f.company_id = c.id
    WHERE c.id IN ($1, public.app_company())
    $$;

-- The buyer's approver said no, or nobody said yes in time: the order goes back to its draft and what it held is free
-- again. Returns the order's new version, or null when it does not wait.
CREATE FUNCTION return_pending_order(wanted uuid) RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    next_version integer;
BEGIN
    UPDATE public.purchase_order AS o SET status = 'draft', version = o.version + 1, updated_at = public.market_now()
    WHERE o.id = wanted AND o.status = 'pending_approval'
        AND (o.buyer_id = public.app_company() OR public.app_company() IS NULL)
    RETURNING o.version INTO next_version;
    IF next_version IS NOT NULL THEN
        PERFORM FROM public.offer AS f
        WHERE f.id IN (SELECT l.offer_id FROM public.order_line AS l WHERE l.order_id = wanted)
        ORDER BY f.id FOR NO KEY UPDATE;
        UPDATE public.offer AS f SET available = f.available + l.quantity
        FROM public.order_line AS l WHERE l.order_id = wanted AND f.id = l.offer_id AND f.available IS NOT NULL;
    END IF;
    RETURN next_version;
END
$$;

REVOKE ALL ON FUNCTION take_firm_offers(uuid[], integer[], numeric[]), above_limit(bigint, text, text, bigint),
    deal_parties(uuid, text, bigint), return_pending_order(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_firm_offers(uuid[], integer[], numeric[]), deal_parties(uuid, text, bigint) TO exchange_api;
GRANT EXECUTE ON FUNCTION return_pending_order(uuid) TO exchange_api, exchange_worker;

-- An order is its buyer's own affair until it is placed.
DROP POLICY api_parties ON purchase_order;
CREATE POLICY api_parties ON purchase_order TO exchange_api
    USING (buyer_id = app_company() OR (seller_id = app_company() AND placed_at IS NOT NULL) OR app_operator())
    WITH CHECK (buyer_id = app_company() OR (seller_id = app_company() AND placed_at IS NOT NULL));

DROP POLICY api_parties ON order_line;
CREATE POLICY api_parties ON order_line TO exchange_api
    USING (buyer_id = app_company() OR app_operator()
        OR (seller_id = app_company() AND EXISTS (SELECT FROM purchase_order AS o WHERE o.id = order_id)))
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
