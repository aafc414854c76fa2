-- migrate:up
-- On which basis a signatory signs: by law, or by an authorisation with number, date, scope, limit and validity.

-- status: incomplete -> proposed (owner, admin) -> verified (an owner) -> revoked (owner, admin); a change proposes it anew.
CREATE TABLE signatory (
    id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    company_id uuid NOT NULL REFERENCES company,
    person_id uuid NOT NULL REFERENCES person,
    basis text NOT NULL CHECK (basis IN ('legal_representative', 'authorisation')),
    status text NOT NULL CHECK (status IN ('incomplete', 'proposed', 'verified', 'revoked')),
    number text CHECK (length(number) BETWEEN 1 AND 60),
    issued_on date,
    scope text[] NOT NULL DEFAULT '{}' CHECK (scope <@ ARRAY['purchase', 'sale']),
    -- Gross, in the company's base currency; null: no limit.
    limit_minor bigint CHECK (limit_minor > 0),
    limit_currency text REFERENCES currency,
    valid_from date,
    valid_until date,
    file_id uuid,
    verified_by uuid,
    verified_at timestamptz,
    UNIQUE (company_id, person_id),
    CHECK ((limit_minor IS NULL) = (limit_currency IS NULL)),
    CHECK (valid_until >= valid_from),
    CHECK (status <> 'verified' OR verified_at IS NOT NULL),
    CHECK (basis = 'legal_representative' OR status NOT IN ('proposed', 'verified')
        OR (number IS NOT NULL AND issued_on IS NOT NULL AND cardinality(scope) > 0 AND valid_from IS NOT NULL))
);
ALTER TABLE signatory ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON signatory TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
CREATE POLICY worker_read ON signatory FOR SELECT TO exchange_worker USING (true);
GRANT SELECT ON signatory TO exchange_api, exchange_worker;
GRANT UPDATE (status, version, number, issued_on, scope, limit_minor, limit_currency, valid_from, valid_until, file_id,
    verified_by, verified_at) ON signatory TO exchange_api;

-- An owner verifies, another one than the signatory where the company has two; what was verified is not changed under it.
CREATE FUNCTION signatory_is_verified_by_an_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.status = 'verified' THEN
        IF (NEW.number, NEW.issued_on, NEW.scope, NEW.limit_minor, NEW.limit_currency, NEW.valid_from, NEW.valid_until)
            IS DISTINCT FROM
            (OLD.number, OLD.issued_on, OLD.scope, OLD.limit_minor, OLD.limit_currency, OLD.valid_from, OLD.valid_until) THEN
            RAISE EXCEPTION 'a verified authorisation is not changed' USING ERRCODE = 'EX024';
        END IF;
    ELSIF session_user = 'exchange_api' AND NOT EXISTS (
        SELECT FROM public.membership AS m
        WHERE m.company_id = NEW.company_id AND m.person_id = public.app_actor() AND m.ended_at IS NULL AND 'owner' = ANY (m.roles)
            AND (m.person_id <> NEW.person_id OR NOT EXISTS (
                SELECT FROM public.membership AS o WHERE o.company_id = NEW.company_id AND o.ended_at IS NULL
                    AND 'owner' = ANY (o.roles) AND o.person_id <> m.person_id))) THEN
        RAISE EXCEPTION 'another owner verifies a signatory' USING ERRCODE = 'EX003';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER verified_by_owner BEFORE UPDATE ON signatory FOR EACH ROW
    WHEN (NEW.status = 'verified') EXECUTE FUNCTION signatory_is_verified_by_an_owner();

-- Who gets the role signatory has a basis from then on: the one person who registers the company as its legal representative by
-- law, everybody else an authorisation to complete.
CREATE FUNCTION signatory_has_a_basis() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    by_law boolean := TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM public.membership AS m WHERE m.company_id = NEW.company_id AND m.person_id <> NEW.person_id);
BEGIN
    INSERT INTO public.signatory (id, company_id, person_id, basis, status, verified_at)
    VALUES (gen_random_uuid(), NEW.company_id, NEW.person_id,
        CASE WHEN by_law THEN 'legal_representative' ELSE 'authorisation' END,
        CASE WHEN by_law THEN 'verified' ELSE 'incomplete' END, CASE WHEN by_law THEN public.market_now() END)
    ON CONFLICT (company_id, person_id) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER signatory_basis AFTER INSERT OR UPDATE OF roles ON membership FOR EACH ROW
    WHEN ('signatory' = ANY (NEW.roles) AND NEW.ended_at IS NULL) EXECUTE FUNCTION signatory_has_a_basis();

-- Those who sign already: the legal representative by law (a sealed name belongs to the owner who signs), others complete theirs.
INSERT INTO signatory (id, company_id, person_id, basis, status, verified_at)
SELECT gen_random_uuid(), s.company_id, s.person_id,
    CASE WHEN s.by_law THEN 'legal_representative' ELSE 'authorisation' END,
    CASE WHEN s.by_law THEN 'verified' ELSE 'incomplete' END, CASE WHEN s.by_law THEN market_now() END
FROM (
    SELECT m.company_id, m.person_id, lower(f.representative) = lower(p.name)
        OR (starts_with(f.representative, 'sealed:') AND 'owner' = ANY (m.roles)) AS by_law
    FROM membership AS m JOIN person AS p ON p.id = m.person_id JOIN company_file AS f ON f.company_id = m.company_id
    WHERE 'signatory' = ANY (m.roles)
) AS s;

-- The basis stands with each signature, and a signature outside of it is none.
ALTER TABLE contract_signature ADD COLUMN signatory_id uuid;
ALTER TABLE contract_signature ADD COLUMN authorisation text;
CREATE FUNCTION signature_is_within_its_basis() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    s public.signatory%ROWTYPE;
    k public.contract%ROWTYPE;
    today date := (NEW.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
BEGIN
    SELECT * INTO s FROM public.signatory AS x
    WHERE x.company_id = NEW.company_id AND x.person_id = NEW.person_id AND x.status = 'verified' FOR SHARE;
    SELECT * INTO k FROM public.contract AS x WHERE x.id = NEW.contract_id;
    IF s.id IS NULL OR NOT (s.basis = 'legal_representative' OR (
            CASE WHEN NEW.company_id = k.buyer_id THEN 'purchase' ELSE 'sale' END = ANY (s.scope)
            AND s.valid_from <= today AND (s.valid_until IS NULL OR today <= s.valid_until)
            AND (s.limit_minor IS NULL OR (s.limit_currency = k.currency AND k.gross_minor <= s.limit_minor)))) THEN
        RAISE EXCEPTION 'a signature stays within its basis' USING ERRCODE = 'EX023';
    END IF;
    NEW.signatory_id := s.id;
    NEW.authorisation := CASE WHEN s.basis = 'authorisation' THEN s.number || ', ' || s.issued_on::text END;
    RETURN NEW;
END
$$;
CREATE TRIGGER within_basis BEFORE INSERT ON contract_signature FOR EACH ROW EXECUTE FUNCTION signature_is_within_its_basis();
REVOKE ALL ON FUNCTION signatory_is_verified_by_an_owner(), signatory_has_a_basis(), signature_is_within_its_basis() FROM PUBLIC;
