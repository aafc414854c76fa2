-- migrate:up
-- What two companies owe each other: contract, order, delivery, invoice, instalment.

-- kind signed: draft -> signing (buyer or job) -> active (last signature) | refused; active -> completed (last order).
-- kind standard: inserted active in the transaction that confirms its order; no signing step.
CREATE TABLE contract (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    number text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('signed', 'standard')),
    buyer_id uuid NOT NULL REFERENCES company,
    seller_id uuid NOT NULL REFERENCES company,
    rfq_id uuid REFERENCES rfq,
    award_id uuid REFERENCES award,
    status text NOT NULL CHECK (status IN ('draft', 'pending_approval', 'signing', 'changes_requested', 'active', 'refused',
        'completed', 'terminated')),
    version integer NOT NULL DEFAULT 1,
    currency text NOT NULL REFERENCES currency,
    gross_minor bigint NOT NULL CHECK (gross_minor > 0),
    -- Canonical JSON (sorted keys, no spaces, UTF-8) exactly as digested; frozen from signing on.
    body text NOT NULL,
    digest bytea NOT NULL CHECK (digest = sha256(convert_to(body, 'UTF8'))),
    -- Appended once by the job that prints it.
    pdf_file_id uuid,
    pdf_digest bytea CHECK (length(pdf_digest) = 32),
    created_at timestamptz NOT NULL,
    active_at timestamptz,
    sign_by timestamptz,
    UNIQUE (number, buyer_id),
    UNIQUE (award_id),
    CHECK (buyer_id <> seller_id),
    CHECK ((kind = 'signed') = (award_id IS NOT NULL)),
    CHECK (kind = 'signed' OR status IN ('active', 'completed', 'terminated')),
    CHECK ((status IN ('active', 'completed', 'terminated')) = (active_at IS NOT NULL)),
    CHECK ((pdf_file_id IS NULL) = (pdf_digest IS NULL))
);
CREATE INDEX contract_buyer ON contract (buyer_id, created_at DESC, id DESC);
CREATE INDEX contract_seller ON contract (seller_id, created_at DESC, id DESC);
-- What the clock looks for: contracts that were not signed in time.
CREATE INDEX contract_sign_by ON contract (sign_by) WHERE status = 'signing';

-- One signature of each party over the digest of one version; never changed.
CREATE TABLE contract_signature (
    contract_id uuid NOT NULL REFERENCES contract,
    company_id uuid NOT NULL REFERENCES company,
    contract_version integer NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    person_id uuid NOT NULL,
    person_name text NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    method text NOT NULL CHECK (method IN ('password')),
    basis text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (contract_id, company_id),
    CHECK (company_id IN (buyer_id, seller_id))
);

-- A contract is active only with both signatures over its own digest.
CREATE FUNCTION contract_needs_both_signatures() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.kind = 'signed' AND NEW.status = 'active' AND (
        SELECT count(*) FROM public.contract_signature AS s
        WHERE s.contract_id = NEW.id AND s.digest = NEW.digest AND s.company_id IN (NEW.buyer_id, NEW.seller_id)) <> 2 THEN
        RAISE EXCEPTION 'a signed contract needs both signatures over one digest' USING ERRCODE = 'EX005';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.body <> OLD.body AND OLD.status NOT IN ('draft', 'changes_requested') THEN
        RAISE EXCEPTION 'the text of a contract is frozen' USING ERRCODE = 'EX006';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contract_guard BEFORE INSERT OR UPDATE ON contract
    FOR EACH ROW EXECUTE FUNCTION contract_needs_both_signatures();

-- status: draft -> pending_approval -> placed (buyer) -> confirmed (seller; at once for a firm offer or an active contract)
-- | refused (seller) | lapsed (deadline confirm_by); confirmed -> in_progress (first despatch) -> completed (job);
-- confirmed -> lapsed (protected instalment unpaid); placed -> cancelled (buyer).
CREATE TABLE purchase_order (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    number text NOT NULL,
    contract_id uuid REFERENCES contract,
    buyer_id uuid NOT NULL REFERENCES company,
    seller_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('draft', 'pending_approval', 'placed', 'confirmed', 'refused', 'lapsed',
        'in_progress', 'completed', 'cancelled')),
    version integer NOT NULL DEFAULT 1,
    currency text NOT NULL REFERENCES currency,
    net_minor bigint NOT NULL CHECK (net_minor > 0),
    vat_minor bigint NOT NULL CHECK (vat_minor >= 0),
    gross_minor bigint NOT NULL,
    fee_percent numeric(6, 3) NOT NULL,
    fee_vat_percent numeric(6, 3) NOT NULL,
    terms jsonb NOT NULL,
    delivery jsonb NOT NULL,
    buyer_reference text CHECK (length(buyer_reference) <= 80),
    cost_centre text CHECK (length(cost_centre) <= 80),
    placed_by uuid,
    reason text,
    created_at timestamptz NOT NULL,
    placed_at timestamptz,
    confirm_by timestamptz,
    confirmed_at timestamptz,
    completed_at timestamptz,
    updated_at timestamptz NOT NULL,
    UNIQUE (number, buyer_id),
    CHECK (buyer_id <> seller_id),
    CHECK (gross_minor = net_minor + vat_minor),
    CHECK ((status IN ('confirmed', 'in_progress', 'completed')) <= (contract_id IS NOT NULL AND confirmed_at IS NOT NULL))
);
CREATE INDEX purchase_order_buyer ON purchase_order (buyer_id, created_at DESC, id DESC);
CREATE INDEX purchase_order_seller ON purchase_order (seller_id, created_at DESC, id DESC);
-- What is under way, and what ended lately, whatever lies behind it.
CREATE INDEX purchase_order_buying ON purchase_order (buyer_id, status)
    WHERE status IN ('pending_approval', 'placed', 'confirmed', 'in_progress');
CREATE INDEX purchase_order_selling ON purchase_order (seller_id, status)
    WHERE status IN ('pending_approval', 'placed', 'confirmed', 'in_progress');
CREATE INDEX purchase_order_bought ON purchase_order (buyer_id, completed_at) WHERE status = 'completed';
CREATE INDEX purchase_order_sold ON purchase_order (seller_id, completed_at) WHERE status = 'completed';
CREATE INDEX purchase_order_contract ON purchase_order (contract_id);
CREATE INDEX purchase_order_confirm ON purchase_order (confirm_by) WHERE status = 'placed';

-- Quantities only grow: ordered >= despatched - rejected + ..., accepted + rejected <= received <= despatched.
CREATE TABLE order_line (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES purchase_order,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    position smallint NOT NULL CHECK (position > 0),
    offer_id uuid REFERENCES offer,
    offer_version integer,
    category_code text NOT NULL,
    title text NOT NULL,
    mpn text,
    unit text NOT NULL REFERENCES unit,
    quantity numeric(18, 6) NOT NULL CHECK (quantity > 0),
    price numeric(18, 6) NOT NULL CHECK (price > 0),
    vat_code text NOT NULL,
    vat_percent numeric(6, 3) NOT NULL,
    net_minor bigint NOT NULL,
    vat_minor bigint NOT NULL,
    despatched numeric(18, 6) NOT NULL DEFAULT 0,
    received numeric(18, 6) NOT NULL DEFAULT 0,
    accepted numeric(18, 6) NOT NULL DEFAULT 0,
    rejected numeric(18, 6) NOT NULL DEFAULT 0,
    closed numeric(18, 6) NOT NULL DEFAULT 0,
    UNIQUE (order_id, position),
    CHECK (accepted >= 0 AND rejected >= 0 AND closed >= 0),
    CHECK (accepted + rejected <= received AND received <= despatched),
    CHECK (despatched - rejected + closed <= quantity)
);

-- One per shipment or milestone: planned -> despatched (seller) -> arrived (buyer, or seller's proof) -> inspected (buyer).
CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    number text NOT NULL,
    order_id uuid NOT NULL REFERENCES purchase_order,
    buyer_id uuid NOT NULL REFERENCES company,
    seller_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('planned', 'despatched', 'arrived', 'inspected')),
    version integer NOT NULL DEFAULT 1,
    -- [{order_line_id, quantity, accepted, rejected, reason, photo_file_id}]
    lines jsonb NOT NULL,
    carrier text NOT NULL DEFAULT '',
    tracking text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    despatched_at timestamptz,
    arrived_at timestamptz,
    inspect_by timestamptz,
    inspected_at timestamptz,
    UNIQUE (number, seller_id)
);
CREATE INDEX delivery_order ON delivery (order_id);
CREATE INDEX delivery_buyer_waiting ON delivery (buyer_id, status) WHERE status IN ('despatched', 'arrived');
CREATE INDEX delivery_inspect ON delivery (inspect_by) WHERE status = 'arrived';

-- One side proposes to close what is still undelivered: proposed -> agreed | declined (the other side) | escalated (deadline).
CREATE TABLE closing_proposal (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES purchase_order,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    proposed_by_company uuid NOT NULL,
    proposed_by uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'agreed', 'declined', 'escalated')),
    version integer NOT NULL DEFAULT 1,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    answer_by timestamptz NOT NULL,
    answered_at timestamptz,
    CHECK (proposed_by_company IN (buyer_id, seller_id))
);
CREATE UNIQUE INDEX closing_one_open ON closing_proposal (order_id) WHERE status IN ('proposed', 'escalated');
CREATE INDEX closing_answer ON closing_proposal (answer_by) WHERE status = 'proposed';

-- The seller's own legal document: expected (job, at inspection) -> received (seller) -> matched | difference (check in the
-- same transaction); difference -> replaced (seller records another).
CREATE TABLE invoice (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    order_id uuid NOT NULL REFERENCES purchase_order,
    delivery_id uuid NOT NULL REFERENCES delivery,
    buyer_id uuid NOT NULL REFERENCES company,
    seller_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('expected', 'received', 'matched', 'difference', 'adjusted', 'replaced')),
    version integer NOT NULL DEFAULT 1,
    number text,
    issued_on date,
    currency text NOT NULL REFERENCES currency,
    -- What the inspection says it must be.
    expected_net_minor bigint NOT NULL,
    expected_vat_minor bigint NOT NULL,
    net_minor bigint,
    vat_minor bigint,
    gross_minor bigint,
    seller_tax_id text,
    buyer_tax_id text,
    file_id uuid,
    differences jsonb NOT NULL DEFAULT '[]',
    replaces_id uuid REFERENCES invoice,
    created_at timestamptz NOT NULL,
    received_at timestamptz,
    CHECK (status = 'expected' OR (number IS NOT NULL AND issued_on IS NOT NULL AND net_minor IS NOT NULL
        AND vat_minor IS NOT NULL AND gross_minor IS NOT NULL AND received_at IS NOT NULL)),
    CHECK (gross_minor IS NULL OR gross_minor = net_minor + vat_minor)
);
CREATE UNIQUE INDEX invoice_one_per_delivery ON invoice (delivery_id) WHERE status <> 'replaced';
CREATE UNIQUE INDEX invoice_number ON invoice (seller_id, number) WHERE status <> 'replaced' AND number IS NOT NULL;
CREATE INDEX invoice_order ON invoice (order_id);
CREATE INDEX invoice_seller_waiting ON invoice (seller_id, status) WHERE status IN ('expected', 'difference');

-- protected: planned -> due -> held (buyer; hold on the ledger) -> released (settlement job) -> settled (same or next job),
-- held -> refunded (nothing accepted); direct: planned -> due (trigger) -> announced (buyer) -> settled (seller confirms;
-- confirmed_at in the same transaction), announced -> due (seller did not receive it); due -> lapsed (order ended unpaid).
CREATE TABLE instalment (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    order_id uuid NOT NULL REFERENCES purchase_order,
    buyer_id uuid NOT NULL REFERENCES company,
    seller_id uuid NOT NULL REFERENCES company,
    position smallint NOT NULL,
    method text NOT NULL CHECK (method IN ('protected', 'direct')),
    trigger text NOT NULL CHECK (trigger IN ('order_confirmation', 'before_despatch', 'arrival', 'acceptance', 'invoice')),
    days_after smallint NOT NULL DEFAULT 0,
    status text NOT NULL CHECK (status IN ('planned', 'due', 'held', 'released', 'settled', 'refunded', 'announced', 'lapsed')),
    version integer NOT NULL DEFAULT 1,
    currency text NOT NULL REFERENCES currency,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    -- What became of it: to the seller, back to the buyer, fee and its VAT. Their sum is the amount.
    to_seller_minor bigint NOT NULL DEFAULT 0 CHECK (to_seller_minor >= 0),
    returned_minor bigint NOT NULL DEFAULT 0 CHECK (returned_minor >= 0),
    fee_minor bigint NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),
    fee_vat_minor bigint NOT NULL DEFAULT 0 CHECK (fee_vat_minor >= 0),
    hold_id uuid,
    -- What the buyer writes on a direct payment.
    reference text NOT NULL,
    due_at timestamptz,
    announced_at timestamptz,
    confirm_by timestamptz,
    settled_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (order_id, position),
    UNIQUE (seller_id, reference),
    CHECK (method = 'protected' OR (hold_id IS NULL AND returned_minor = 0 OR status = 'settled')),
    CHECK (status NOT IN ('held', 'released', 'refunded') OR hold_id IS NOT NULL),
    CHECK (method <> 'protected' OR status NOT IN ('released', 'settled', 'refunded')
        OR to_seller_minor + returned_minor + fee_minor + fee_vat_minor = amount_minor)
);
CREATE INDEX instalment_buyer ON instalment (buyer_id, created_at DESC, id DESC);
CREATE INDEX instalment_seller ON instalment (seller_id, created_at DESC, id DESC);
CREATE INDEX instalment_buyer_open ON instalment (buyer_id, status)
    WHERE status IN ('planned', 'due', 'held', 'announced', 'released');
CREATE INDEX instalment_seller_open ON instalment (seller_id, status)
    WHERE status IN ('planned', 'due', 'held', 'announced', 'released');
CREATE INDEX instalment_due ON instalment (due_at) WHERE status = 'due' AND method = 'protected';
CREATE INDEX instalment_confirm ON instalment (confirm_by) WHERE status = 'announced';

-- The exchange's own invoice for its fee: numbered without gaps, one per settlement.
CREATE TABLE fee_invoice (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    serial bigint NOT NULL UNIQUE CHECK (serial > 0),
    number text NOT NULL UNIQUE,
    seller_id uuid NOT NULL REFERENCES company,
    instalment_id uuid NOT NULL UNIQUE REFERENCES instalment,
    currency text NOT NULL REFERENCES currency,
    net_minor bigint NOT NULL,
    vat_percent numeric(6, 3) NOT NULL,
    vat_minor bigint NOT NULL,
    gross_minor bigint NOT NULL CHECK (gross_minor = net_minor + vat_minor),
    at timestamptz NOT NULL
);
CREATE INDEX fee_invoice_seller ON fee_invoice (seller_id, at DESC, id DESC);

-- Blind: published together, or after 7 days (deadline publish_at).
CREATE TABLE review (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES purchase_order,
    author_company_id uuid NOT NULL REFERENCES company,
    subject_company_id uuid NOT NULL REFERENCES company,
    status text NOT NULL CHECK (status IN ('written', 'published')),
    version integer NOT NULL DEFAULT 1,
    score smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
    text text NOT NULL DEFAULT '' CHECK (length(text) <= 4000),
    author_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    publish_at timestamptz NOT NULL,
    published_at timestamptz,
    UNIQUE (order_id, author_company_id),
    CHECK (author_company_id <> subject_company_id),
    CHECK ((status = 'published') = (published_at IS NOT NULL))
);
CREATE INDEX review_subject ON review (subject_company_id, published_at DESC, id DESC) WHERE status = 'published';
CREATE INDEX review_publish ON review (publish_at) WHERE status = 'written';

ALTER TABLE contract ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_parties ON contract TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator())
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
CREATE POLICY worker_all ON contract TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON contract TO exchange_api, exchange_worker;

ALTER TABLE contract_signature ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON contract_signature FOR SELECT TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator());
CREATE POLICY api_sign ON contract_signature FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND person_id = app_actor());
CREATE POLICY worker_all ON contract_signature FOR SELECT TO exchange_worker USING (true);
GRANT SELECT, INSERT ON contract_signature TO exchange_api;
GRANT SELECT ON contract_signature TO exchange_worker;

ALTER TABLE purchase_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_parties ON purchase_order TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator())
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
CREATE POLICY worker_all ON purchase_order TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON purchase_order TO exchange_api, exchange_worker;

ALTER TABLE order_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_parties ON order_line TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator())
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
CREATE POLICY worker_all ON order_line TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON order_line TO exchange_api, exchange_worker;

ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_parties ON delivery TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator())
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
CREATE POLICY worker_all ON delivery TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON delivery TO exchange_api, exchange_worker;

ALTER TABLE closing_proposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_parties ON closing_proposal TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator())
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
CREATE POLICY worker_all ON closing_proposal TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON closing_proposal TO exchange_api, exchange_worker;

ALTER TABLE invoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_parties ON invoice TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator())
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
CREATE POLICY worker_all ON invoice TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON invoice TO exchange_api, exchange_worker;

ALTER TABLE instalment ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_parties ON instalment TO exchange_api
    USING (buyer_id = app_company() OR seller_id = app_company() OR app_operator())
    WITH CHECK (buyer_id = app_company() OR seller_id = app_company());
CREATE POLICY worker_all ON instalment TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON instalment TO exchange_api, exchange_worker;

ALTER TABLE fee_invoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON fee_invoice FOR SELECT TO exchange_api USING (seller_id = app_company() OR app_operator());
CREATE POLICY api_insert ON fee_invoice FOR INSERT TO exchange_api WITH CHECK (seller_id = app_company());
CREATE POLICY worker_all ON fee_invoice TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON fee_invoice TO exchange_api, exchange_worker;

ALTER TABLE review ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON review FOR SELECT TO exchange_api
    USING (author_company_id = app_company() OR status = 'published' OR app_operator());
CREATE POLICY api_write ON review FOR INSERT TO exchange_api WITH CHECK (author_company_id = app_company());
CREATE POLICY worker_all ON review TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON review TO exchange_api;
GRANT SELECT, UPDATE ON review TO exchange_worker;

-- The next serial of the exchange's own invoices, without gaps: the row lock lasts to the end of the transaction.
CREATE TABLE fee_invoice_series (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last bigint NOT NULL DEFAULT 0
);
INSERT INTO fee_invoice_series DEFAULT VALUES;
CREATE FUNCTION next_fee_invoice() RETURNS bigint
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ UPDATE public.fee_invoice_series AS s SET last = s.last + 1 RETURNING s.last $$;

-- Publishes both reviews of an order when the second one is written, in its transaction.
CREATE FUNCTION publish_reviews(wanted uuid) RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    published integer;
BEGIN
    UPDATE public.review AS r SET status = 'published', version = r.version + 1, published_at = public.market_now()
    WHERE r.order_id = wanted AND r.status = 'written'
        AND ((SELECT count(*) FROM public.review AS b WHERE b.order_id = wanted) = 2 OR r.publish_at <= public.market_now());
    GET DIAGNOSTICS published = ROW_COUNT;
    RETURN published;
END
$$;

-- The verified account of the seller of an own order: where a direct payment goes.
CREATE FUNCTION order_bank_account(wanted uuid) RETURNS TABLE (holder text, bank_name text, number text, verified boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT b.holder, b.bank_name, b.number, b.verified_at IS NOT NULL
    FROM public.purchase_order AS o JOIN public.bank_account AS b ON b.company_id = o.seller_id
    WHERE o.id = wanted AND public.app_company() IN (o.buyer_id, o.seller_id)
    $$;

REVOKE ALL ON FUNCTION next_fee_invoice(), publish_reviews(uuid), order_bank_account(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_fee_invoice(), publish_reviews(uuid) TO exchange_api, exchange_worker;
GRANT EXECUTE ON FUNCTION order_bank_account(uuid) TO exchange_api;
