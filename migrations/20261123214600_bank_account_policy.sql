-- migrate:up
-- A member's own policy for bank accounts: who it names decides instead of any second person. The row itself says so from its first
-- moment on, whoever writes it; it never changes.
ALTER TABLE bank_account ADD COLUMN by_policy boolean NOT NULL DEFAULT false;

CREATE FUNCTION bank_account_policy_applies() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    new.by_policy := EXISTS (SELECT FROM public.company AS c WHERE c.id = new.company_id AND c.active_at IS NOT NULL)
        AND EXISTS (SELECT FROM public.approval_policy AS p WHERE p.company_id = new.company_id AND p.kind = 'bank_account'
            AND p.active AND jsonb_array_length(p.tiers) > 0);
    RETURN new;
END
$$;
REVOKE ALL ON FUNCTION bank_account_policy_applies() FROM PUBLIC;
CREATE TRIGGER policy_applies BEFORE INSERT ON bank_account FOR EACH ROW EXECUTE FUNCTION bank_account_policy_applies();

CREATE OR REPLACE FUNCTION bank_account_steps() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    step text := old.status || ' ' || new.status;
BEGIN
    IF step NOT IN ('proposed confirmed', 'proposed withdrawn', 'proposed rejected', 'proposed verified',
        'confirmed withdrawn', 'confirmed rejected', 'confirmed verified', 'verified replaced') THEN
        RAISE EXCEPTION 'a bank account that is % does not become %', old.status, new.status USING ERRCODE = 'EX003';
    END IF;
    -- Nobody skips those whom the company's policy names.
    IF new.by_policy AND (step IN ('proposed verified', 'proposed rejected') OR (step = 'proposed confirmed' AND NOT EXISTS (
            SELECT FROM public.approval_request AS a
            WHERE a.object_id = new.id AND a.kind = 'bank_account' AND a.status = 'approved'))) THEN
        RAISE EXCEPTION 'the policy of the company decides first' USING ERRCODE = 'EX003';
    END IF;
    -- Nobody skips the second person where there is one.
    IF step = 'proposed verified'
        AND EXISTS (SELECT FROM public.company AS c WHERE c.id = new.company_id AND c.active_at IS NOT NULL)
        AND EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = new.company_id AND m.ended_at IS NULL
            AND m.person_id IS DISTINCT FROM new.proposed_by AND m.roles && ARRAY['owner', 'admin', 'finance']) THEN
        RAISE EXCEPTION 'a second person of the company confirms first' USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;

-- A request that nobody decides in time takes the account with it.
GRANT UPDATE (status, version) ON bank_account TO exchange_worker;
