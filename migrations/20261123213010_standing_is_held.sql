-- migrate:up
-- What a member does and the end of its standing follow each other: whoever acts in a standing holds it until the transaction is
-- over, and who ends it waits for those and lets nobody in meanwhile. Advisory, so that nothing is written for it.
CREATE FUNCTION hold_standing(company uuid) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT pg_advisory_xact_lock(hashtextextended('standing:' || company, 0)) $$;
REVOKE ALL ON FUNCTION hold_standing(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_standing(uuid) TO exchange_api;

CREATE OR REPLACE FUNCTION ctx(company uuid, actor uuid, operator boolean, standing text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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
    -- The next statement sees what those who held it alone have committed.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('standing:' || company, 0));
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

-- Whatever the service forgot: a standing ends with the standing held alone.
CREATE FUNCTION company_standing_is_held() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    PERFORM public.hold_standing(new.id);
    RETURN new;
END
$$;
REVOKE ALL ON FUNCTION company_standing_is_held() FROM PUBLIC;
CREATE TRIGGER a_standing_is_held BEFORE UPDATE OF status ON company FOR EACH ROW
    WHEN (new.status IN ('closed', 'suspended') AND old.status IS DISTINCT FROM new.status)
    EXECUTE FUNCTION company_standing_is_held();
