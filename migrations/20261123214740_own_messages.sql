-- migrate:up
-- A person's copy of their data holds what they wrote and their passkeys; their erasure takes how far they have read.

CREATE OR REPLACE FUNCTION my_data(most integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT jsonb_build_object(
        'person', jsonb_build_object('id', p.id, 'name', p.name, 'email', p.email, 'locale', p.locale, 'created_at', p.created_at,
            'operator_roles', p.operator_roles),
        'second_factor_since', (SELECT f.confirmed_at FROM public.second_factor AS f WHERE f.person_id = p.id),
        'memberships', (SELECT coalesce(jsonb_agg(jsonb_build_object('company_id', m.company_id, 'company', c.display_name,
                'roles', m.roles, 'ended_at', m.ended_at) ORDER BY c.sort_key, c.id), '[]')
            FROM public.membership AS m JOIN public.company AS c ON c.id = m.company_id WHERE m.person_id = p.id),
        'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object('created_at', s.created_at, 'expires_at', s.expires_at,
                'address', s.address, 'browser', s.user_agent) ORDER BY s.created_at), '[]')
            FROM public.session AS s WHERE s.person_id = p.id),
        'api_keys', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', k.name, 'prefix', k.prefix, 'company_id', k.company_id,
                'created_at', k.created_at, 'revoked_at', k.revoked_at) ORDER BY k.created_at), '[]')
            FROM public.api_key AS k WHERE k.person_id = p.id),
        'signatures', (SELECT coalesce(jsonb_agg(jsonb_build_object('contract_id', g.contract_id, 'name', g.person_name,
                'basis', g.basis, 'at', g.at) ORDER BY g.at), '[]')
            FROM public.contract_signature AS g WHERE g.person_id = p.id),
        'files', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'name', x.name, 'size', x.size,
                'created_at', x.created_at) ORDER BY x.created_at DESC), '[]')
            FROM (SELECT f.id, f.name, f.size, f.created_at FROM public.file AS f WHERE f.created_by = p.id
                ORDER BY f.created_at DESC LIMIT most) AS x),
        'messages', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', x.kind, 'about', x.aggregate, 'about_id', x.aggregate_id,
                'created_at', x.created_at, 'read_at', x.read_at) ORDER BY x.created_at DESC), '[]')
            FROM (SELECT n.kind, n.aggregate, n.aggregate_id, n.created_at, n.read_at FROM public.notification AS n
                WHERE n.person_id = p.id ORDER BY n.created_at DESC LIMIT most) AS x),
        'passkeys', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', y.name, 'created_at', y.created_at,
                'last_used_at', y.last_used_at) ORDER BY y.created_at), '[]')
            FROM public.passkey AS y WHERE y.person_id = p.id),
        -- The text of what was written for a company that the person has left is that company's own.
        'written', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'company_id', x.company_id, 'about', x.kind,
                'about_id', x.subject_id, 'internal', x.internal, 'by_mail', x.by_mail, 'created_at', x.created_at,
                'text', CASE WHEN EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = x.company_id
                    AND m.person_id = p.id AND m.ended_at IS NULL) THEN x.body END) ORDER BY x.created_at DESC), '[]')
            FROM (SELECT w.id, w.company_id, t.kind, t.subject_id, w.internal, w.by_mail, w.created_at, w.body
                FROM public.message AS w JOIN public.thread AS t ON t.id = w.thread_id
                WHERE w.author_id = p.id AND (w.buyer_id = ANY (ARRAY(SELECT m.company_id FROM public.membership AS m
                        WHERE m.person_id = p.id)) OR w.seller_id = ANY (ARRAY(SELECT m.company_id FROM public.membership AS m
                        WHERE m.person_id = p.id)))
                ORDER BY w.created_at DESC LIMIT most) AS x),
        'erasure_requests', (SELECT coalesce(jsonb_agg(jsonb_build_object('asked_at', r.asked_at, 'due_at', r.due_at,
                'status', r.status) ORDER BY r.asked_at), '[]')
            FROM public.erasure_request AS r WHERE r.person_id = p.id))
    FROM public.person AS p WHERE p.id = public.app_actor()
    $$;

CREATE OR REPLACE FUNCTION person_erase(request uuid, OUT ending text, OUT ended jsonb) RETURNS record
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
        DELETE FROM public.thread_read AS t WHERE t.person_id = asked.person_id;
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
