-- migrate:up
-- Everything of a market says which one, or hangs on a row that does, and stays there: a market can move to a database of its own.

ALTER TABLE approval_request ADD COLUMN market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE idempotency_key ADD COLUMN market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE fee_invoice_series ADD COLUMN market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE schedule_slot ADD COLUMN market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';

CREATE FUNCTION refuse_another_market() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF NEW.market_id <> OLD.market_id THEN
        RAISE EXCEPTION '% stays on its market', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT a.attrelid::regclass AS name FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.attname = 'market_id' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    LOOP
        -- Costs nothing as long as no statement names the column.
        EXECUTE format('CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON %s
            FOR EACH ROW EXECUTE FUNCTION refuse_another_market()', found.name);
    END LOOP;
END $$;
