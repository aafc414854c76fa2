-- migrate:up
-- An invitation also names roles of the company's own.
ALTER TABLE member_invitation ADD COLUMN own_roles uuid[] DEFAULT '{}' NOT NULL
    CONSTRAINT member_invitation_own_roles_check CHECK (cardinality(own_roles) <= 50);
GRANT SELECT (own_roles) ON member_invitation TO exchange_api;
CREATE FUNCTION public.member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea, custom uuid[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    refused text := public.member_may_invite(member_roles);
BEGIN
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    IF EXISTS (SELECT FROM unnest(custom) AS c (id) WHERE NOT EXISTS (SELECT FROM public.company_role AS r
            WHERE r.company_id = public.app_company() AND r.id = c.id)) THEN
        RETURN 'not_allowed';
    END IF;
    IF EXISTS (SELECT FROM public.membership AS m JOIN public.person AS p ON p.id = m.person_id
            WHERE m.company_id = public.app_company() AND m.ended_at IS NULL AND p.email = lower(address)) THEN
        RETURN 'member';
    END IF;
    INSERT INTO public.member_invitation (id, company_id, email, roles, own_roles, locale, status, token_hash, invited_by,
        created_at, due_at)
    VALUES (invitation, public.app_company(), lower(address), member_roles, custom, lang, 'pending', hash, public.app_actor(),
        public.market_now(), public.market_now() + interval '7 days')
    ON CONFLICT (company_id, email) WHERE status = 'pending' DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'invited' ELSE 'pending' END;
END
$$;
REVOKE ALL ON FUNCTION member_invite(uuid, text, text[], text, bytea, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION member_invite(uuid, text, text[], text, bytea, uuid[]) TO exchange_api;
-- As processes of the release before call it.
CREATE OR REPLACE FUNCTION member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT public.member_invite($1, $2, $3, $4, $5, '{}')
$$;

CREATE OR REPLACE FUNCTION public.member_invitation_accept(hash bytea, person uuid, full_name text, secret text, lang text, OUT outcome text, OUT invitation uuid, OUT invitation_version integer, OUT person_version integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    invited public.member_invitation;
    joining public.person;
BEGIN
    SELECT i.* INTO invited FROM public.member_invitation AS i
    WHERE i.token_hash = hash AND i.company_id = public.app_company() FOR UPDATE;
    outcome := CASE
        WHEN invited.id IS NULL THEN 'unknown'
        WHEN invited.status = 'accepted' THEN 'accepted_before'
        WHEN invited.status <> 'pending' THEN invited.status
        WHEN invited.due_at <= public.market_now() THEN 'expired'
        WHEN person IS DISTINCT FROM public.app_actor() THEN 'other' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    IF full_name IS NOT NULL THEN
        INSERT INTO public.person (id, email, name, password_hash, locale, created_at)
        VALUES (person, invited.email, full_name, secret, lang, public.market_now()) ON CONFLICT (email) DO NOTHING;
        IF NOT FOUND THEN
            outcome := 'known';
            RETURN;
        END IF;
    END IF;
    SELECT p.* INTO joining FROM public.person AS p WHERE p.id = person FOR SHARE;
    outcome := CASE
        WHEN joining.id IS NULL OR joining.email <> invited.email THEN 'other'
        WHEN cardinality(joining.operator_roles) > 0 THEN 'operator' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO public.membership AS m (company_id, person_id, roles) VALUES (invited.company_id, person, invited.roles)
    ON CONFLICT (company_id, person_id) DO UPDATE SET roles = excluded.roles, ended_at = NULL, version = m.version + 1
    WHERE m.ended_at IS NOT NULL
    RETURNING m.version INTO person_version;
    IF person_version IS NULL THEN
        outcome := 'member';
        RETURN;
    END IF;
    -- Roles of the company's own that it has not deleted since.
    INSERT INTO public.member_role (company_id, person_id, role_id)
    SELECT r.company_id, person, r.id FROM public.company_role AS r
    WHERE r.company_id = invited.company_id AND r.id = ANY (invited.own_roles) FOR KEY SHARE;
    UPDATE public.member_invitation AS i SET status = 'accepted', accepted_by = person, version = i.version + 1
    WHERE i.id = invited.id RETURNING 'accepted', i.id, i.version INTO outcome, invitation, invitation_version;
END
$$;

-- As before; besides, the only administrator is not erased.
CREATE OR REPLACE FUNCTION public.person_erase(request uuid, OUT ending text, OUT ended jsonb) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $_$
DECLARE
    asked public.erasure_request;
    administers boolean;
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
    SELECT 'administrator' = ANY (p.operator_roles) INTO administers FROM public.person AS p
        WHERE p.id = asked.person_id FOR UPDATE;
    IF administers THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('administrators', 0));
    END IF;
    -- A company asked for somebody who has begun to act again: then the account is its person's own.
    ending := CASE
        WHEN public.is_last_owner(asked.person_id) THEN 'refused'
        WHEN administers AND NOT EXISTS (SELECT FROM public.person AS p WHERE p.id <> asked.person_id
            AND 'administrator' = ANY (p.operator_roles) AND p.erased_at IS NULL) THEN 'refused'
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
$_$;

-- The exchange keeps an administrator. One change at a time: two that leave at once would each see the other stay.
CREATE FUNCTION an_administrator_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('administrators', 0));
    IF NOT EXISTS (SELECT FROM public.person AS p WHERE p.id <> OLD.id AND 'administrator' = ANY (p.operator_roles)
            AND p.erased_at IS NULL) THEN
        RAISE EXCEPTION 'the exchange keeps an administrator' USING ERRCODE = 'EX031';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION an_administrator_stays() FROM PUBLIC;
CREATE TRIGGER an_administrator_stays BEFORE UPDATE OF operator_roles, erased_at ON person FOR EACH ROW
    WHEN ('administrator' = ANY (OLD.operator_roles) AND OLD.erased_at IS NULL
        AND (NOT 'administrator' = ANY (NEW.operator_roles) OR NEW.erased_at IS NOT NULL))
    EXECUTE FUNCTION an_administrator_stays();
