-- migrate:up
-- Several bank accounts of a company. One is in force for each currency; another takes its place only after a second person
-- of the company and an operator have agreed, and payments pause for a while afterwards.

-- status: proposed (by a person of the company) -> confirmed (by another one) -> verified (by an operator) | rejected (by an
-- operator) | withdrawn (by the company); verified -> replaced (by the next verified one of its currency). Where nobody else
-- of the company could confirm, and before it is a member, the operator is the second pair of eyes: proposed -> verified.
ALTER TABLE bank_account
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN status text NOT NULL DEFAULT 'proposed',
    ADD COLUMN proposed_by uuid,
    ADD COLUMN proposed_at timestamptz,
    ADD COLUMN confirmed_by uuid,
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN decided_by uuid,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN reason text,
    ADD COLUMN paused_until timestamptz,
    ADD COLUMN replaced_at timestamptz;
UPDATE bank_account SET status = 'verified' WHERE verified_at IS NOT NULL;
UPDATE bank_account AS b SET proposed_at = coalesce(b.verified_at, c.applied_at) FROM company AS c WHERE c.id = b.company_id;
ALTER TABLE bank_account
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT bank_account_company_id_key,
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT bank_account_status_check
        CHECK (status IN ('proposed', 'confirmed', 'verified', 'rejected', 'withdrawn', 'replaced')),
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT bank_account_verified_check CHECK ((status IN ('verified', 'replaced')) = (verified_at IS NOT NULL)),
    -- Two people of the company, and an operator who is neither.
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT bank_account_two_people CHECK (confirmed_by <> proposed_by AND verified_by <> proposed_by
        AND verified_by <> confirmed_by);
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX bank_account_in_force ON bank_account (company_id, currency) WHERE status = 'verified';
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX bank_account_pending ON bank_account (company_id, currency) WHERE status IN ('proposed', 'confirmed');
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX bank_account_company ON bank_account (company_id, proposed_at);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX bank_account_waiting ON bank_account (proposed_at, id) WHERE status IN ('proposed', 'confirmed');
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX bank_account_number ON bank_account (number);

DROP POLICY api_enter ON bank_account;
CREATE POLICY api_enter ON bank_account FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND status = 'proposed' AND proposed_by = app_actor()
        AND verified_at IS NULL AND verified_by IS NULL AND confirmed_by IS NULL);
CREATE POLICY api_confirm ON bank_account FOR UPDATE TO exchange_api
    USING (company_id = app_company() AND status IN ('proposed', 'confirmed'))
    WITH CHECK (company_id = app_company() AND verified_at IS NULL AND verified_by IS NULL
        AND ((status = 'confirmed' AND confirmed_by = app_actor()) OR status = 'withdrawn'));
DROP POLICY api_verify ON bank_account;
CREATE POLICY api_verify ON bank_account FOR UPDATE TO exchange_api
    USING (app_operator())
    WITH CHECK (app_operator() AND ((status = 'verified' AND verified_by = app_actor())
        OR (status = 'rejected' AND decided_by = app_actor()) OR status = 'replaced'));
GRANT UPDATE (version, status, confirmed_by, confirmed_at, decided_by, decided_at, reason, paused_until, replaced_at)
    ON bank_account TO exchange_api;

CREATE FUNCTION bank_account_steps() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF old.status || ' ' || new.status NOT IN ('proposed confirmed', 'proposed withdrawn', 'proposed rejected', 'proposed verified',
        'confirmed withdrawn', 'confirmed rejected', 'confirmed verified', 'verified replaced') THEN
        RAISE EXCEPTION 'a bank account that is % does not become %', old.status, new.status USING ERRCODE = 'EX003';
    END IF;
    -- Nobody skips the second person where there is one.
    IF old.status || ' ' || new.status = 'proposed verified'
        AND EXISTS (SELECT FROM public.company AS c WHERE c.id = new.company_id AND c.active_at IS NOT NULL)
        AND EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = new.company_id AND m.ended_at IS NULL
            AND m.person_id IS DISTINCT FROM new.proposed_by AND m.roles && ARRAY['owner', 'admin', 'finance']) THEN
        RAISE EXCEPTION 'a second person of the company confirms first' USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER bank_account_steps BEFORE UPDATE OF status ON bank_account
    FOR EACH ROW EXECUTE FUNCTION bank_account_steps();

-- The other sides of a company's running orders: who has to know where its money goes.
CREATE FUNCTION open_counterparties(wanted uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT DISTINCT CASE WHEN o.buyer_id = wanted THEN o.seller_id ELSE o.buyer_id END
    FROM public.purchase_order AS o
    WHERE wanted IN (o.buyer_id, o.seller_id) AND o.status IN ('pending_approval', 'placed', 'confirmed', 'in_progress')
        AND (public.app_operator() OR public.app_company() = wanted)
    $$;

-- The account in force of the seller of an own order: where a direct payment goes, in the order's currency if there is one.
-- squawk-ignore ban-drop-function
DROP FUNCTION order_bank_account(uuid);
CREATE FUNCTION order_bank_account(wanted uuid)
    RETURNS TABLE (holder text, bank_name text, number text, verified boolean, paused_until timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT b.holder, b.bank_name, b.number, true, CASE WHEN b.paused_until > public.market_now() THEN b.paused_until END
    FROM public.purchase_order AS o JOIN public.bank_account AS b ON b.company_id = o.seller_id
    WHERE o.id = wanted AND public.app_company() IN (o.buyer_id, o.seller_id) AND b.status = 'verified'
    ORDER BY b.currency = o.currency DESC, b.verified_at, b.id LIMIT 1
    $$;

REVOKE ALL ON FUNCTION bank_account_steps(), open_counterparties(uuid), order_bank_account(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_counterparties(uuid), order_bank_account(uuid) TO exchange_api;
