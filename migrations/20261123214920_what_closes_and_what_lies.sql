-- migrate:up
-- When a company closed, from which the law counts how long its records are kept; and the end of a draft that nobody sends.

ALTER TABLE company ADD COLUMN closed_at timestamptz;
UPDATE company AS c SET closed_at = coalesce(
    (SELECT max(e.at) FROM event AS e WHERE e.type = 'company.closed' AND e.aggregate_id = c.id), market_now())
WHERE c.status = 'closed';

CREATE FUNCTION company_closes() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    NEW.closed_at := public.market_now();
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION company_closes() FROM PUBLIC;
CREATE TRIGGER company_closes BEFORE UPDATE OF status ON company
    FOR EACH ROW WHEN (NEW.status = 'closed' AND OLD.status <> 'closed') EXECUTE FUNCTION company_closes();

-- Its people are told at warn_at, and two weeks after that it may go; saving it begins anew.
ALTER TABLE company_application ADD COLUMN warn_at timestamptz;
ALTER TABLE company_application ADD COLUMN delete_at timestamptz;
UPDATE company_application SET warn_at = greatest(saved_at + interval '76 days', market_now());

CREATE FUNCTION application_is_kept() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    NEW.warn_at := NEW.saved_at + interval '76 days';
    NEW.delete_at := NULL;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION application_is_kept() FROM PUBLIC;
CREATE TRIGGER application_is_kept BEFORE INSERT OR UPDATE OF saved_at ON company_application
    FOR EACH ROW EXECUTE FUNCTION application_is_kept();
GRANT UPDATE (warn_at, delete_at), DELETE ON company_application TO exchange_worker;
