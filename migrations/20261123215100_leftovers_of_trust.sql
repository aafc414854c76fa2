-- migrate:up
-- What was left open where people, files and companies leave or change.

-- An authorisation ends when its person leaves the company, or signs for it no more; what was signed under it stands.
CREATE FUNCTION authorisation_ends_with_its_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    WITH over AS (
        SELECT s.id, s.status FROM public.signatory AS s
        WHERE s.company_id = NEW.company_id AND s.person_id = NEW.person_id AND s.basis = 'authorisation'
            AND s.status <> 'revoked' FOR UPDATE
    ), revoked AS (
        UPDATE public.signatory AS s SET status = 'revoked', version = s.version + 1 FROM over AS o WHERE s.id = o.id
        RETURNING s.id, s.version, o.status AS was
    )
    INSERT INTO public.event (id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, from_state, to_state, at,
        payload)
    SELECT uuidv7(), 'signatory.revoked', 'signatory', r.id, r.version, public.app_actor(), NEW.company_id, '{}', r.was, 'revoked',
        public.market_now(), '{"left": true}' FROM revoked AS r;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION authorisation_ends_with_its_person() FROM PUBLIC;
CREATE TRIGGER authorisation_ends AFTER UPDATE OF roles, ended_at ON membership FOR EACH ROW
    WHEN ('signatory' = ANY (OLD.roles) AND OLD.ended_at IS NULL
        AND (NEW.ended_at IS NOT NULL OR NOT 'signatory' = ANY (NEW.roles)))
    EXECUTE FUNCTION authorisation_ends_with_its_person();
UPDATE signatory AS s SET status = 'revoked', version = s.version + 1
WHERE s.basis = 'authorisation' AND s.status <> 'revoked' AND NOT EXISTS (SELECT FROM membership AS m
    WHERE m.company_id = s.company_id AND m.person_id = s.person_id AND m.ended_at IS NULL AND 'signatory' = ANY (m.roles));

-- The paper of an authorisation is a document that the company itself uploaded, and stays the one that was verified.
CREATE FUNCTION signatory_paper_is_its_own() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.file AS f
            WHERE f.id = NEW.file_id AND f.company_id = NEW.company_id AND f.purpose = 'document') THEN
        RAISE EXCEPTION 'the paper of an authorisation is a document of its company' USING ERRCODE = 'EX003';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status = 'verified' AND NEW.status = 'verified' AND NEW.file_id IS DISTINCT FROM OLD.file_id THEN
        RAISE EXCEPTION 'a verified authorisation is not changed' USING ERRCODE = 'EX024';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION signatory_paper_is_its_own() FROM PUBLIC;
CREATE TRIGGER own_paper BEFORE INSERT OR UPDATE OF file_id, status ON signatory FOR EACH ROW
    WHEN (NEW.file_id IS NOT NULL) EXECUTE FUNCTION signatory_paper_is_its_own();

-- A session after a password: none when the password was replaced since it was checked. Whoever sets a new one waits for those
-- that are being opened, and ends them.
CREATE FUNCTION session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval,
    client_address text, seen text) RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    WITH who AS MATERIALIZED (
        SELECT p.id, p.operator_roles FROM public.person AS p WHERE p.id = person AND p.password_hash = seen FOR SHARE
    )
    INSERT INTO public.session (token_hash, person_id, company_id, operator, expires_at, stepped_up_at, user_agent, address)
    SELECT hash, w.id, company, as_operator, clock_timestamp() + lifetime, clock_timestamp(), left(agent, 200),
        left(client_address, 64)
    FROM who AS w
    WHERE (NOT as_operator OR cardinality(w.operator_roles) > 0)
        AND (company IS NULL OR EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL))
    RETURNING true
    $$;
REVOKE ALL ON FUNCTION session_open(bytea, uuid, uuid, boolean, text, interval, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_open(bytea, uuid, uuid, boolean, text, interval, text, text) TO exchange_api;

-- A webhook ends with whoever answers for it: one without such a person is switched off, and none is made.
UPDATE webhook_endpoint SET status = 'disabled', version = version + 1 WHERE person_id IS NULL AND status = 'active';
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE webhook_endpoint ADD CONSTRAINT somebody_answers CHECK (person_id IS NOT NULL OR status = 'disabled'); -- few rows

-- What a passport shows: nothing of a company that has closed, and no paper whose last day is over.
CREATE OR REPLACE FUNCTION passport_file(wanted uuid, paper uuid) RETURNS TABLE (id uuid, name text, media_type text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT x.id, x.name, x.media_type FROM public.passport AS p
    JOIN public.company AS c ON c.id = p.company_id AND c.status IN ('active', 'suspended')
    JOIN public.document AS d ON d.company_id = p.company_id AND d.status = 'verified' AND d.id = paper
        AND (d.expires_at IS NULL OR d.expires_at > public.market_now())
    JOIN public.file AS x ON x.id = d.file_id
    WHERE p.id = wanted AND p.status = 'granted' AND p.until > public.market_now() AND 'documents' = ANY (p.fields)
        AND public.app_company() IN (p.reader_id, p.company_id)
    $$;
CREATE OR REPLACE FUNCTION passport_dossier(wanted uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'identity', CASE WHEN 'identity' = ANY (p.fields) THEN jsonb_build_object('legal_name', c.legal_name, 'country', c.country,
            'registration_id', c.registration_id, 'tax_id', c.tax_id, 'lei', c.lei, 'active_at', c.active_at) END,
        'address', CASE WHEN 'address' = ANY (p.fields) THEN f.address END,
        'region', CASE WHEN 'address' = ANY (p.fields) THEN c.region END,
        'representative', CASE WHEN 'representative' = ANY (p.fields) THEN f.representative END,
        'representative_title', CASE WHEN 'representative' = ANY (p.fields) THEN f.representative_title END,
        'phone', CASE WHEN 'contact' = ANY (p.fields) THEN f.phone END,
        'contact_email', CASE WHEN 'contact' = ANY (p.fields) THEN f.contact_email END,
        'tax', CASE WHEN 'tax' = ANY (p.fields) THEN (SELECT jsonb_build_object('status', t.status, 'checked_on', t.checked_on,
            'source', t.source) FROM public.company_tax_status AS t WHERE t.company_id = c.id) END,
        'bank', CASE WHEN 'bank' = ANY (p.fields) THEN (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'holder', b.holder, 'bank_name',
            b.bank_name, 'number', b.number, 'currency', b.currency, 'verified_at', b.verified_at) ORDER BY b.currency)
            FROM public.bank_account AS b WHERE b.company_id = c.id AND b.status = 'verified') END,
        'documents', CASE WHEN 'documents' = ANY (p.fields) THEN (SELECT jsonb_agg(jsonb_build_object('id', d.id, 'scheme',
            d.scheme, 'number', d.number, 'issuer', d.issuer, 'scope', d.scope, 'valid_until', d.valid_until)
            ORDER BY d.scheme, d.id) FROM public.document AS d WHERE d.company_id = c.id AND d.status = 'verified'
            AND (d.expires_at IS NULL OR d.expires_at > public.market_now())) END,
        'group', CASE WHEN 'group' = ANY (p.fields) THEN (SELECT jsonb_agg(jsonb_build_object('kind', CASE
            WHEN a.company_id = c.id OR a.kind = 'sister' THEN a.kind WHEN a.kind = 'owner' THEN 'subsidiary' ELSE 'owner' END,
            'name', coalesce(a.owner_name, o.legal_name), 'percent', a.percent::text) ORDER BY a.declared_at, a.id)
            FROM public.affiliation AS a LEFT JOIN public.company AS o
                ON o.id = CASE WHEN a.company_id = c.id THEN a.other_id ELSE a.company_id END
            WHERE c.id IN (a.company_id, a.other_id) AND a.status IN ('confirmed', 'end_asked')) END))
    FROM public.passport AS p JOIN public.company AS c ON c.id = p.company_id AND c.status IN ('active', 'suspended')
    JOIN public.company_file AS f ON f.company_id = c.id
    WHERE p.id = wanted AND p.status = 'granted' AND p.until > public.market_now()
        AND public.app_company() IN (p.reader_id, p.company_id)
    $$;

-- How many invitations went to an address today, by company: nobody's mailbox is filled by inviting, revoking and inviting again.
CREATE TABLE invitation_mail (
    address_hash bytea NOT NULL CHECK (length(address_hash) = 32),
    day date NOT NULL,
    company_id uuid NOT NULL REFERENCES company,
    sent smallint NOT NULL CHECK (sent BETWEEN 1 AND 5),
    PRIMARY KEY (address_hash, day, company_id)
);
CREATE INDEX invitation_mail_day ON invitation_mail (day);
ALTER TABLE invitation_mail ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_none ON invitation_mail TO exchange_api USING (false) WITH CHECK (false);

-- One more today: at most five of one company and ten of all. Days of the wall's clock, which no sandbox moves.
CREATE FUNCTION invitation_mail_counted(address text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    hashed bytea := sha256(convert_to(address, 'UTF8'));
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    of_company integer;
    of_all integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('invitation mail ' || encode(hashed, 'hex'), 0));
    DELETE FROM public.invitation_mail AS i WHERE i.day < today - 1 AND i.address_hash <> hashed AND i.ctid IN
        (SELECT o.ctid FROM public.invitation_mail AS o WHERE o.day < today - 1 LIMIT 20 FOR UPDATE SKIP LOCKED);
    SELECT coalesce(sum(i.sent), 0), coalesce(sum(i.sent) FILTER (WHERE i.company_id = public.app_company()), 0)
        INTO of_all, of_company FROM public.invitation_mail AS i WHERE i.address_hash = hashed AND i.day = today;
    IF of_all >= 10 OR of_company >= 5 THEN
        RETURN false;
    END IF;
    INSERT INTO public.invitation_mail AS i VALUES (hashed, today, public.app_company(), 1)
    ON CONFLICT (address_hash, day, company_id) DO UPDATE SET sent = i.sent + 1;
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION invitation_mail_counted(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea, custom uuid[]) RETURNS text
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
    IF NOT public.invitation_mail_counted(lower(address)) THEN
        RETURN 'flood';
    END IF;
    INSERT INTO public.member_invitation (id, company_id, email, roles, own_roles, locale, status, token_hash, invited_by,
        created_at, due_at)
    VALUES (invitation, public.app_company(), lower(address), member_roles, custom, lang, 'pending', hash, public.app_actor(),
        public.market_now(), public.market_now() + interval '7 days')
    ON CONFLICT (company_id, email) WHERE status = 'pending' DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'invited' ELSE 'pending' END;
END
$$;

CREATE OR REPLACE FUNCTION member_invitation_renew(invitation uuid, seen integer, hash bytea, OUT outcome text, OUT was text, OUT new_version integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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
    IF outcome IS NULL AND NOT public.invitation_mail_counted(found.email) THEN
        outcome := 'flood';
    END IF;
    IF outcome IS NULL THEN
        was := found.status;
        UPDATE public.member_invitation AS i SET status = 'pending', token_hash = hash, sends = i.sends + 1,
            version = i.version + 1, invited_by = public.app_actor(), due_at = public.market_now() + interval '7 days'
        WHERE i.id = invitation RETURNING 'renewed', i.version INTO outcome, new_version;
    END IF;
END
$$;

-- As before, and held against what is there: an api process invents neither objects nor rules.
CREATE OR REPLACE FUNCTION case_open(cases jsonb, request text) RETURNS TABLE(object_id uuid, case_id uuid, fresh boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
#variable_conflict use_column
BEGIN
    IF session_user = 'exchange_api' AND NOT public.app_operator() AND EXISTS (
            SELECT FROM jsonb_to_recordset(cases) AS c (company_id uuid)
            WHERE c.company_id IS DISTINCT FROM public.app_company()) THEN
        RAISE EXCEPTION 'a company opens cases about itself alone' USING ERRCODE = 'EX003';
    END IF;
    -- What an api process reports is about a listing or message of the acting company, found by rules that there are.
    IF session_user = 'exchange_api' AND NOT public.app_operator() AND EXISTS (
            SELECT FROM jsonb_to_recordset(cases) AS c (kind text, object_id uuid, hits jsonb)
            WHERE NOT CASE c.kind
                WHEN 'offer' THEN EXISTS (SELECT FROM public.offer AS o
                    WHERE o.id = c.object_id AND o.company_id = public.app_company())
                WHEN 'message' THEN EXISTS (SELECT FROM public.message AS o
                    WHERE o.id = c.object_id AND o.company_id = public.app_company())
                ELSE false END
            OR jsonb_array_length(c.hits) = 0
            OR EXISTS (SELECT FROM jsonb_array_elements(c.hits) AS h
                WHERE NOT EXISTS (SELECT FROM public.screening_rule AS r WHERE r.code = h ->> 'rule'))) THEN
        RAISE EXCEPTION 'a case says what a rule found in an own object' USING ERRCODE = 'EX003';
    END IF;
    RETURN QUERY
    WITH asked AS (
        SELECT c.id, c.event_id, c.kind, c.object_id, c.company_id, c.hits, c.due_hours
        FROM jsonb_to_recordset(cases) AS c (id uuid, event_id uuid, kind text, object_id uuid, company_id uuid, hits jsonb,
            due_hours integer)
    ), written AS (
        INSERT INTO public.moderation_case AS m (id, kind, object_id, company_id, hits, opened_at, due_at)
        SELECT a.id, a.kind, a.object_id, a.company_id, a.hits, public.market_now(),
            public.market_now() + make_interval(hours => a.due_hours)
        FROM asked AS a ORDER BY a.object_id
        ON CONFLICT (kind, object_id) WHERE status <> 'decided'
        DO UPDATE SET hits = excluded.hits, version = m.version + 1
        RETURNING m.id, m.kind, m.object_id, m.status, m.version
    ), recorded AS (
        INSERT INTO public.event (id, type, aggregate, aggregate_id, version, actor_id, request_id, from_state, to_state, at,
            payload)
        SELECT a.event_id, CASE WHEN w.version = 1 THEN 'case.opened' ELSE 'case.renewed' END, 'case', w.id, w.version,
            public.app_actor(), request, CASE WHEN w.version > 1 THEN w.status END, w.status, public.market_now(),
            jsonb_build_object('kind', w.kind, 'object_id', w.object_id)
        FROM written AS w JOIN asked AS a USING (kind, object_id)
    )
    SELECT w.object_id, w.id, w.version = 1 FROM written AS w;
END
$$;

-- The name that operators saw when they let the company in; another one since is a flag of theirs.
ALTER TABLE company ADD COLUMN verified_name text;
UPDATE company SET verified_name = display_name WHERE status IN ('active', 'suspended');
CREATE FUNCTION company_keeps_its_verified_name() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.verified_name := CASE
        WHEN TG_OP = 'INSERT' THEN CASE WHEN NEW.status = 'active' THEN NEW.display_name END
        WHEN NEW.status = 'active' AND OLD.status NOT IN ('active', 'suspended') THEN NEW.display_name
        ELSE OLD.verified_name END;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION company_keeps_its_verified_name() FROM PUBLIC;
CREATE TRIGGER verified_name BEFORE INSERT OR UPDATE ON company FOR EACH ROW EXECUTE FUNCTION company_keeps_its_verified_name();

-- Who reads the market does not read the own company's people and accounts by that: a permission of its own, which every role
-- of a company's own that read the market keeps. Keys name it when they need it.
INSERT INTO grantable_permission (name) VALUES ('company.read') ON CONFLICT DO NOTHING;
INSERT INTO company_role_permission (company_id, role_id, permission)
SELECT p.company_id, p.role_id, 'company.read' FROM company_role_permission AS p WHERE p.permission = 'market.read'
ON CONFLICT DO NOTHING;

-- With a person goes what was written about how they proved who they are.
CREATE FUNCTION removal_goes_with_the_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.factor_removal AS r WHERE r.person_id = NEW.id;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION removal_goes_with_the_person() FROM PUBLIC;
CREATE TRIGGER removal_goes AFTER UPDATE OF erased_at ON person FOR EACH ROW
    WHEN (NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL) EXECUTE FUNCTION removal_goes_with_the_person();
