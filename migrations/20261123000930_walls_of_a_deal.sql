-- migrate:up
-- Stock that orders take is never written back, and what one side of a deal owes the other cannot be written by the wrong one.

-- What orders took of an offer since its seller last said how much there is: what was said = available + taken.
ALTER TABLE offer ADD COLUMN taken numeric(18, 6) NOT NULL DEFAULT 0 CHECK (taken >= 0);
-- What a line took of its offer, and would give back.
ALTER TABLE order_line ADD COLUMN taken numeric(18, 6) NOT NULL DEFAULT 0 CHECK (taken IN (0, quantity));
-- [{order_line_id, quantity}]: what the proposal would close. Frozen: the answer closes this and nothing else.
ALTER TABLE closing_proposal ADD COLUMN lines jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(lines) = 'array');

UPDATE order_line AS l SET taken = l.quantity
FROM purchase_order AS o, contract AS k, offer AS f
WHERE o.id = l.order_id AND k.id = o.contract_id AND k.kind = 'standard' AND f.id = l.offer_id AND f.available IS NOT NULL
    AND o.status <> 'lapsed';
UPDATE order_line AS l SET taken = l.quantity
FROM purchase_order AS o, offer AS f
WHERE o.id = l.order_id AND o.status = 'pending_approval' AND f.id = l.offer_id AND f.available IS NOT NULL;
UPDATE closing_proposal AS c SET lines = (
    SELECT coalesce(jsonb_agg(jsonb_build_object('order_line_id', l.id, 'quantity',
        (l.quantity - l.despatched + l.rejected - l.closed)::text) ORDER BY l.position), '[]')
    FROM order_line AS l WHERE l.order_id = c.order_id AND l.quantity - l.despatched + l.rejected - l.closed > 0)
WHERE c.status IN ('proposed', 'escalated');

CREATE OR REPLACE FUNCTION consume_capacity(wanted uuid, quantity numeric) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    UPDATE public.offer AS o SET available = o.available - quantity, taken = o.taken + quantity
    WHERE o.id = wanted AND o.available >= quantity AND quantity > 0;
    RETURN FOUND;
END
$$;

-- What an order took from firm offers is free again, once; the offers are locked in id order.
CREATE FUNCTION give_back_stock(ended uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    PERFORM FROM public.offer AS f
    WHERE f.id IN (SELECT l.offer_id FROM public.order_line AS l WHERE l.order_id = ended AND l.taken > 0)
    ORDER BY f.id FOR NO KEY UPDATE;
    WITH freed AS (
        UPDATE public.order_line AS l SET taken = 0 FROM public.order_line AS b
        WHERE l.order_id = ended AND l.taken > 0 AND b.id = l.id RETURNING l.offer_id, b.taken
    )
    UPDATE public.offer AS f SET available = f.available + t.quantity, taken = greatest(f.taken - t.quantity, 0)
    FROM (SELECT x.offer_id, sum(x.taken) AS quantity FROM freed AS x GROUP BY x.offer_id) AS t
    WHERE f.id = t.offer_id AND f.available IS NOT NULL;
END
$$;

CREATE OR REPLACE FUNCTION return_pending_order(wanted uuid) RETURNS integer
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
        PERFORM public.give_back_stock(wanted);
    END IF;
    RETURN next_version;
END
$$;
REVOKE ALL ON FUNCTION give_back_stock(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION give_back_stock(uuid) TO exchange_worker;

-- Columns that change after a row is written; all others are frozen for every process.
REVOKE UPDATE ON contract, purchase_order, order_line, delivery, closing_proposal, invoice, instalment
    FROM exchange_api, exchange_worker;
GRANT UPDATE (status, version, active_at, pdf_file_id, pdf_digest) ON contract TO exchange_api, exchange_worker;
GRANT UPDATE (status, version, contract_id, placed_at, confirmed_at, completed_at, updated_at) ON purchase_order
    TO exchange_api, exchange_worker;
GRANT UPDATE (despatched, received, accepted, rejected, closed) ON order_line TO exchange_api, exchange_worker;
GRANT UPDATE (status, version, lines, arrived_at, inspect_by, inspected_at) ON delivery TO exchange_api, exchange_worker;
GRANT UPDATE (status, version, answered_at) ON closing_proposal TO exchange_api, exchange_worker;
GRANT UPDATE (status, version, number, issued_on, net_minor, vat_minor, gross_minor, seller_tax_id, buyer_tax_id, file_id,
    differences, received_at) ON invoice TO exchange_api, exchange_worker;
GRANT UPDATE (status, version, to_seller_minor, returned_minor, fee_minor, fee_vat_minor, hold_id, announced_at, confirm_by,
    settled_at) ON instalment TO exchange_api, exchange_worker;
GRANT UPDATE (amount_minor, due_at) ON instalment TO exchange_worker;

-- A contract of an award says who was awarded what.
CREATE FUNCTION contract_is_of_its_award() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.award AS a WHERE a.id = NEW.award_id AND a.status = 'binding' AND a.rfq_id = NEW.rfq_id
            AND a.buyer_id = NEW.buyer_id AND a.seller_id = NEW.seller_id AND a.currency = NEW.currency
            AND a.gross_minor = NEW.gross_minor) THEN
        RAISE EXCEPTION 'a contract says what was awarded' USING ERRCODE = 'EX010';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contract_of_award BEFORE INSERT ON contract FOR EACH ROW
    WHEN (NEW.kind = 'signed') EXECUTE FUNCTION contract_is_of_its_award();

-- An order binds under an active contract of the same two companies.
CREATE FUNCTION order_is_under_its_contract() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.contract AS k WHERE k.id = NEW.contract_id AND k.status = 'active' AND k.buyer_id = NEW.buyer_id
            AND k.seller_id = NEW.seller_id AND k.currency = NEW.currency AND k.gross_minor >= NEW.gross_minor) THEN
        RAISE EXCEPTION 'an order binds under an active contract of its parties' USING ERRCODE = 'EX011';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER order_under_contract BEFORE INSERT ON purchase_order FOR EACH ROW
    WHEN (NEW.contract_id IS NOT NULL) EXECUTE FUNCTION order_is_under_its_contract();
CREATE TRIGGER order_comes_under_contract BEFORE UPDATE OF contract_id ON purchase_order FOR EACH ROW
    WHEN (NEW.contract_id IS DISTINCT FROM OLD.contract_id) EXECUTE FUNCTION order_is_under_its_contract();

-- Refuses what the acting company's side of a deal may not do; jobs act for the rules.
CREATE FUNCTION only_side(side uuid) RETURNS void
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF side IS DISTINCT FROM public.app_company() THEN
        RAISE EXCEPTION 'this is for the other side of the deal to say' USING ERRCODE = 'EX012';
    END IF;
END
$$;

-- Quantities only grow; the seller despatches, the buyer receives and inspects.
CREATE FUNCTION order_line_grows() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.despatched < OLD.despatched OR NEW.received < OLD.received OR NEW.accepted < OLD.accepted
        OR NEW.rejected < OLD.rejected OR NEW.closed < OLD.closed THEN
        RAISE EXCEPTION 'a quantity of an order never shrinks' USING ERRCODE = 'EX013';
    END IF;
    IF current_user = 'exchange_api' THEN
        IF NEW.despatched > OLD.despatched THEN
            PERFORM public.only_side(OLD.seller_id);
        END IF;
        IF (NEW.received, NEW.accepted, NEW.rejected) IS DISTINCT FROM (OLD.received, OLD.accepted, OLD.rejected) THEN
            PERFORM public.only_side(OLD.buyer_id);
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER grows BEFORE UPDATE OF despatched, received, accepted, rejected, closed ON order_line
    FOR EACH ROW EXECUTE FUNCTION order_line_grows();

CREATE FUNCTION delivery_by_its_side() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM public.only_side(CASE WHEN TG_OP = 'INSERT' THEN NEW.seller_id ELSE NEW.buyer_id END);
    RETURN NEW;
END
$$;
CREATE TRIGGER by_its_side BEFORE INSERT OR UPDATE ON delivery
    FOR EACH ROW WHEN (current_user = 'exchange_api') EXECUTE FUNCTION delivery_by_its_side();

-- The other side answers a proposal.
CREATE FUNCTION closing_by_its_side() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM public.only_side(CASE
        WHEN TG_OP = 'INSERT' THEN NEW.proposed_by_company
        WHEN OLD.proposed_by_company = OLD.buyer_id THEN OLD.seller_id ELSE OLD.buyer_id END);
    RETURN NEW;
END
$$;
CREATE TRIGGER by_its_side BEFORE INSERT OR UPDATE OF status ON closing_proposal
    FOR EACH ROW WHEN (current_user = 'exchange_api') EXECUTE FUNCTION closing_by_its_side();

-- The buyer pays and announces, the seller says what came; settlement is a job.
CREATE FUNCTION instalment_by_its_side() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.status IN ('held', 'announced') THEN
        PERFORM public.only_side(OLD.buyer_id);
    ELSIF OLD.status = 'announced' AND NEW.status IN ('settled', 'due') THEN
        PERFORM public.only_side(OLD.seller_id);
    ELSE
        RAISE EXCEPTION 'only a job moves this instalment' USING ERRCODE = 'EX012';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER by_its_side BEFORE UPDATE ON instalment
    FOR EACH ROW WHEN (current_user = 'exchange_api') EXECUTE FUNCTION instalment_by_its_side();

-- The exchange invoices exactly the fee that an instalment bore.
CREATE FUNCTION fee_invoice_is_of_its_instalment() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.instalment AS i WHERE i.id = NEW.instalment_id AND i.seller_id = NEW.seller_id
            AND i.currency = NEW.currency AND i.fee_minor = NEW.net_minor AND i.fee_vat_minor = NEW.vat_minor
            AND i.status IN ('released', 'settled')) THEN
        RAISE EXCEPTION 'a fee invoice says what its instalment bore' USING ERRCODE = 'EX014';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER of_its_instalment BEFORE INSERT ON fee_invoice
    FOR EACH ROW EXECUTE FUNCTION fee_invoice_is_of_its_instalment();

-- A member's account is debited for the member or by a job; an operator moves the exchange's own money, and that only for a
-- deposit that two of them confirmed.
CREATE OR REPLACE FUNCTION ledger_may_debit(company uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN session_user IN ('exchange_worker', 'exchange_owner')
        OR (company IS NULL AND public.app_operator())
        OR coalesce(company = public.app_company(), false);

CREATE FUNCTION ledger_operator_posts_deposits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.kind <> 'deposit' OR NOT EXISTS (
        SELECT FROM public.deposit AS d WHERE d.status = 'released' AND NEW.ref = 'deposit:' || d.id
            AND NEW.companies = ARRAY[d.company_id]) THEN
        RAISE EXCEPTION 'not an account that you may debit' USING ERRCODE = 'EX107';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER operator_posts_deposits BEFORE INSERT ON ledger_transfer
    FOR EACH ROW WHEN (session_user = 'exchange_api' AND app_operator()) EXECUTE FUNCTION ledger_operator_posts_deposits();

REVOKE ALL ON FUNCTION contract_is_of_its_award(), order_is_under_its_contract(), order_line_grows(), delivery_by_its_side(),
    closing_by_its_side(), instalment_by_its_side(), fee_invoice_is_of_its_instalment(), ledger_operator_posts_deposits()
    FROM PUBLIC;
