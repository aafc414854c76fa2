-- migrate:up
-- Reference data and the context of a request: who acts, for which company, at which market time.

-- The acting company of this transaction, or null. Set only by ctx().
CREATE FUNCTION app_company() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.company', true), '')::uuid;

-- The acting person of this transaction, or null.
CREATE FUNCTION app_actor() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.actor', true), '')::uuid;

-- True while an operator of the exchange acts. Never opens a sealed price.
CREATE FUNCTION app_operator() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('app.operator', true) IS NOT DISTINCT FROM 'on';

-- Market time = real time + the offset of a sandbox. A real exchange has no offset and refuses one.
CREATE TABLE market_clock (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sandbox boolean NOT NULL,
    ahead interval NOT NULL DEFAULT '0',
    CHECK (sandbox OR ahead = '0'::interval),
    CHECK (ahead BETWEEN '0'::interval AND '3660 days'::interval)
);
INSERT INTO market_clock (sandbox)
VALUES (coalesce(nullif(current_setting('exchange.sandbox', true), ''), 'off') = 'on');
GRANT SELECT ON market_clock TO exchange_api, exchange_worker, exchange_matcher;

-- Volatile on purpose: a statement that waited for a lock must read the clock after the wait.
CREATE FUNCTION market_now() RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $$ SELECT clock_timestamp() + (SELECT c.ahead FROM public.market_clock AS c) $$;

CREATE TABLE market (
    id uuid PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO market VALUES ('00000000-0000-7000-8000-000000000001', 'main');
GRANT SELECT ON market TO exchange_api, exchange_worker, exchange_matcher;

CREATE TABLE currency (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
    digits smallint NOT NULL CHECK (digits BETWEEN 0 AND 4)
);
INSERT INTO currency (code, digits) VALUES
    ('VND', 0), ('USD', 2), ('EUR', 2), ('GBP', 2), ('JPY', 0), ('CNY', 2), ('KRW', 0),
    ('SGD', 2), ('THB', 2), ('AUD', 2), ('CHF', 2), ('KWD', 3);
GRANT SELECT ON currency TO exchange_api, exchange_worker, exchange_matcher;

-- UN/ECE Recommendation 20 units of measure.
CREATE TABLE unit (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z0-9]{2,3}$'),
    symbol text NOT NULL,
    name_en text NOT NULL,
    name_vi text NOT NULL
);
GRANT SELECT ON unit TO exchange_api, exchange_worker, exchange_matcher;

-- The tree of goods and services; path = codes from the root joined by '/'.
CREATE TABLE category (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    parent_code text REFERENCES category,
    path text NOT NULL UNIQUE,
    position integer NOT NULL DEFAULT 0,
    name_en text NOT NULL,
    name_vi text NOT NULL,
    links jsonb NOT NULL DEFAULT '[]',
    CHECK (parent_code IS NOT NULL OR path = code)
);
CREATE TABLE category_attribute (
    category_code text NOT NULL REFERENCES category,
    key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    kind text NOT NULL CHECK (kind IN ('number', 'text', 'boolean', 'choice')),
    unit text REFERENCES unit,
    name_en text NOT NULL,
    name_vi text NOT NULL,
    required boolean NOT NULL DEFAULT false,
    filterable boolean NOT NULL DEFAULT true,
    choices text[] NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0,
    PRIMARY KEY (category_code, key)
);
GRANT SELECT ON category, category_attribute TO exchange_api, exchange_worker, exchange_matcher;

-- The fee of the exchange, per cent of the net value, from a day on.
CREATE TABLE fee_rate (
    valid_from date PRIMARY KEY,
    percent numeric(6, 3) NOT NULL CHECK (percent BETWEEN 0 AND 100),
    vat_code text NOT NULL,
    vat_percent numeric(6, 3) NOT NULL CHECK (vat_percent BETWEEN 0 AND 100)
);
INSERT INTO fee_rate VALUES ('2026-01-01', 1, 'VN10', 10);
GRANT SELECT ON fee_rate TO exchange_api, exchange_worker;

-- A member company. Public facts only: every member sees them; what is private stands in company_file.
-- status: applied (by the applicant) -> in_review (a moderator took it) -> active | rejected (moderator);
-- active <-> suspended (moderator); active -> closed (moderator).
CREATE TABLE company (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('applied', 'in_review', 'active', 'rejected', 'suspended', 'closed')),
    version integer NOT NULL DEFAULT 1,
    legal_name text NOT NULL CHECK (length(legal_name) BETWEEN 2 AND 200),
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 2 AND 80),
    sort_key text NOT NULL,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    profile text NOT NULL CHECK (profile IN ('vn', 'default')),
    region text NOT NULL,
    registration_id text NOT NULL,
    tax_id text NOT NULL,
    base_currency text NOT NULL REFERENCES currency,
    trade_roles text[] NOT NULL DEFAULT '{}',
    about text NOT NULL DEFAULT '',
    website text,
    group_id uuid,
    applied_at timestamptz NOT NULL,
    active_at timestamptz,
    suspended_until timestamptz,
    UNIQUE (country, registration_id)
);
CREATE INDEX company_status ON company (status, applied_at);
CREATE INDEX company_sort ON company (sort_key, id);

-- What only the company itself and operators see.
CREATE TABLE company_file (
    company_id uuid PRIMARY KEY REFERENCES company,
    address text NOT NULL,
    representative text NOT NULL,
    representative_title text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    contact_email text NOT NULL,
    -- Above this gross value (base currency) an award needs a second person; null: never.
    approval_limit_minor bigint CHECK (approval_limit_minor >= 0),
    -- Up to this gross value an order under the standard terms needs no signed contract.
    signing_limit_minor bigint CHECK (signing_limit_minor >= 0),
    decision_reason text,
    decided_by uuid,
    decided_at timestamptz,
    reviewer_id uuid
);

-- One account in the company's name, verified by the operator who approves. Counterparties of a direct
-- payment read it through order_bank_account().
CREATE TABLE bank_account (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    holder text NOT NULL,
    bank_name text NOT NULL,
    number text NOT NULL CHECK (number ~ '^[A-Z0-9]{5,34}$'),
    currency text NOT NULL REFERENCES currency,
    verified_at timestamptz,
    verified_by uuid,
    UNIQUE (company_id)
);

CREATE TABLE person (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    password_hash text NOT NULL,
    locale text NOT NULL DEFAULT 'vi' CHECK (locale IN ('vi', 'en')),
    operator_roles text[] NOT NULL DEFAULT '{}'
        CHECK (operator_roles <@ ARRAY['moderator', 'compliance', 'finance', 'arbiter', 'administrator']),
    created_at timestamptz NOT NULL,
    UNIQUE (email)
);

CREATE TABLE membership (
    company_id uuid NOT NULL REFERENCES company,
    person_id uuid NOT NULL REFERENCES person,
    roles text[] NOT NULL CHECK (cardinality(roles) > 0 AND roles <@ ARRAY[
        'owner', 'admin', 'buyer', 'seller', 'approver', 'evaluator', 'signatory', 'finance', 'warehouse', 'viewer']),
    ended_at timestamptz,
    PRIMARY KEY (company_id, person_id)
);
CREATE INDEX membership_person ON membership (person_id);

-- The context of one transaction, in one call. Levels of standing: any; applicant (may draft); finish (a
-- suspended company ends what it began); active. Refused with EX001 and the company's status.
CREATE FUNCTION ctx(company uuid, actor uuid, operator boolean, standing text) RETURNS void
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
        OR (standing = 'applicant' AND found_status IN ('applied', 'in_review')) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'company is %', coalesce(found_status, 'unknown')
        USING ERRCODE = 'EX001', DETAIL = coalesce(found_status, 'unknown');
END
$$;
REVOKE ALL ON FUNCTION ctx(uuid, uuid, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx(uuid, uuid, boolean, text) TO exchange_api, exchange_worker;

ALTER TABLE company ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON company FOR SELECT TO exchange_api USING (
    status IN ('active', 'suspended', 'closed') OR id = app_company() OR app_operator());
CREATE POLICY api_update ON company FOR UPDATE TO exchange_api
    USING (id = app_company() OR app_operator()) WITH CHECK (id = app_company() OR app_operator());
CREATE POLICY api_apply ON company FOR INSERT TO exchange_api WITH CHECK (status = 'applied' AND id = app_company());
CREATE POLICY worker_all ON company TO exchange_worker USING (true) WITH CHECK (true);
CREATE POLICY matcher_read ON company FOR SELECT TO exchange_matcher USING (true);
GRANT SELECT, INSERT ON company TO exchange_api;
GRANT UPDATE (status, version, display_name, sort_key, about, website, trade_roles, active_at, suspended_until)
    ON company TO exchange_api;
GRANT SELECT, UPDATE ON company TO exchange_worker;
GRANT SELECT ON company TO exchange_matcher;

ALTER TABLE company_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON company_file TO exchange_api
    USING (company_id = app_company() OR app_operator()) WITH CHECK (company_id = app_company() OR app_operator());
CREATE POLICY worker_all ON company_file TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON company_file TO exchange_api;
GRANT SELECT ON company_file TO exchange_worker;

ALTER TABLE bank_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON bank_account TO exchange_api
    USING (company_id = app_company() OR app_operator()) WITH CHECK (company_id = app_company() OR app_operator());
CREATE POLICY worker_all ON bank_account TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON bank_account TO exchange_api;
GRANT UPDATE (verified_at, verified_by) ON bank_account TO exchange_api;
GRANT SELECT ON bank_account TO exchange_worker;

ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_self ON person FOR SELECT TO exchange_api USING (id = app_actor() OR app_operator());
CREATE POLICY api_self_update ON person FOR UPDATE TO exchange_api USING (id = app_actor()) WITH CHECK (id = app_actor());
CREATE POLICY worker_all ON person FOR SELECT TO exchange_worker USING (true);
GRANT SELECT (id, email, name, locale, operator_roles, created_at) ON person TO exchange_api, exchange_worker;
GRANT UPDATE (name, locale) ON person TO exchange_api;

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON membership FOR SELECT TO exchange_api
    USING (company_id = app_company() OR person_id = app_actor() OR app_operator());
CREATE POLICY worker_all ON membership FOR SELECT TO exchange_worker USING (true);
GRANT SELECT ON membership TO exchange_api, exchange_worker;
