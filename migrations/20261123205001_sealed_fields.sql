-- migrate:up
-- Personal fields of a company's file and its account numbers are sealed by the process that writes them: `sealed:`, the number
-- of the company's key, the rest in base64. What was written before is sealed by the worker, and so is what an older release
-- still writes in clear; until then both forms are read.

-- squawk-ignore ban-drop-constraint
ALTER TABLE bank_account DROP CONSTRAINT bank_account_number_check;
ALTER TABLE bank_account
    -- A keyed hash: equal accounts are found without opening any.
    ADD COLUMN number_hash bytea CHECK (length(number_hash) = 32),
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT bank_account_number_check CHECK (number ~ '^([A-Z0-9]{5,34}|sealed:[0-9]+:[A-Za-z0-9_=-]+)$');
-- The rows that the worker has still to seal.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX bank_account_clear ON bank_account (id) WHERE NOT starts_with(number, 'sealed:') OR number_hash IS NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX company_file_clear ON company_file (company_id) WHERE NOT starts_with(representative, 'sealed:')
    OR NOT starts_with(contact_email, 'sealed:') OR (phone <> '' AND NOT starts_with(phone, 'sealed:'));
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX bank_account_same ON bank_account (number_hash);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX bank_account_number;

GRANT UPDATE (number, number_hash) ON bank_account TO exchange_worker;
GRANT UPDATE (representative, contact_email, phone) ON company_file TO exchange_worker;

-- An account number opens only for the row in which it stands, so the row is named too.
-- squawk-ignore ban-drop-function
DROP FUNCTION order_bank_account(uuid);
CREATE FUNCTION order_bank_account(wanted uuid)
    RETURNS TABLE (id uuid, holder text, bank_name text, number text, verified boolean, paused_until timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT b.id, b.holder, b.bank_name, b.number, true, CASE WHEN b.paused_until > public.market_now() THEN b.paused_until END
    FROM public.purchase_order AS o JOIN public.bank_account AS b ON b.company_id = o.seller_id
    WHERE o.id = wanted AND public.app_company() IN (o.buyer_id, o.seller_id) AND b.status = 'verified'
    ORDER BY b.currency = o.currency DESC, b.verified_at, b.id LIMIT 1
    $$;
REVOKE ALL ON FUNCTION order_bank_account(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION order_bank_account(uuid) TO exchange_api;

-- A new person and owner of a company that has just been applied for; refused for an e-mail that exists. `signs`: the person is
-- the legal representative, which the caller knows and the database cannot read any more. The one without stays for the
-- release before.
CREATE FUNCTION person_register(person uuid, address text, full_name text, hash text, lang text, company uuid, signs boolean)
    RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    INSERT INTO public.person (id, email, name, password_hash, locale, created_at)
    VALUES (person, lower(address), full_name, hash, lang, public.market_now())
    ON CONFLICT (email) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Who is the legal representative signs by law: a one-person company needs nobody else.
    INSERT INTO public.membership (company_id, person_id, roles)
    SELECT c.id, person, CASE WHEN signs THEN ARRAY['owner', 'signatory'] ELSE ARRAY['owner'] END
    FROM public.company AS c
    WHERE c.id = company AND c.status = 'applied'
        AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = company);
    RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION person_register(uuid, text, text, text, text, uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_register(uuid, text, text, text, text, uuid, boolean) TO exchange_api;
