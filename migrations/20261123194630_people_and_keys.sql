-- migrate:up
-- Roles that a company defines itself, invitations to colleagues, keys with networks and a second secret, and an end of a
-- membership that takes with it everything the person could still act through.

-- What a role of a company's own may hold; renewed from the table of permissions with each release.
CREATE TABLE grantable_permission (name text PRIMARY KEY);
GRANT SELECT ON grantable_permission TO exchange_api, exchange_worker;

CREATE TABLE company_role (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    UNIQUE (company_id, id)
);
CREATE UNIQUE INDEX company_role_name ON company_role (company_id, lower(name));
-- A permission that the exchange does not know cannot stand here.
CREATE TABLE company_role_permission (
    company_id uuid NOT NULL,
    role_id uuid NOT NULL,
    permission text NOT NULL REFERENCES grantable_permission,
    PRIMARY KEY (role_id, permission),
    FOREIGN KEY (company_id, role_id) REFERENCES company_role (company_id, id) ON DELETE CASCADE
);
-- Who has such a role. While anybody has it, it cannot be deleted; another company's role cannot be given.
CREATE TABLE member_role (
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role_id uuid NOT NULL,
    PRIMARY KEY (company_id, person_id, role_id),
    FOREIGN KEY (company_id, person_id) REFERENCES membership (company_id, person_id),
    FOREIGN KEY (company_id, role_id) REFERENCES company_role (company_id, id)
);
CREATE INDEX member_role_role ON member_role (company_id, role_id);

ALTER TABLE company_role ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON company_role TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
GRANT SELECT, INSERT, DELETE, UPDATE (name, version) ON company_role TO exchange_api;
ALTER TABLE company_role_permission ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON company_role_permission TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
GRANT SELECT, INSERT, DELETE ON company_role_permission TO exchange_api;
ALTER TABLE member_role ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON member_role FOR SELECT TO exchange_api USING (company_id = app_company());
GRANT SELECT ON member_role TO exchange_api;

-- An invitation to act for a company: by e-mail, once, for seven days. Only the hash of its token is kept.
CREATE TABLE member_invitation (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    email text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    roles text[] NOT NULL CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['owner', 'admin', 'buyer', 'seller', 'approver',
        'evaluator', 'signatory', 'finance', 'warehouse', 'viewer']),
    locale text NOT NULL CHECK (locale IN ('vi', 'en')),
    status text NOT NULL CONSTRAINT member_invitation_status_check CHECK (status IN (
        'pending',  -- member_invite(), member_invitation_renew()
        'accepted', -- member_invitation_accept()
        'revoked',  -- an owner or admin, or the end of the inviter's rights
        'expired'   -- the job at due_at
    )),
    version integer NOT NULL DEFAULT 1,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- How often it was sent: each sending has its own token, and the one before opens nothing.
    sends integer NOT NULL DEFAULT 1 CHECK (sends > 0),
    invited_by uuid NOT NULL REFERENCES person,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    accepted_by uuid REFERENCES person,
    CHECK ((status = 'accepted') = (accepted_by IS NOT NULL))
);
-- One open invitation for one address.
CREATE UNIQUE INDEX member_invitation_open ON member_invitation (company_id, email) WHERE status = 'pending';
CREATE INDEX member_invitation_company ON member_invitation (company_id, created_at DESC, id DESC);
CREATE INDEX member_invitation_due ON member_invitation (due_at, id) WHERE status = 'pending';

ALTER TABLE member_invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON member_invitation FOR SELECT TO exchange_api USING (company_id = app_company());
CREATE POLICY api_revoke ON member_invitation FOR UPDATE TO exchange_api
    USING (company_id = app_company() AND status = 'pending') WITH CHECK (company_id = app_company() AND status = 'revoked');
CREATE POLICY worker_read ON member_invitation FOR SELECT TO exchange_worker USING (true);
CREATE POLICY worker_expire ON member_invitation FOR UPDATE TO exchange_worker
    USING (status = 'pending') WITH CHECK (status = 'expired');
GRANT SELECT (id, company_id, email, roles, locale, status, version, sends, invited_by, created_at, due_at, accepted_by)
    ON member_invitation TO exchange_api;
GRANT UPDATE (status, version) ON member_invitation TO exchange_api, exchange_worker;
GRANT SELECT ON member_invitation TO exchange_worker;

-- Keys: from where they may come, when they were used last, and while they are renewed the secret before.
ALTER TABLE api_key
    ADD COLUMN networks cidr[] NOT NULL DEFAULT '{}',
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN old_secret_hash bytea,
    ADD COLUMN old_prefix text,
    ADD COLUMN old_until timestamptz,
    ADD COLUMN rotated_at timestamptz,
    ADD COLUMN warn_at timestamptz;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE api_key ADD CONSTRAINT api_key_networks CHECK (cardinality(networks) <= 20);
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE api_key ADD CONSTRAINT api_key_overlap CHECK (
    (old_secret_hash IS NULL) = (old_until IS NULL) AND (old_secret_hash IS NULL) = (old_prefix IS NULL)
    AND (old_secret_hash IS NULL OR length(old_secret_hash) = 32)
    AND (old_until IS NULL OR old_until <= rotated_at + interval '7 days'));
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX api_key_old_secret ON api_key (old_secret_hash) WHERE old_secret_hash IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX api_key_warn ON api_key (warn_at, id) WHERE warn_at IS NOT NULL AND revoked_at IS NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX api_key_person ON api_key (company_id, person_id) WHERE revoked_at IS NULL;
GRANT SELECT (networks, last_used_at, old_prefix, old_until, rotated_at) ON api_key TO exchange_api;
CREATE POLICY worker_read ON api_key FOR SELECT TO exchange_worker USING (true);
CREATE POLICY worker_warn ON api_key FOR UPDATE TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT (id, company_id, person_id, expires_at, revoked_at, warn_at, version) ON api_key TO exchange_worker;
GRANT UPDATE (warn_at, version) ON api_key TO exchange_worker;

-- Who registered an address, renewed its secret or switched it on last: it ends with their membership.
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
ALTER TABLE webhook_endpoint ADD COLUMN person_id uuid REFERENCES person;
GRANT SELECT (person_id) ON webhook_endpoint TO exchange_api;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX webhook_endpoint_person ON webhook_endpoint (company_id, person_id) WHERE status = 'active';

-- The permissions of a person's own roles of the company, besides those of the table.
CREATE FUNCTION own_permissions(company uuid, person uuid) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT coalesce(array_agg(DISTINCT p.permission), '{}')
    FROM public.member_role AS m JOIN public.company_role_permission AS p ON p.role_id = m.role_id
    WHERE m.company_id = company AND m.person_id = person
    $$;

-- Whose session is this? One row or none. Columns are added at the end: the release before reads the ones it knows by name.
-- squawk-ignore ban-drop-function
DROP FUNCTION session_lookup(bytea);
CREATE FUNCTION session_lookup(hash bytea)
    RETURNS TABLE (person_id uuid, email text, name text, locale text, operator_roles text[], company_id uuid,
        company_name text, company_status text, roles text[], operator boolean, stepped_up_at timestamptz, expires_at timestamptz,
        extra text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT s.person_id, p.email, p.name, p.locale, p.operator_roles, m.company_id, c.display_name, c.status,
        coalesce(m.roles, '{}'), s.operator, s.stepped_up_at, s.expires_at, public.own_permissions(m.company_id, m.person_id)
    FROM public.session AS s
    JOIN public.person AS p ON p.id = s.person_id
    LEFT JOIN public.membership AS m ON m.company_id = s.company_id AND m.person_id = s.person_id AND m.ended_at IS NULL
    LEFT JOIN public.company AS c ON c.id = m.company_id
    WHERE s.token_hash = hash AND s.expires_at > clock_timestamp()
        AND (NOT s.operator OR cardinality(p.operator_roles) > 0)
    $$;

-- Whose key is this? One row or none; the secret before the last rotation opens it until its stated time.
-- squawk-ignore ban-drop-function
DROP FUNCTION key_lookup(bytea);
CREATE FUNCTION key_lookup(hash bytea)
    RETURNS TABLE (key_id uuid, person_id uuid, name text, locale text, company_id uuid, company_name text,
        company_status text, roles text[], scopes text[], expires_at timestamptz, networks text[], extra text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT k.id, k.person_id, k.name, p.locale, k.company_id, c.display_name, c.status, m.roles, k.scopes, k.expires_at,
        k.networks::text[], public.own_permissions(m.company_id, m.person_id)
    FROM public.api_key AS k
    JOIN public.person AS p ON p.id = k.person_id
    JOIN public.membership AS m ON m.company_id = k.company_id AND m.person_id = k.person_id AND m.ended_at IS NULL
    JOIN public.company AS c ON c.id = k.company_id
    WHERE (k.secret_hash = hash OR (k.old_secret_hash = hash AND k.old_until > clock_timestamp()))
        AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
    $$;

-- When keys were used last, so many seconds ago each.
CREATE FUNCTION keys_used(keys uuid[], seconds_ago integer[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.api_key AS k SET last_used_at = clock_timestamp() - make_interval(secs => u.ago)
    FROM unnest(keys, seconds_ago) AS u (id, ago)
    WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - make_interval(secs => u.ago))
    $$;

-- A new secret for a key; the one before stays valid for the overlap, one that was the old one ends at once. It acts for the
-- key's maker, so only the maker gets it; a key that is over has none.
CREATE FUNCTION key_rotate(key uuid, hash bytea, beginning text, overlap interval) RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    UPDATE public.api_key AS k SET secret_hash = hash, prefix = beginning, version = k.version + 1, rotated_at = n.now,
        old_secret_hash = CASE WHEN overlap > interval '0' THEN k.secret_hash END,
        old_prefix = CASE WHEN overlap > interval '0' THEN k.prefix END,
        old_until = CASE WHEN overlap > interval '0' THEN n.now + overlap END
    FROM (SELECT clock_timestamp() AS now) AS n
    WHERE k.id = key AND k.company_id = public.app_company() AND k.person_id = public.app_actor() AND k.revoked_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > n.now)
    RETURNING true
    $$;

-- Changes the roles of one of the acting company's people (member_roles and, unless null, own_roles), or ends the membership
-- (member_roles null). `seen` is the version that was read; null: whatever it is. outcome: changed | unknown (no such
-- colleague, or no such role of the company's own) | stale (another version) | not_allowed (the actor is neither owner nor
-- admin) | owner_only (an admin, and it is about an owner) | own_more (the actor's own roles would grow) | last_owner. All
-- people of the company are locked in one order, so that two owners who end each other's membership at once leave one.
-- Who has left is signed out, and what they could act through ends: `ended` names keys, webhooks and invitations with their
-- new versions. An invitation lives no longer than its sender's right to send it.
CREATE FUNCTION member_change(person uuid, seen integer, member_roles text[], own_roles uuid[],
    OUT outcome text, OUT roles_before text[], OUT new_version integer, OUT ended jsonb)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    acting text[];
    found_version integer;
    roles_after text[] := coalesce(member_roles, '{}');
    keys jsonb;
    webhooks jsonb;
    invitations jsonb;
BEGIN
    PERFORM FROM public.membership AS m WHERE m.company_id = public.app_company() AND m.ended_at IS NULL
        ORDER BY m.person_id FOR UPDATE;
    SELECT m.roles INTO acting FROM public.membership AS m
        WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor() AND m.ended_at IS NULL;
    SELECT m.roles, m.version INTO roles_before, found_version FROM public.membership AS m
        WHERE m.company_id = public.app_company() AND m.person_id = person AND m.ended_at IS NULL;
    outcome := CASE
        WHEN acting IS NULL OR NOT acting && ARRAY['owner', 'admin'] THEN 'not_allowed'
        WHEN roles_before IS NULL THEN 'unknown'
        WHEN seen <> found_version THEN 'stale'
        WHEN NOT 'owner' = ANY (acting) AND ('owner' = ANY (roles_before) OR 'owner' = ANY (roles_after)) THEN 'owner_only'
        WHEN person = public.app_actor() AND NOT roles_after <@ acting THEN 'own_more'
        WHEN 'owner' = ANY (roles_before) AND NOT 'owner' = ANY (roles_after)
            AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = public.app_company()
                AND m.person_id <> person AND m.ended_at IS NULL AND 'owner' = ANY (m.roles)) THEN 'last_owner'
        WHEN EXISTS (SELECT FROM unnest(own_roles) AS o (id) WHERE NOT EXISTS (SELECT FROM public.company_role AS r
            WHERE r.company_id = public.app_company() AND r.id = o.id)) THEN 'unknown'
        ELSE 'changed' END;
    IF outcome <> 'changed' THEN
        RETURN;
    END IF;
    UPDATE public.membership AS m SET version = m.version + 1, roles = coalesce(member_roles, m.roles),
        ended_at = CASE WHEN member_roles IS NULL THEN public.market_now() END
    WHERE m.company_id = public.app_company() AND m.person_id = person
    RETURNING m.version INTO new_version;
    IF member_roles IS NULL OR own_roles IS NOT NULL THEN
        DELETE FROM public.member_role AS r WHERE r.company_id = public.app_company() AND r.person_id = person;
        INSERT INTO public.member_role (company_id, person_id, role_id)
        SELECT DISTINCT public.app_company(), person, o.id FROM unnest(own_roles) AS o (id) WHERE member_roles IS NOT NULL;
    END IF;
    IF member_roles IS NULL THEN
        DELETE FROM public.session AS s WHERE s.person_id = person AND s.company_id = public.app_company();
        WITH closed AS (
            UPDATE public.api_key AS k SET revoked_at = clock_timestamp(), version = k.version + 1
            WHERE k.company_id = public.app_company() AND k.person_id = person AND k.revoked_at IS NULL
            RETURNING k.id, k.version)
        SELECT jsonb_agg(jsonb_build_object('id', c.id, 'version', c.version)) INTO keys FROM closed AS c;
        WITH closed AS (
            UPDATE public.webhook_endpoint AS w SET status = 'disabled', version = w.version + 1
            WHERE w.company_id = public.app_company() AND w.person_id = person AND w.status = 'active'
            RETURNING w.id, w.version)
        SELECT jsonb_agg(jsonb_build_object('id', c.id, 'version', c.version)) INTO webhooks FROM closed AS c;
    END IF;
    WITH closed AS (
        UPDATE public.member_invitation AS i SET status = 'revoked', version = i.version + 1
        WHERE i.company_id = public.app_company() AND i.invited_by = person AND i.status = 'pending'
            AND (NOT roles_after && ARRAY['owner', 'admin']
                OR ('owner' = ANY (i.roles) AND NOT 'owner' = ANY (roles_after)))
        RETURNING i.id, i.version)
    SELECT jsonb_agg(jsonb_build_object('id', c.id, 'version', c.version)) INTO invitations FROM closed AS c;
    ended := jsonb_build_object('keys', coalesce(keys, '[]'), 'webhooks', coalesce(webhooks, '[]'),
        'invitations', coalesce(invitations, '[]'));
END
$$;

-- What the release before calls, while its processes still run: the same change.
CREATE OR REPLACE FUNCTION member_change(person uuid, seen integer, member_roles text[],
    OUT outcome text, OUT roles_before text[], OUT new_version integer)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT c.outcome, c.roles_before, c.new_version FROM public.member_change($1, $2, $3, NULL::uuid[]) AS c $$;

-- Whether the acting person may invite somebody for these roles now; keeps them from losing it until the transaction ends.
CREATE FUNCTION member_may_invite(member_roles text[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    acting text[];
BEGIN
    SELECT m.roles INTO acting FROM public.membership AS m
    WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor() AND m.ended_at IS NULL
    FOR SHARE;
    RETURN CASE
        WHEN acting IS NULL OR NOT acting && ARRAY['owner', 'admin'] THEN 'not_allowed'
        WHEN 'owner' = ANY (member_roles) AND NOT 'owner' = ANY (acting) THEN 'owner_only' END;
END
$$;

-- Invites an address to the acting company: invited | not_allowed | owner_only | member (a colleague already) | pending (was
-- invited already). It says nothing about whether the address belongs to a person of the exchange.
CREATE FUNCTION member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea) RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    refused text := public.member_may_invite(member_roles);
BEGIN
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    IF EXISTS (SELECT FROM public.membership AS m JOIN public.person AS p ON p.id = m.person_id
            WHERE m.company_id = public.app_company() AND m.ended_at IS NULL AND p.email = lower(address)) THEN
        RETURN 'member';
    END IF;
    INSERT INTO public.member_invitation (id, company_id, email, roles, locale, status, token_hash, invited_by, created_at, due_at)
    VALUES (invitation, public.app_company(), lower(address), member_roles, lang, 'pending', hash, public.app_actor(),
        public.market_now(), public.market_now() + interval '7 days')
    ON CONFLICT (company_id, email) WHERE status = 'pending' DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'invited' ELSE 'pending' END;
END
$$;

-- Sends an open or expired invitation again under a new token, for another seven days: renewed | not_allowed | owner_only |
-- unknown | the state that forbids it. `seen` is the number of sendings that the token was made for.
CREATE FUNCTION member_invitation_renew(invitation uuid, seen integer, hash bytea, OUT outcome text, OUT was text, OUT new_version integer)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    found public.member_invitation;
BEGIN
    SELECT i.* INTO found FROM public.member_invitation AS i
    WHERE i.id = invitation AND i.company_id = public.app_company() FOR UPDATE;
    outcome := CASE WHEN found.id IS NULL THEN 'unknown' ELSE public.member_may_invite(found.roles) END;
    IF outcome IS NULL AND (found.status NOT IN ('pending', 'expired') OR found.sends <> seen) THEN
        outcome := found.status;
    END IF;
    IF outcome IS NULL THEN
        was := found.status;
        UPDATE public.member_invitation AS i SET status = 'pending', token_hash = hash, sends = i.sends + 1,
            version = i.version + 1, invited_by = public.app_actor(), due_at = public.market_now() + interval '7 days'
        WHERE i.id = invitation RETURNING 'renewed', i.version INTO outcome, new_version;
    END IF;
END
$$;

-- What the holder of a token is shown before they accept.
CREATE FUNCTION member_invitation_lookup(hash bytea)
    RETURNS TABLE (id uuid, company_id uuid, company_name text, email text, roles text[], locale text, status text,
        over boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT i.id, i.company_id, c.display_name, i.email, i.roles, i.locale, i.status, i.due_at <= public.market_now()
    FROM public.member_invitation AS i JOIN public.company AS c ON c.id = i.company_id
    WHERE i.token_hash = hash AND c.status NOT IN ('rejected', 'closed')
    $$;

-- Takes the invitation of this token up, once: for a new person (full_name and secret given) or for the acting person, who
-- must be signed in with the address. Who had left comes back. outcome: accepted | unknown | accepted_before | revoked |
-- expired | known (a person with this address exists and is not signed in) | other (signed in with another address) |
-- operator (an operator never trades) | member (is a colleague already).
CREATE FUNCTION member_invitation_accept(hash bytea, person uuid, full_name text, secret text, lang text,
    OUT outcome text, OUT invitation uuid, OUT invitation_version integer, OUT person_version integer)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    found public.member_invitation;
    joining public.person;
BEGIN
    SELECT i.* INTO found FROM public.member_invitation AS i
    WHERE i.token_hash = hash AND i.company_id = public.app_company() FOR UPDATE;
    outcome := CASE
        WHEN found.id IS NULL THEN 'unknown'
        WHEN found.status = 'accepted' THEN 'accepted_before'
        WHEN found.status <> 'pending' THEN found.status
        WHEN found.due_at <= public.market_now() THEN 'expired'
        WHEN person IS DISTINCT FROM public.app_actor() THEN 'other' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    IF full_name IS NOT NULL THEN
        INSERT INTO public.person (id, email, name, password_hash, locale, created_at)
        VALUES (person, found.email, full_name, secret, lang, public.market_now()) ON CONFLICT (email) DO NOTHING;
        IF NOT FOUND THEN
            outcome := 'known';
            RETURN;
        END IF;
    END IF;
    SELECT p.* INTO joining FROM public.person AS p WHERE p.id = person FOR SHARE;
    outcome := CASE
        WHEN joining.id IS NULL OR joining.email <> found.email THEN 'other'
        WHEN cardinality(joining.operator_roles) > 0 THEN 'operator' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO public.membership AS m (company_id, person_id, roles) VALUES (found.company_id, person, found.roles)
    ON CONFLICT (company_id, person_id) DO UPDATE SET roles = excluded.roles, ended_at = NULL, version = m.version + 1
    WHERE m.ended_at IS NOT NULL
    RETURNING m.version INTO person_version;
    IF person_version IS NULL THEN
        outcome := 'member';
        RETURN;
    END IF;
    UPDATE public.member_invitation AS i SET status = 'accepted', accepted_by = person, version = i.version + 1
    WHERE i.id = found.id RETURNING 'accepted', i.id, i.version INTO outcome, invitation, invitation_version;
END
$$;

REVOKE ALL ON FUNCTION own_permissions(uuid, uuid), session_lookup(bytea), key_lookup(bytea), keys_used(uuid[], integer[]),
    key_rotate(uuid, bytea, text, interval), member_change(uuid, integer, text[], uuid[]), member_may_invite(text[]), member_invite(uuid, text, text[], text, bytea),
    member_invitation_renew(uuid, integer, bytea), member_invitation_lookup(bytea),
    member_invitation_accept(bytea, uuid, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_lookup(bytea), key_lookup(bytea), keys_used(uuid[], integer[]),
    key_rotate(uuid, bytea, text, interval),
    member_change(uuid, integer, text[], uuid[]), member_invite(uuid, text, text[], text, bytea),
    member_invitation_renew(uuid, integer, bytea), member_invitation_lookup(bytea),
    member_invitation_accept(bytea, uuid, text, text, text) TO exchange_api;
