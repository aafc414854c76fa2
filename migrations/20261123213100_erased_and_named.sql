-- migrate:up
-- Whoever is erased leaves nothing that still acts for them, and what ended with them stands in the record; and who signs by
-- law is who the last sent application names.

-- As before; besides, what links them to a company's own provider, links by e-mail, roles of the company's own and webhooks
-- end, and `ended` names what did, [{id, version, company_id}] each, for the record.
-- squawk-ignore ban-drop-function -- the worker names its columns
DROP FUNCTION person_erase(uuid);
CREATE FUNCTION person_erase(request uuid, OUT ending text, OUT ended jsonb)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    asked public.erasure_request;
    keys jsonb;
    webhooks jsonb;
    left_companies jsonb;
BEGIN
    SELECT r.* INTO asked FROM public.erasure_request AS r WHERE r.id = request FOR UPDATE;
    IF asked.status IS DISTINCT FROM 'waiting' OR public.market_now() < asked.due_at THEN
        RETURN;
    END IF;
    -- As whoever changes roles does: all who act for the person's companies, so that two last owners do not go at once.
    PERFORM FROM public.membership AS m WHERE m.ended_at IS NULL AND m.company_id IN (
        SELECT o.company_id FROM public.membership AS o WHERE o.person_id = asked.person_id AND o.ended_at IS NULL)
        ORDER BY m.company_id, m.person_id FOR UPDATE;
    PERFORM FROM public.person AS p WHERE p.id = asked.person_id FOR UPDATE;
    -- A company asked for somebody who has begun to act again: then the account is its person's own.
    ending := CASE
        WHEN public.is_last_owner(asked.person_id) THEN 'refused'
        WHEN asked.company_id IS NOT NULL AND EXISTS (SELECT FROM public.membership AS m
            WHERE m.person_id = asked.person_id AND m.ended_at IS NULL) THEN 'refused'
        ELSE 'done' END;
    UPDATE public.erasure_request AS r SET status = ending, version = r.version + 1, ended_at = public.market_now()
        WHERE r.id = request;
    IF ending = 'done' THEN
        DELETE FROM public.session AS s WHERE s.person_id = asked.person_id;
        DELETE FROM public.recovery_code AS c WHERE c.person_id = asked.person_id;
        DELETE FROM public.second_factor AS f WHERE f.person_id = asked.person_id;
        DELETE FROM public.passkey AS y WHERE y.person_id = asked.person_id;
        DELETE FROM public.ceremony AS y WHERE y.person_id = asked.person_id;
        DELETE FROM public.notification AS n WHERE n.person_id = asked.person_id;
        DELETE FROM public.idempotency_key AS k WHERE k.actor_id = asked.person_id;
        UPDATE public.member_invitation AS i SET email = 'erased-' || i.id || '@erased.invalid', version = i.version + 1
            WHERE i.email = (SELECT p.email FROM public.person AS p WHERE p.id = asked.person_id);
        DELETE FROM public.provider_link AS l WHERE l.person_id = asked.person_id;
        DELETE FROM public.mail_proof AS f WHERE f.person_id = asked.person_id;
        DELETE FROM public.member_role AS r WHERE r.person_id = asked.person_id;
        WITH closed AS (
            UPDATE public.api_key AS k SET revoked_at = clock_timestamp(), version = k.version + 1
            WHERE k.person_id = asked.person_id AND k.revoked_at IS NULL RETURNING k.id, k.version, k.company_id)
        SELECT jsonb_agg(to_jsonb(c)) INTO keys FROM closed AS c;
        WITH closed AS (
            UPDATE public.webhook_endpoint AS w SET status = 'disabled', version = w.version + 1
            WHERE w.person_id = asked.person_id AND w.status = 'active' RETURNING w.id, w.version, w.company_id)
        SELECT jsonb_agg(to_jsonb(c)) INTO webhooks FROM closed AS c;
        WITH closed AS (
            UPDATE public.membership AS m SET ended_at = public.market_now(), version = m.version + 1
            WHERE m.person_id = asked.person_id AND m.ended_at IS NULL RETURNING m.person_id AS id, m.version, m.company_id)
        SELECT jsonb_agg(to_jsonb(c)) INTO left_companies FROM closed AS c;
        -- No password has this hash, and no mail reaches this address.
        UPDATE public.person AS p SET email = 'erased-' || p.id || '@erased.invalid', erased_at = public.market_now(),
            name = CASE p.locale WHEN 'vi' THEN 'Đồng nghiệp cũ' ELSE 'Former colleague' END,
            password_hash = '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
            WHERE p.id = asked.person_id;
    END IF;
    ended := jsonb_build_object('keys', coalesce(keys, '[]'), 'webhooks', coalesce(webhooks, '[]'),
        'memberships', coalesce(left_companies, '[]'));
END
$$;
REVOKE ALL ON FUNCTION person_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_erase(uuid) TO exchange_worker;

-- An applicant names another representative: who registered signs by law no longer; `person` (null: nobody who is here) does.
-- While it is a draft or sent back, and by its owner alone: a member's signatories are changed by authorisations.
CREATE FUNCTION representative_is(person uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM FROM public.company AS c JOIN public.membership AS m ON m.company_id = c.id
    WHERE c.id = public.app_company() AND c.status IN ('draft', 'changes_requested') AND m.person_id = public.app_actor()
        AND m.ended_at IS NULL AND m.roles && ARRAY['owner', 'admin'] FOR SHARE OF m;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an applicant names its representative' USING ERRCODE = 'EX003';
    END IF;
    UPDATE public.signatory AS s SET basis = 'authorisation', status = 'incomplete', verified_at = NULL, verified_by = NULL,
        version = s.version + 1
    WHERE s.company_id = public.app_company() AND s.basis = 'legal_representative' AND s.person_id IS DISTINCT FROM person;
    DELETE FROM public.signatory AS s
    WHERE s.company_id = public.app_company() AND s.basis = 'authorisation' AND s.person_id = person
        AND EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = s.company_id AND m.person_id = s.person_id
            AND m.ended_at IS NULL AND 'owner' = ANY (m.roles));
    INSERT INTO public.signatory (id, company_id, person_id, basis, status, verified_at)
    SELECT gen_random_uuid(), m.company_id, m.person_id, 'legal_representative', 'verified', public.market_now()
    FROM public.membership AS m WHERE m.company_id = public.app_company() AND m.person_id = person AND m.ended_at IS NULL
        AND 'owner' = ANY (m.roles)
    ON CONFLICT (company_id, person_id) DO NOTHING;
    UPDATE public.membership AS m SET roles = m.roles || ARRAY['signatory'], version = m.version + 1
    WHERE m.company_id = public.app_company() AND m.person_id = person AND m.ended_at IS NULL
        AND 'owner' = ANY (m.roles) AND NOT 'signatory' = ANY (m.roles);
END
$$;
REVOKE ALL ON FUNCTION representative_is(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION representative_is(uuid) TO exchange_api;
