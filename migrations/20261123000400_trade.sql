-- migrate:up
-- What companies offer, ask for and quote.

-- status: draft -> live (seller) -> paused (seller) -> live; draft | live | paused -> withdrawn (seller);
-- live | paused -> expired (deadline valid_until). in_review and rejected belong to moderation.
-- Editing a live offer makes a new version; offer_version keeps each one.
CREATE TABLE offer (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    company_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('draft', 'in_review', 'live', 'paused', 'expired', 'withdrawn', 'rejected')),
    version integer NOT NULL DEFAULT 1,
    external_id text CHECK (length(external_id) BETWEEN 1 AND 250),
    title text NOT NULL CHECK (length(title) BETWEEN 3 AND 500),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    category_code text NOT NULL REFERENCES category,
    mpn text CHECK (length(mpn) <= 250),
    gtins text[] NOT NULL DEFAULT '{}',
    unit text NOT NULL REFERENCES unit,
    currency text NOT NULL REFERENCES currency,
    -- [{"min_quantity": "1", "price": "49.95"}], ascending; the first price at MOQ is price_micro.
    tiers jsonb NOT NULL CHECK (jsonb_typeof(tiers) = 'array' AND jsonb_array_length(tiers) BETWEEN 1 AND 20),
    price_micro bigint NOT NULL CHECK (price_micro > 0),
    vat_code text NOT NULL,
    vat_percent numeric(6, 3) NOT NULL CHECK (vat_percent BETWEEN 0 AND 100),
    firm boolean NOT NULL,
    moq numeric(18, 6) NOT NULL CHECK (moq > 0),
    increment numeric(18, 6) NOT NULL CHECK (increment > 0),
    available numeric(18, 6) CHECK (available >= 0),
    lead_time_days integer NOT NULL CHECK (lead_time_days BETWEEN 0 AND 730),
    ship_from text NOT NULL,
    regions text[] NOT NULL CHECK (cardinality(regions) BETWEEN 1 AND 100),
    terms jsonb NOT NULL,
    attributes jsonb NOT NULL DEFAULT '{}',
    extra jsonb NOT NULL DEFAULT '{}',
    visibility text NOT NULL DEFAULT 'all' CHECK (visibility IN ('all', 'own')),
    valid_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (company_id, external_id)
);
CREATE INDEX offer_company ON offer (company_id, updated_at DESC, id DESC);
CREATE INDEX offer_company_status ON offer (company_id, status);
CREATE INDEX offer_newest ON offer (updated_at DESC, id DESC) WHERE status = 'live' AND visibility = 'all';
CREATE INDEX offer_category ON offer (category_code, updated_at DESC, id DESC) WHERE status = 'live' AND visibility = 'all';
CREATE INDEX offer_price ON offer (currency, price_micro, id) WHERE status = 'live' AND visibility = 'all';
CREATE INDEX offer_expiry ON offer (valid_until) WHERE status IN ('live', 'paused');

CREATE TABLE offer_version (
    offer_id uuid NOT NULL REFERENCES offer,
    version integer NOT NULL,
    company_id uuid NOT NULL,
    visibility text NOT NULL,
    body jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (offer_id, version)
);

-- status: draft -> pending_approval (buyer, above the limit) | open (buyer); pending_approval -> open | draft (approver);
-- open -> deadline_passed (deadline due_at; the buyer early when not sealed) -> evaluating | no_award (open_quotes job);
-- evaluating -> award_pending | no_award (buyer); award_pending -> evaluating | awarded (approver);
-- cancelled (buyer) from any state before awarded.
CREATE TABLE rfq (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    number text NOT NULL,
    buyer_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('draft', 'pending_approval', 'open', 'deadline_passed', 'evaluating',
        'award_pending', 'awarded', 'no_award', 'cancelled')),
    version integer NOT NULL DEFAULT 1,
    title text NOT NULL CHECK (length(title) BETWEEN 3 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    sealed boolean NOT NULL,
    mode text NOT NULL CHECK (mode IN ('open', 'invited')),
    -- Companies invited; the api role cannot read this column, the policy still uses it.
    audience uuid[] NOT NULL DEFAULT '{}',
    currency text NOT NULL REFERENCES currency,
    -- [{id, category, text, requirements, quantity, unit, region, deliver_within_days}] in order.
    lines jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array' AND jsonb_array_length(lines) BETWEEN 1 AND 100),
    terms jsonb NOT NULL,
    own_reference text CHECK (length(own_reference) <= 80),
    due_at timestamptz NOT NULL,
    published_at timestamptz,
    opened_at timestamptz,
    outcome_reason text,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (number, buyer_id),
    CHECK ((status IN ('draft', 'pending_approval')) = (published_at IS NULL) OR status = 'cancelled')
);
CREATE INDEX rfq_buyer ON rfq (buyer_id, created_at DESC, id DESC);
CREATE INDEX rfq_buyer_running ON rfq (buyer_id, status)
    WHERE status IN ('open', 'deadline_passed', 'evaluating', 'award_pending');
CREATE INDEX rfq_newest ON rfq (published_at DESC, id DESC) WHERE status = 'open';
CREATE INDEX rfq_due ON rfq (due_at) WHERE status = 'open';

-- What was promised at publication stays: nobody opens a sealed RFQ early by changing it.
CREATE FUNCTION rfq_is_frozen() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL
        AND (NEW.sealed, NEW.due_at, NEW.mode, NEW.lines, NEW.terms, NEW.currency, NEW.buyer_id, NEW.published_at)
        IS DISTINCT FROM (OLD.sealed, OLD.due_at, OLD.mode, OLD.lines, OLD.terms, OLD.currency, OLD.buyer_id, OLD.published_at) THEN
        RAISE EXCEPTION 'a published RFQ is not changed' USING ERRCODE = 'EX008';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER rfq_frozen BEFORE UPDATE ON rfq FOR EACH ROW EXECUTE FUNCTION rfq_is_frozen();

-- What the matcher found for one line of one version of an RFQ: the buyer's list with reasons, near misses, counts.
CREATE TABLE rfq_match (
    rfq_id uuid NOT NULL REFERENCES rfq,
    rfq_version integer NOT NULL,
    line_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    result jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (rfq_id, rfq_version, line_id)
);

-- An offer that fits a line, told to its supplier with the reason. Written by the worker only.
CREATE TABLE opportunity (
    id uuid PRIMARY KEY,
    rfq_id uuid NOT NULL REFERENCES rfq,
    rfq_version integer NOT NULL,
    line_id uuid NOT NULL,
    offer_id uuid NOT NULL REFERENCES offer,
    offer_version integer NOT NULL,
    seller_id uuid NOT NULL REFERENCES company,
    score bigint NOT NULL,
    reasons jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (line_id, offer_id, rfq_version)
);
CREATE INDEX opportunity_seller ON opportunity (seller_id, created_at DESC, id DESC);
CREATE INDEX opportunity_rfq ON opportunity (rfq_id, seller_id);

-- One per RFQ and supplier who was told: sent -> seen -> will_quote | declined (supplier).
CREATE TABLE invitation (
    rfq_id uuid NOT NULL REFERENCES rfq,
    seller_id uuid NOT NULL REFERENCES company,
    buyer_id uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('sent', 'seen', 'will_quote', 'declined')),
    version integer NOT NULL DEFAULT 1,
    reason text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (rfq_id, seller_id)
);
CREATE INDEX invitation_seller ON invitation (seller_id, created_at DESC, id DESC);

-- One quote per RFQ and supplier. What it says stands in quote_body alone.
-- status: draft -> submitted (supplier, before due_at) -> submitted vN (supplier) | withdrawn (supplier, before due_at);
-- submitted -> opened (open_quotes job, or at submission of a visible RFQ); opened -> awarded | lost (award binds), expired.
CREATE TABLE quote (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    number text NOT NULL,
    rfq_id uuid NOT NULL REFERENCES rfq,
    buyer_id uuid NOT NULL REFERENCES company,
    seller_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('draft', 'submitted', 'needs_confirmation', 'opened', 'shortlisted', 'awarded',
        'part_awarded', 'lost', 'expired', 'withdrawn')),
    version integer NOT NULL DEFAULT 1,
    -- The version of quote_body in force, and of the RFQ it answers.
    body_version integer NOT NULL,
    rfq_version integer NOT NULL,
    lost_reason text,
    submitted_at timestamptz,
    opened_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (rfq_id, seller_id),
    UNIQUE (number, seller_id),
    CHECK (buyer_id <> seller_id)
);
CREATE INDEX quote_seller ON quote (seller_id, updated_at DESC, id DESC);
CREATE INDEX quote_buyer ON quote (buyer_id, updated_at DESC, id DESC);
CREATE INDEX quote_seller_waiting ON quote (seller_id)
    WHERE status IN ('submitted', 'opened', 'shortlisted', 'needs_confirmation');

-- Prices, terms and validity of one version of a quote: the only place where a sealed price stands. Until opened is
-- set by open_quotes() only the supplier reads it; not the buyer, not an operator, not a worker.
CREATE TABLE quote_body (
    quote_id uuid NOT NULL REFERENCES quote,
    version integer NOT NULL,
    rfq_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    opened boolean NOT NULL DEFAULT false,
    body jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (quote_id, version)
);
CREATE INDEX quote_body_rfq ON quote_body (rfq_id) WHERE opened;

-- status: proposed (buyer) -> binding (at once, or approver) | rejected (approver) | recalled (buyer).
CREATE TABLE award (
    id uuid PRIMARY KEY,
    rfq_id uuid NOT NULL REFERENCES rfq,
    quote_id uuid NOT NULL REFERENCES quote,
    quote_version integer NOT NULL,
    buyer_id uuid NOT NULL REFERENCES company,
    seller_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('proposed', 'binding', 'rejected', 'recalled')),
    version integer NOT NULL DEFAULT 1,
    currency text NOT NULL REFERENCES currency,
    net_minor bigint NOT NULL CHECK (net_minor > 0),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    gross_minor bigint NOT NULL,
    reason text NOT NULL DEFAULT '',
    -- What the other suppliers will be told.
    reason_for_others text NOT NULL DEFAULT '',
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    bound_at timestamptz,
    CHECK (gross_minor = net_minor + vat_minor),
    CHECK ((status = 'binding') = (bound_at IS NOT NULL))
);
-- An RFQ has at most one award that is proposed or binding (this chapter awards it whole).
CREATE UNIQUE INDEX award_one_per_rfq ON award (rfq_id) WHERE status IN ('proposed', 'binding');
CREATE INDEX award_buyer ON award (buyer_id, proposed_at DESC);

-- status: pending -> approved | rejected (another person of the company) | recalled (requester).
CREATE TABLE approval_request (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    kind text NOT NULL CHECK (kind IN ('rfq', 'award', 'order')),
    object_id uuid NOT NULL,
    object_version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'recalled', 'expired')),
    version integer NOT NULL DEFAULT 1,
    currency text NOT NULL REFERENCES currency,
    gross_minor bigint NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    comment text NOT NULL DEFAULT '',
    due_at timestamptz NOT NULL,
    -- Nobody approves their own request.
    CHECK (decided_by IS NULL OR status = 'recalled' OR decided_by <> requested_by),
    CHECK ((status = 'pending') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX approval_one_pending ON approval_request (object_id) WHERE status = 'pending';
CREATE INDEX approval_company ON approval_request (company_id, requested_at DESC, id DESC);
CREATE INDEX approval_pending ON approval_request (company_id) WHERE status = 'pending';
CREATE INDEX approval_due ON approval_request (due_at) WHERE status = 'pending';

ALTER TABLE offer ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON offer FOR SELECT TO exchange_api
    USING ((visibility = 'all' AND status = 'live') OR company_id = app_company() OR app_operator());
CREATE POLICY api_insert ON offer FOR INSERT TO exchange_api WITH CHECK (company_id = app_company());
CREATE POLICY api_update ON offer FOR UPDATE TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
CREATE POLICY worker_all ON offer TO exchange_worker USING (true) WITH CHECK (true);
CREATE POLICY matcher_read ON offer FOR SELECT TO exchange_matcher USING (true);
GRANT SELECT, INSERT, UPDATE ON offer TO exchange_api;
GRANT SELECT, UPDATE ON offer TO exchange_worker;
GRANT SELECT ON offer TO exchange_matcher;

ALTER TABLE offer_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON offer_version FOR SELECT TO exchange_api
    USING (visibility = 'all' OR company_id = app_company() OR app_operator());
CREATE POLICY api_insert ON offer_version FOR INSERT TO exchange_api WITH CHECK (company_id = app_company());
CREATE POLICY worker_all ON offer_version TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON offer_version TO exchange_api, exchange_worker;

ALTER TABLE rfq ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON rfq FOR SELECT TO exchange_api
    USING (buyer_id = app_company() OR app_operator()
        OR (published_at IS NOT NULL AND (mode = 'open' OR app_company() = ANY (audience))));
CREATE POLICY api_insert ON rfq FOR INSERT TO exchange_api WITH CHECK (buyer_id = app_company());
CREATE POLICY api_update ON rfq FOR UPDATE TO exchange_api
    USING (buyer_id = app_company()) WITH CHECK (buyer_id = app_company());
CREATE POLICY worker_all ON rfq TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT (id, market_id, number, buyer_id, status, version, title, description, sealed, mode, currency, lines, terms,
    own_reference, due_at, published_at, opened_at, outcome_reason, created_by, created_at, updated_at), INSERT, UPDATE
    ON rfq TO exchange_api;
GRANT SELECT, UPDATE ON rfq TO exchange_worker;

ALTER TABLE rfq_match ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON rfq_match FOR SELECT TO exchange_api USING (buyer_id = app_company());
CREATE POLICY worker_all ON rfq_match TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT ON rfq_match TO exchange_api;
GRANT SELECT, INSERT, UPDATE ON rfq_match TO exchange_worker;

ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON opportunity FOR SELECT TO exchange_api USING (seller_id = app_company());
CREATE POLICY worker_all ON opportunity TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT ON opportunity TO exchange_api;
GRANT SELECT, INSERT ON opportunity TO exchange_worker;

-- The buyer sees how its own invitations fare; a supplier sees its own and never who else was invited.
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON invitation FOR SELECT TO exchange_api
    USING (seller_id = app_company() OR buyer_id = app_company());
CREATE POLICY api_answer ON invitation FOR UPDATE TO exchange_api
    USING (seller_id = app_company()) WITH CHECK (seller_id = app_company());
CREATE POLICY worker_all ON invitation TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT ON invitation TO exchange_api;
GRANT UPDATE (status, version, reason) ON invitation TO exchange_api;
GRANT SELECT, INSERT, UPDATE ON invitation TO exchange_worker;

-- That a quote exists is its supplier's secret until it is opened.
ALTER TABLE quote ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON quote FOR SELECT TO exchange_api
    USING (seller_id = app_company() OR (buyer_id = app_company() AND opened_at IS NOT NULL));
CREATE POLICY api_insert ON quote FOR INSERT TO exchange_api WITH CHECK (seller_id = app_company());
CREATE POLICY api_update ON quote FOR UPDATE TO exchange_api
    USING (seller_id = app_company() OR (buyer_id = app_company() AND opened_at IS NOT NULL))
    WITH CHECK (seller_id = app_company() OR (buyer_id = app_company() AND opened_at IS NOT NULL));
CREATE POLICY worker_all ON quote TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON quote TO exchange_api;
GRANT SELECT, UPDATE ON quote TO exchange_worker;

ALTER TABLE quote_body ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON quote_body FOR SELECT TO exchange_api
    USING (seller_id = app_company() OR (buyer_id = app_company() AND opened));
-- opened is false at insert; only open_quotes() sets it.
CREATE POLICY api_insert ON quote_body FOR INSERT TO exchange_api WITH CHECK (seller_id = app_company() AND NOT opened);
CREATE POLICY worker_opened ON quote_body FOR SELECT TO exchange_worker USING (opened);
GRANT SELECT, INSERT ON quote_body TO exchange_api;
GRANT SELECT ON quote_body TO exchange_worker;

ALTER TABLE award ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON award FOR SELECT TO exchange_api
    USING (buyer_id = app_company() OR (seller_id = app_company() AND status = 'binding'));
CREATE POLICY api_insert ON award FOR INSERT TO exchange_api WITH CHECK (buyer_id = app_company());
CREATE POLICY api_update ON award FOR UPDATE TO exchange_api
    USING (buyer_id = app_company()) WITH CHECK (buyer_id = app_company());
CREATE POLICY worker_all ON award TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON award TO exchange_api;
GRANT SELECT, UPDATE ON award TO exchange_worker;

ALTER TABLE approval_request ENABLE ROW LEVEL SECURITY;
-- A decision carries the name of who makes it.
CREATE POLICY api_own ON approval_request TO exchange_api
    USING (company_id = app_company())
    WITH CHECK (company_id = app_company() AND (decided_by IS NULL OR decided_by = app_actor()));
CREATE POLICY worker_all ON approval_request TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON approval_request TO exchange_api;
GRANT SELECT, UPDATE ON approval_request TO exchange_worker;

-- Holds an RFQ still while a bid is written: visible to the bidder, open, and before its deadline by the clock after
-- the wait for the closing job's lock. Returns what the bid needs, or no row.
CREATE FUNCTION lock_rfq_for_bid(wanted uuid)
    RETURNS TABLE (buyer_id uuid, number text, version integer, status text, sealed boolean, currency text, lines jsonb,
        terms jsonb, due_at timestamptz, in_time boolean)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    r public.rfq%ROWTYPE;
BEGIN
    SELECT * INTO r FROM public.rfq AS x WHERE x.id = wanted FOR SHARE;
    IF NOT FOUND OR r.published_at IS NULL OR r.buyer_id = public.app_company()
        OR NOT (r.mode = 'open' OR public.app_company() = ANY (r.audience)) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT r.buyer_id, r.number, r.version, r.status, r.sealed, r.currency, r.lines, r.terms, r.due_at,
        r.status = 'open' AND public.market_now() < r.due_at;
END
$$;

-- Opens the quotes of an RFQ whose deadline has passed (or of a visible one at any time): the only way a body opens.
-- Returns how many were opened now.
CREATE FUNCTION open_quotes(wanted uuid) RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    opened_count integer;
BEGIN
    PERFORM FROM public.rfq AS r WHERE r.id = wanted
        AND ((NOT r.sealed AND r.status = 'open') OR r.status IN ('deadline_passed', 'evaluating'))
        AND (NOT r.sealed OR public.market_now() >= r.due_at);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'quotes stay sealed until the deadline' USING ERRCODE = 'EX004';
    END IF;
    UPDATE public.quote AS q SET status = 'opened', version = q.version + 1, opened_at = public.market_now(),
        updated_at = public.market_now()
    WHERE q.rfq_id = wanted AND q.status = 'submitted';
    GET DIAGNOSTICS opened_count = ROW_COUNT;
    UPDATE public.quote_body AS b SET opened = true
    FROM public.quote AS q
    WHERE b.rfq_id = wanted AND NOT b.opened AND q.id = b.quote_id AND q.opened_at IS NOT NULL AND b.version = q.body_version;
    RETURN opened_count;
END
$$;

-- Takes quantity from an offer that shows a limited stock; false: not enough. Called in the order's transaction.
CREATE FUNCTION consume_capacity(wanted uuid, quantity numeric) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    UPDATE public.offer AS o SET available = o.available - quantity
    WHERE o.id = wanted AND (o.available IS NULL OR o.available >= quantity) AND quantity > 0;
    RETURN FOUND;
END
$$;

-- How many suppliers were told of the buyer's own RFQ, and how many quotes came in: counts only, no names.
CREATE FUNCTION rfq_counts(wanted uuid) RETURNS TABLE (invited bigint, declined bigint, quotes bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT (SELECT count(*) FROM public.invitation AS i WHERE i.rfq_id = wanted),
        (SELECT count(*) FROM public.invitation AS i WHERE i.rfq_id = wanted AND i.status = 'declined'),
        (SELECT count(*) FROM public.quote AS q WHERE q.rfq_id = wanted
            AND q.status NOT IN ('draft', 'withdrawn') AND (NOT r.sealed OR q.opened_at IS NOT NULL))
    FROM public.rfq AS r WHERE r.id = wanted AND r.buyer_id = public.app_company()
    $$;

REVOKE ALL ON FUNCTION lock_rfq_for_bid(uuid), open_quotes(uuid), consume_capacity(uuid, numeric), rfq_counts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_rfq_for_bid(uuid), open_quotes(uuid), rfq_counts(uuid) TO exchange_api;
GRANT EXECUTE ON FUNCTION open_quotes(uuid) TO exchange_worker;
