-- migrate:up
-- Since when a person belongs to a company: what its conversations said before that is not new to them.

ALTER TABLE membership ADD COLUMN began_at timestamptz NOT NULL DEFAULT '-infinity';
UPDATE membership AS m SET began_at = p.created_at FROM person AS p WHERE p.id = m.person_id;
ALTER TABLE membership ALTER COLUMN began_at SET DEFAULT market_now();

-- Who comes back begins anew.
CREATE FUNCTION membership_begins() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    NEW.began_at := public.market_now();
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION membership_begins() FROM PUBLIC;
CREATE TRIGGER membership_begins BEFORE UPDATE OF ended_at ON membership
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL) EXECUTE FUNCTION membership_begins();
