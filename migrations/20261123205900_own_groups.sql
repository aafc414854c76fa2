-- migrate:up
-- Nobody deals with or bids against its own group unseen, and companies that share what companies do not share are found.

-- Companies of one group do not quote to each other and do not order from each other at once. A contract that was signed before
-- they became a group goes on.
CREATE FUNCTION no_deal_in_own_group() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF public.same_group(NEW.buyer_id, NEW.seller_id) THEN
        RAISE EXCEPTION 'both companies belong to one group' USING ERRCODE = 'EX030';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER own_group BEFORE INSERT ON quote FOR EACH ROW
    WHEN (new.buyer_id <> new.seller_id) EXECUTE FUNCTION no_deal_in_own_group();
CREATE TRIGGER own_group_later BEFORE UPDATE OF status ON quote FOR EACH ROW
    WHEN (old.status IN ('draft', 'withdrawn') AND new.status IN ('submitted', 'opened'))
    EXECUTE FUNCTION no_deal_in_own_group();
CREATE TRIGGER own_group BEFORE INSERT ON contract FOR EACH ROW
    WHEN (new.kind = 'standard' AND new.buyer_id <> new.seller_id) EXECUTE FUNCTION no_deal_in_own_group();
CREATE TRIGGER own_group BEFORE INSERT ON purchase_order FOR EACH ROW
    WHEN (new.contract_id IS NULL AND new.buyer_id <> new.seller_id) EXECUTE FUNCTION no_deal_in_own_group();

-- A keyed hash of something that tells companies apart: account, address, mail domain, telephone, device. Written by the worker,
-- and the device by who signs in. Nothing can be read back from it.
CREATE TABLE company_mark (
    company_id uuid NOT NULL REFERENCES company,
    kind text NOT NULL CHECK (kind IN ('bank', 'address', 'domain', 'phone', 'device')),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company_id, kind, hash)
);
CREATE INDEX company_mark_same ON company_mark (kind, hash);
ALTER TABLE company_mark ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_all ON company_mark TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON company_mark TO exchange_worker;

-- The device of a person who has just signed in for this company. True: the company was not seen on it before.
CREATE FUNCTION device_seen(device bytea) RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    INSERT INTO public.company_mark (company_id, kind, hash)
    SELECT m.company_id, 'device', device FROM public.membership AS m
    WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor() AND m.ended_at IS NULL
    ON CONFLICT DO NOTHING RETURNING true
    $$;
REVOKE ALL ON FUNCTION device_seen(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION device_seen(bytea) TO exchange_api;
