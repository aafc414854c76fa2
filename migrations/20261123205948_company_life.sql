-- migrate:up
-- The life of a company: a draft that is saved, a dossier checked field by field and sent back for changes, a suspension that
-- two operators lift, and a closing that leaves nothing open behind.

-- status: draft (registered, not yet applied) -> applied (by the applicant) -> in_review (a moderator took it) -> active |
-- rejected | changes_requested (moderator); changes_requested -> in_review (by the applicant); active <-> suspended (moderator,
-- lifted by two); active -> closed (by an owner, when nothing is open).
ALTER TABLE company
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT company_status_check,
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT company_status_check CHECK (status IN ('draft', 'applied', 'in_review', 'changes_requested', 'active',
        'rejected', 'suspended', 'closed')),
    ADD COLUMN lei text;

DROP POLICY api_apply ON company;
CREATE POLICY api_apply ON company FOR INSERT TO exchange_api
    WITH CHECK (status IN ('draft', 'applied') AND id = app_company() AND active_at IS NULL);
GRANT UPDATE (legal_name, country, profile, region, registration_id, tax_id, base_currency, applied_at, lei) ON company
    TO exchange_api;

-- What is written so far of an application; nobody but the applicant and operators reads it.
CREATE TABLE company_application (
    company_id uuid PRIMARY KEY REFERENCES company,
    version integer NOT NULL DEFAULT 1,
    -- Sealed with the key of the company.
    body text NOT NULL,
    saved_at timestamptz NOT NULL
);
ALTER TABLE company_application ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON company_application TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
GRANT SELECT, INSERT, UPDATE, DELETE ON company_application TO exchange_api;

-- What operators say of each field of a dossier: right, or to be changed, with a note for the applicant.
CREATE TABLE company_check (
    company_id uuid NOT NULL REFERENCES company,
    field text NOT NULL CHECK (field IN ('legal_name', 'registration_id', 'tax_id', 'address', 'representative', 'bank',
        'documents')),
    result text NOT NULL CHECK (result IN ('ok', 'change')),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    checked_by uuid NOT NULL,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, field),
    CHECK (result = 'ok' OR length(note) >= 3)
);
ALTER TABLE company_check ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON company_check FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY api_check ON company_check FOR INSERT TO exchange_api WITH CHECK (app_operator() AND checked_by = app_actor());
CREATE POLICY api_recheck ON company_check FOR UPDATE TO exchange_api
    USING (app_operator()) WITH CHECK (app_operator() AND checked_by = app_actor());
-- What a company changes is unchecked again.
CREATE POLICY api_uncheck ON company_check FOR DELETE TO exchange_api USING (company_id = app_company());
GRANT SELECT, INSERT, UPDATE, DELETE ON company_check TO exchange_api;

-- What the tax authority says of a company, on which day, and where it was read; written by operators.
CREATE TABLE company_tax_status (
    company_id uuid PRIMARY KEY REFERENCES company,
    status text NOT NULL CHECK (status IN ('active', 'paused', 'closed', 'unknown')),
    checked_on date NOT NULL,
    source text NOT NULL CHECK (length(source) BETWEEN 3 AND 200),
    checked_by uuid NOT NULL,
    checked_at timestamptz NOT NULL
);
ALTER TABLE company_tax_status ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON company_tax_status FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY api_write ON company_tax_status FOR INSERT TO exchange_api WITH CHECK (app_operator() AND checked_by = app_actor());
CREATE POLICY api_rewrite ON company_tax_status FOR UPDATE TO exchange_api
    USING (app_operator()) WITH CHECK (app_operator() AND checked_by = app_actor());
GRANT SELECT, INSERT, UPDATE ON company_tax_status TO exchange_api;

-- One suspension: lifted by two operators, never by one.
CREATE TABLE suspension (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    reason text NOT NULL,
    -- When operators look again; the company is told.
    until timestamptz,
    suspended_by uuid,
    suspended_at timestamptz NOT NULL,
    lift_proposed_by uuid,
    lift_proposed_at timestamptz,
    lifted_by uuid,
    lifted_at timestamptz,
    CHECK ((lift_proposed_by IS NULL) = (lift_proposed_at IS NULL)),
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL)),
    CHECK (lifted_by IS NULL OR lift_proposed_by IS NOT NULL),
    CONSTRAINT suspension_two_operators CHECK (lifted_by <> lift_proposed_by)
);
CREATE UNIQUE INDEX suspension_running ON suspension (company_id) WHERE lifted_at IS NULL;
CREATE INDEX suspension_until ON suspension (until, id) WHERE lifted_at IS NULL;
ALTER TABLE suspension ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON suspension FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY api_suspend ON suspension FOR INSERT TO exchange_api
    WITH CHECK (app_operator() AND suspended_by = app_actor() AND lift_proposed_by IS NULL);
CREATE POLICY api_lift ON suspension FOR UPDATE TO exchange_api
    USING (app_operator() AND lifted_at IS NULL)
    WITH CHECK (app_operator() AND (lifted_by = app_actor() OR (lifted_by IS NULL AND lift_proposed_by = app_actor())));
CREATE POLICY worker_all ON suspension FOR SELECT TO exchange_worker USING (true);
GRANT SELECT, INSERT ON suspension TO exchange_api;
GRANT UPDATE (lift_proposed_by, lift_proposed_at, lifted_by, lifted_at) ON suspension TO exchange_api;
GRANT SELECT ON suspension TO exchange_worker;
INSERT INTO suspension (id, company_id, reason, until, suspended_by, suspended_at)
SELECT uuidv7(), c.id, coalesce(f.decision_reason, ''), c.suspended_until, f.decided_by, coalesce(f.decided_at, market_now())
FROM company AS c LEFT JOIN company_file AS f ON f.company_id = c.id WHERE c.status = 'suspended';

-- Addresses besides the registered one: where goods are stored and when, where bills go, branches with their 13 digits.
CREATE TABLE company_address (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    version integer NOT NULL DEFAULT 1,
    kind text NOT NULL CHECK (kind IN ('registered', 'warehouse', 'billing', 'branch')),
    name text NOT NULL DEFAULT '' CHECK (length(name) <= 120),
    street text NOT NULL CHECK (length(street) BETWEEN 2 AND 200),
    commune text NOT NULL DEFAULT '' CHECK (length(commune) <= 120),
    province text NOT NULL,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    hours text NOT NULL DEFAULT '' CHECK (length(hours) <= 300),
    branch_tax_id text CHECK (branch_tax_id ~ '^[0-9]{13}$'),
    created_at timestamptz NOT NULL,
    CHECK (kind <> 'warehouse' OR hours <> ''),
    CHECK (branch_tax_id IS NULL OR kind = 'branch')
);
CREATE UNIQUE INDEX company_address_registered ON company_address (company_id) WHERE kind = 'registered';
CREATE UNIQUE INDEX company_address_branch ON company_address (branch_tax_id) WHERE branch_tax_id IS NOT NULL;
CREATE INDEX company_address_company ON company_address (company_id, created_at);
ALTER TABLE company_address ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON company_address FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY api_insert ON company_address FOR INSERT TO exchange_api WITH CHECK (company_id = app_company());
CREATE POLICY api_delete ON company_address FOR DELETE TO exchange_api USING (company_id = app_company());
GRANT SELECT, INSERT, DELETE ON company_address TO exchange_api;

-- What a company still has open: deals, money, requests and listings of others' interest. Nothing of it may be left behind.
CREATE FUNCTION company_obligations(wanted uuid) RETURNS TABLE (what text, how_many bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT x.what, x.how_many FROM (
        SELECT 'orders' AS what, count(*) AS how_many FROM public.purchase_order AS o
        WHERE wanted IN (o.buyer_id, o.seller_id) AND o.status IN ('draft', 'pending_approval', 'placed', 'confirmed', 'in_progress')
        UNION ALL
        SELECT 'contracts', count(*) FROM public.contract AS k
        WHERE wanted IN (k.buyer_id, k.seller_id) AND k.status NOT IN ('completed', 'refused', 'terminated')
        UNION ALL
        SELECT 'requests', count(*) FROM public.rfq AS r
        WHERE r.buyer_id = wanted AND r.status IN ('pending_approval', 'open', 'deadline_passed', 'evaluating', 'award_pending')
        UNION ALL
        SELECT 'quotations', count(*) FROM public.quote AS q
        WHERE q.seller_id = wanted AND q.status IN ('submitted', 'opened', 'needs_confirmation', 'shortlisted', 'part_awarded')
        UNION ALL
        SELECT 'listings', count(*) FROM public.offer AS f
        WHERE f.company_id = wanted AND f.status IN ('live', 'paused', 'in_review')
        UNION ALL
        SELECT 'money', count(*) FROM public.ledger_account AS a
        WHERE a.company_id = wanted AND (a.balance_minor <> 0 OR a.held_minor <> 0)
        UNION ALL
        SELECT 'deposits', count(*) FROM public.deposit AS d WHERE d.company_id = wanted AND d.status = 'entered'
    ) AS x
    WHERE x.how_many > 0 AND (public.app_operator() OR public.app_company() = wanted)
    $$;

-- Row security lets a company change its own row; which steps it takes itself, the rest being the operators'.
CREATE OR REPLACE FUNCTION company_standing_is_given() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
DECLARE
    step text := old.status || ' ' || new.status;
BEGIN
    IF current_user <> 'exchange_api' THEN
        RETURN new;
    END IF;
    IF NOT public.app_operator() AND ((step NOT IN ('draft applied', 'changes_requested in_review', 'active closed'))
        OR (old.active_at, old.suspended_until) IS DISTINCT FROM (new.active_at, new.suspended_until)) THEN
        RAISE EXCEPTION 'only an operator changes the standing of a company' USING ERRCODE = 'EX003';
    END IF;
    IF step = 'in_review active' AND (SELECT count(*) FROM public.company_check AS k WHERE k.company_id = new.id
            AND k.result = 'ok' AND k.field <> 'documents') < 6 THEN
        RAISE EXCEPTION 'a company is a member once every field is right' USING ERRCODE = 'EX003';
    END IF;
    IF step = 'suspended active' AND EXISTS (SELECT FROM public.suspension AS s
            WHERE s.company_id = new.id AND s.lifted_at IS NULL) THEN
        RAISE EXCEPTION 'two operators lift a suspension' USING ERRCODE = 'EX003';
    END IF;
    IF new.status = 'closed' AND EXISTS (SELECT FROM public.company_obligations(new.id)) THEN
        RAISE EXCEPTION 'a company closes when nothing is open' USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;

-- What an operator verified stays as it was verified.
CREATE FUNCTION company_identity_is_checked() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF current_user = 'exchange_api' AND (old.id IS DISTINCT FROM public.app_company()
        OR old.status NOT IN ('draft', 'changes_requested')) THEN
        RAISE EXCEPTION 'identity changes in an application only' USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER company_identity BEFORE UPDATE OF legal_name, country, profile, region, registration_id, tax_id, base_currency
    ON company FOR EACH ROW
    WHEN ((old.legal_name, old.country, old.profile, old.region, old.registration_id, old.tax_id, old.base_currency)
        IS DISTINCT FROM (new.legal_name, new.country, new.profile, new.region, new.registration_id, new.tax_id,
        new.base_currency))
    EXECUTE FUNCTION company_identity_is_checked();

CREATE OR REPLACE FUNCTION ctx(company uuid, actor uuid, operator boolean, standing text) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    found_status text;
BEGIN
    PERFORM set_config('app.company', coalesce(company::text, ''), true),
            set_config('app.actor', coalesce(actor::text, ''), true),
            set_config('app.operator', CASE WHEN operator THEN 'on' ELSE 'off' END, true);
    IF standing = 'any' OR operator THEN
        RETURN;
    END IF;
    -- FOR KEY SHARE is not enough: a suspension that commits first must win, so both wait on the row.
    SELECT c.status INTO found_status FROM public.company AS c WHERE c.id = company;
    IF found_status = 'active'
        OR (standing = 'finish' AND found_status = 'suspended')
        OR (standing = 'applicant' AND found_status IN ('draft', 'applied', 'in_review', 'changes_requested')) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'company is %', coalesce(found_status, 'unknown')
        USING ERRCODE = 'EX001', DETAIL = coalesce(found_status, 'unknown');
END
$$;

CREATE OR REPLACE FUNCTION person_register(person uuid, address text, full_name text, hash text, lang text, company uuid,
    signs boolean)
    RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    INSERT INTO public.person (id, email, name, password_hash, locale, created_at)
    VALUES (person, lower(address), full_name, hash, lang, public.market_now())
    ON CONFLICT (email) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Who is the legal representative signs by law: a one-person company needs nobody else.
    INSERT INTO public.membership (company_id, person_id, roles)
    SELECT c.id, person, CASE WHEN signs THEN ARRAY['owner', 'signatory'] ELSE ARRAY['owner'] END
    FROM public.company AS c
    WHERE c.id = company AND c.status IN ('draft', 'applied')
        AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = company);
    RETURN FOUND;
END
$$;

-- Whether another company, in any state, has this number: an applicant sees no other applicant.
CREATE FUNCTION number_is_known(own uuid, land text, number text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.company AS c WHERE c.country = land AND c.registration_id = number AND c.id <> own)
    $$;

-- The same for who registered before the representative was named: called when a draft is sent, while it is one.
CREATE FUNCTION representative_signs() RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    UPDATE public.membership AS m SET roles = m.roles || ARRAY['signatory'], version = m.version + 1
    FROM public.company AS c
    WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor() AND m.ended_at IS NULL
        AND 'owner' = ANY (m.roles) AND NOT 'signatory' = ANY (m.roles) AND c.id = m.company_id AND c.status = 'draft';
    RETURN FOUND;
END
$$;

-- squawk-ignore ban-drop-function
DROP FUNCTION company_badges(uuid);
CREATE FUNCTION company_badges(wanted uuid, OUT identity_verified boolean, OUT tax_checked boolean, OUT bank_verified boolean,
    OUT certificates integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.company AS c WHERE c.id = wanted AND c.status IN ('active', 'suspended')
            AND c.active_at IS NOT NULL),
        EXISTS (SELECT FROM public.company_tax_status AS t WHERE t.company_id = wanted AND t.status = 'active'
            AND t.checked_at > public.market_now() - interval '400 days'),
        EXISTS (SELECT FROM public.bank_account AS b WHERE b.company_id = wanted AND b.status = 'verified'),
        (SELECT count(*)::integer FROM public.document AS d WHERE d.company_id = wanted AND d.certificate
            AND d.status = 'verified' AND (d.expires_at IS NULL OR d.expires_at > public.market_now()))
    $$;

REVOKE ALL ON FUNCTION company_obligations(uuid), company_identity_is_checked(), representative_signs(), company_badges(uuid),
    number_is_known(uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION company_obligations(uuid), representative_signs(), company_badges(uuid), number_is_known(uuid, text, text)
    TO exchange_api;
