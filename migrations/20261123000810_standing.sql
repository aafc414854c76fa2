-- migrate:up
-- What a member cannot give itself (standing, a verified bank account), sign-in attempts that count before they are
-- checked, and the version of the category tree.

-- Row security lets a company change its own row; its standing is the operators' alone.
CREATE FUNCTION company_standing_is_given() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF current_user = 'exchange_api' AND NOT public.app_operator() THEN
        RAISE EXCEPTION 'only an operator changes the standing of a company' USING ERRCODE = 'EX003';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER company_standing BEFORE UPDATE OF status, active_at, suspended_until ON company
    FOR EACH ROW
    WHEN ((old.status, old.active_at, old.suspended_until) IS DISTINCT FROM (new.status, new.active_at, new.suspended_until))
    EXECUTE FUNCTION company_standing_is_given();

-- A company enters its account unverified; only an operator verifies.
DROP POLICY api_own ON bank_account;
CREATE POLICY api_read ON bank_account FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY api_enter ON bank_account FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND verified_at IS NULL AND verified_by IS NULL);
CREATE POLICY api_verify ON bank_account FOR UPDATE TO exchange_api
    USING (app_operator()) WITH CHECK (app_operator() AND verified_by = app_actor());

-- Counts an attempt before its password is checked, so that many at once find the lock too. Returns the seconds to wait;
-- 0: check the password, and call sign_in_succeeded() when it is right. The tenth in a row locks for 15 minutes.
CREATE FUNCTION sign_in_attempt(counter bytea) RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    INSERT INTO public.sign_in_counter AS c (key, failures, last_at) VALUES (counter, 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN c.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE c.failures + 1 END,
        last_at = clock_timestamp(),
        locked_until = CASE WHEN c.failures + 1 >= 10 AND c.last_at >= clock_timestamp() - interval '1 day'
            THEN clock_timestamp() + interval '15 minutes' END
    WHERE c.locked_until IS NULL OR c.locked_until <= clock_timestamp();
    RETURN CASE WHEN FOUND THEN 0 ELSE greatest(1, public.sign_in_wait(counter)) END;
END
$$;
REVOKE ALL ON FUNCTION sign_in_attempt(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_attempt(bytea) TO exchange_api;

-- Another version after each import that changed the tree: what a process has read stays valid until then.
CREATE TABLE category_tree (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version uuid NOT NULL
);
INSERT INTO category_tree (version) VALUES ('00000000-0000-0000-0000-000000000000');
GRANT SELECT ON category_tree TO exchange_api, exchange_worker, exchange_matcher;
