-- migrate:up
-- What falls between two parts: who signs after a saved draft, what begins while a company closes, and a saved draft when its
-- key is renewed.

-- Who registered by a draft and turns out to be its legal representative signs by law too: representative_signs() gives the
-- role while the company is a draft, to the acting person alone; nobody else gets a role of their own making then.
CREATE OR REPLACE FUNCTION signatory_has_a_basis() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    by_law boolean := CASE TG_OP
        WHEN 'INSERT' THEN NOT EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = NEW.company_id AND m.person_id <> NEW.person_id)
        ELSE NEW.person_id IS NOT DISTINCT FROM public.app_actor() AND EXISTS (SELECT FROM public.company AS c
            WHERE c.id = NEW.company_id AND c.status = 'draft') END;
BEGIN
    INSERT INTO public.signatory (id, company_id, person_id, basis, status, verified_at)
    VALUES (gen_random_uuid(), NEW.company_id, NEW.person_id,
        CASE WHEN by_law THEN 'legal_representative' ELSE 'authorisation' END,
        CASE WHEN by_law THEN 'verified' ELSE 'incomplete' END, CASE WHEN by_law THEN public.market_now() END)
    ON CONFLICT (company_id, person_id) DO NOTHING;
    RETURN NULL;
END
$$;

-- Whatever keeps a company from closing does not begin in one that is closed: who begins it waits for who closes, and sees it.
-- Looking at the standing before is not enough, since the closing may commit between the look and the first row.
CREATE FUNCTION nothing_begins_in_a_closed_company() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    sides uuid[];
BEGIN
    IF TG_TABLE_NAME IN ('offer', 'deposit') THEN
        sides := ARRAY[NEW.company_id];
    ELSIF TG_TABLE_NAME = 'rfq' THEN
        sides := ARRAY[NEW.buyer_id];
    ELSE
        sides := ARRAY[NEW.buyer_id, NEW.seller_id];
    END IF;
    IF EXISTS (SELECT FROM (SELECT c.status FROM public.company AS c WHERE c.id = ANY (sides) ORDER BY c.id FOR KEY SHARE) AS x
            WHERE x.status = 'closed') THEN
        RAISE EXCEPTION 'company is closed' USING ERRCODE = 'EX001', DETAIL = 'closed';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION nothing_begins_in_a_closed_company() FROM PUBLIC;
CREATE TRIGGER begins_open BEFORE INSERT ON offer FOR EACH ROW
    WHEN (NEW.status IN ('live', 'paused', 'in_review')) EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER comes_open BEFORE UPDATE OF status ON offer FOR EACH ROW
    WHEN (NEW.status IN ('live', 'paused', 'in_review') AND OLD.status NOT IN ('live', 'paused', 'in_review'))
    EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER begins_open BEFORE INSERT ON rfq FOR EACH ROW
    WHEN (NEW.status IN ('pending_approval', 'open')) EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER comes_open BEFORE UPDATE OF status ON rfq FOR EACH ROW
    WHEN (OLD.status = 'draft' AND NEW.status IN ('pending_approval', 'open'))
    EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER begins_open BEFORE INSERT ON quote FOR EACH ROW
    WHEN (NEW.status = 'submitted') EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER comes_open BEFORE UPDATE OF status ON quote FOR EACH ROW
    WHEN (NEW.status = 'submitted' AND OLD.status IN ('draft', 'withdrawn'))
    EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER begins_open BEFORE INSERT ON contract FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER begins_open BEFORE INSERT ON purchase_order FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_a_closed_company();
CREATE TRIGGER begins_open BEFORE INSERT ON deposit FOR EACH ROW EXECUTE FUNCTION nothing_begins_in_a_closed_company();

-- The worker seals a saved draft under the company's new key before the old one is destroyed.
CREATE POLICY worker_seal ON company_application TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (body) ON company_application TO exchange_worker;
