-- migrate:up
-- A contract whose party has a policy for contracts waits for that party's own people before both sign.

-- Signing begins when nobody is asked any more; a decided text is not changed on the way.
CREATE FUNCTION contract_waits_for_its_people() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.approval_request AS a WHERE a.object_id = NEW.id AND a.status = 'pending') THEN
        RAISE EXCEPTION 'the people of a party have not agreed yet' USING ERRCODE = 'EX022';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION contract_waits_for_its_people() FROM PUBLIC;
CREATE TRIGGER contract_waits BEFORE UPDATE OF status ON contract FOR EACH ROW
    WHEN (NEW.status IN ('signing', 'active') AND OLD.status <> NEW.status) EXECUTE FUNCTION contract_waits_for_its_people();

-- What the clock looks for: contracts that were not signed in time, whoever they wait for.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX contract_unsigned ON contract (sign_by) WHERE status IN ('draft', 'pending_approval', 'signing');
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX contract_sign_by;
