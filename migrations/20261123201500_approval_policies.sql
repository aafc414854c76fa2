-- migrate:up
-- A company has few requests at a time, so the checks and indexes below hold their table for milliseconds.
-- squawk-ignore-file ban-drop-not-null, ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-deletion, require-concurrent-index-creation
-- Who must agree to what: policies by kind of commitment, their requests with the tier that was pinned, and every decision.

-- The newest version of a kind is active, or nothing waits. `tiers` is the checked document of exchange/domain/approval: from
-- which gross value in the company's base currency, which steps in which order, and whose opinion is asked.
CREATE TABLE approval_policy (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES company,
    kind text NOT NULL CHECK (kind IN ('rfq', 'award', 'contract', 'order', 'call_off', 'price_list', 'bank_account')),
    version integer NOT NULL CHECK (version > 0),
    active boolean NOT NULL,
    currency text NOT NULL REFERENCES currency,
    tiers jsonb NOT NULL CHECK (jsonb_typeof(tiers) = 'array'),
    -- Null: the exchange itself, from the limit that stood before.
    changed_by uuid,
    changed_at timestamptz NOT NULL,
    UNIQUE (company_id, kind, version),
    CHECK (NOT active OR jsonb_array_length(tiers) > 0)
);
CREATE UNIQUE INDEX approval_policy_active ON approval_policy (company_id, kind) WHERE active;

ALTER TABLE approval_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON approval_policy FOR SELECT TO exchange_api USING (company_id = app_company());
CREATE POLICY worker_read ON approval_policy FOR SELECT TO exchange_worker USING (true);
GRANT SELECT ON approval_policy TO exchange_api, exchange_worker;

-- The only way to a new version: an owner or administrator who has seen the newest. Null: another one was newer.
CREATE FUNCTION approval_policy_put(policy uuid, wanted text, seen integer, new_tiers jsonb) RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    base text;
    newest integer;
BEGIN
    PERFORM FROM public.membership AS m WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor()
        AND m.ended_at IS NULL AND m.roles && ARRAY['owner', 'admin'] FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an owner or admin changes who must agree' USING ERRCODE = 'EX003';
    END IF;
    SELECT c.base_currency INTO base FROM public.company AS c WHERE c.id = public.app_company() FOR NO KEY UPDATE;
    SELECT coalesce(max(p.version), 0) INTO newest FROM public.approval_policy AS p
    WHERE p.company_id = public.app_company() AND p.kind = wanted;
    IF newest <> seen THEN
        RETURN NULL;
    END IF;
    UPDATE public.approval_policy AS p SET active = false
    WHERE p.company_id = public.app_company() AND p.kind = wanted AND p.active;
    INSERT INTO public.approval_policy (id, company_id, kind, version, active, currency, tiers, changed_by, changed_at)
    VALUES (policy, public.app_company(), wanted, newest + 1, jsonb_array_length(new_tiers) > 0, base, new_tiers,
        public.app_actor(), public.market_now());
    RETURN newest + 1;
END
$$;
REVOKE ALL ON FUNCTION approval_policy_put(uuid, text, integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION approval_policy_put(uuid, text, integer, jsonb) TO exchange_api;

-- The limit of a company was one rule: above it, an owner or approver other than the requester. It becomes a policy.
INSERT INTO approval_policy (id, company_id, kind, version, active, currency, tiers, changed_at)
SELECT gen_random_uuid(), f.company_id, k.kind, 1, true, c.base_currency,
    jsonb_build_array(jsonb_build_object('from_minor', f.approval_limit_minor + 1, 'steps',
        '[{"mode": "any", "count": 1, "roles": ["owner", "approver"], "people": []}]'::jsonb,
        'opinion_roles', '[]'::jsonb, 'opinion_people', '[]'::jsonb)), market_now()
FROM company_file AS f JOIN company AS c ON c.id = f.company_id CROSS JOIN (VALUES ('award'), ('order')) AS k (kind)
WHERE f.approval_limit_minor IS NOT NULL;

-- What a request was asked under stands with it: later versions of the policy change nothing of it.
ALTER TABLE approval_request
    ADD COLUMN policy_version integer,
    ADD COLUMN from_minor bigint,
    ADD COLUMN why text NOT NULL DEFAULT 'value' CHECK (why IN ('value', 'currency', 'unknown', 'default')),
    ADD COLUMN steps jsonb NOT NULL
        DEFAULT '[{"mode": "any", "count": 1, "roles": ["owner", "approver"], "people": []}]' CHECK (jsonb_typeof(steps) = 'array'),
    ADD COLUMN opinion_roles jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(opinion_roles) = 'array'),
    ADD COLUMN opinion_people jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(opinion_people) = 'array'),
    ADD COLUMN step smallint NOT NULL DEFAULT 1,
    ADD COLUMN remind_at timestamptz,
    ADD COLUMN escalate_at timestamptz,
    ADD COLUMN escalated_at timestamptz,
    -- What it is about waits no longer than this.
    ADD COLUMN until timestamptz,
    -- An owner without a policy decided on their own request.
    ADD COLUMN own boolean NOT NULL DEFAULT false;
UPDATE approval_request SET policy_version = 1, remind_at = requested_at + (due_at - requested_at) / 4,
    escalate_at = requested_at + (due_at - requested_at) / 2;
ALTER TABLE approval_request
    ALTER COLUMN gross_minor DROP NOT NULL,
    DROP CONSTRAINT approval_request_kind_check,
    ADD CONSTRAINT approval_request_kind_check
        CHECK (kind IN ('rfq', 'award', 'contract', 'order', 'call_off', 'price_list', 'bank_account')),
    DROP CONSTRAINT approval_request_check,
    ADD CONSTRAINT approval_request_check CHECK (decided_by IS NULL OR status = 'recalled' OR decided_by <> requested_by OR own),
    ADD CONSTRAINT approval_own CHECK (NOT own OR policy_version IS NULL),
    ADD CONSTRAINT approval_step CHECK (step BETWEEN 1 AND jsonb_array_length(steps)),
    ADD CONSTRAINT approval_value CHECK (gross_minor IS NOT NULL OR why = 'unknown');
-- Both parties of a contract may each ask their own people.
DROP INDEX approval_one_pending;
CREATE UNIQUE INDEX approval_one_pending ON approval_request (object_id, company_id) WHERE status = 'pending';
CREATE INDEX approval_remind ON approval_request (remind_at) WHERE status = 'pending';
CREATE INDEX approval_escalate ON approval_request (escalate_at) WHERE status = 'pending';
-- Columns that change after a request is written; what was asked is frozen for every process.
REVOKE UPDATE ON approval_request FROM exchange_api, exchange_worker;
GRANT UPDATE (status, version, decided_by, decided_at, comment, due_at, step, remind_at, escalate_at, escalated_at, own)
    ON approval_request TO exchange_api, exchange_worker;
GRANT INSERT ON approval_request TO exchange_worker;

-- Every yes and no of a step, and (step 0) every opinion. `principal_id` is whose voice it is: the person's own, or that of the
-- absent colleague for whom the person decides.
CREATE TABLE approval_decision (
    request_id uuid NOT NULL REFERENCES approval_request,
    step smallint NOT NULL CHECK (step >= 0),
    person_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    company_id uuid NOT NULL REFERENCES company,
    decision text NOT NULL CHECK (decision IN ('approve', 'reject', 'favour', 'against')),
    comment text NOT NULL DEFAULT '',
    -- An owner's, after the time of those who were asked had passed.
    escalated boolean NOT NULL DEFAULT false,
    at timestamptz NOT NULL,
    PRIMARY KEY (request_id, step, person_id),
    UNIQUE (request_id, step, principal_id),
    CHECK ((step = 0) = (decision IN ('favour', 'against')))
);
ALTER TABLE approval_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON approval_decision FOR SELECT TO exchange_api USING (company_id = app_company());
CREATE POLICY api_insert ON approval_decision FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND person_id = app_actor());
CREATE POLICY worker_read ON approval_decision FOR SELECT TO exchange_worker USING (true);
GRANT SELECT, INSERT ON approval_decision TO exchange_api;
GRANT SELECT ON approval_decision TO exchange_worker;

-- The approver said yes on the old rule: one decision of one step.
INSERT INTO approval_decision (request_id, step, person_id, principal_id, company_id, decision, comment, at)
SELECT a.id, 1, a.decided_by, a.decided_by, a.company_id, CASE a.status WHEN 'approved' THEN 'approve' ELSE 'reject' END,
    a.comment, a.decided_at
FROM approval_request AS a WHERE a.status IN ('approved', 'rejected') AND a.decided_by IS NOT NULL;

-- A decision is about the step that waits now; nobody has a voice in their own request, nor speaks for the requester.
CREATE FUNCTION approval_decision_stands() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked public.approval_request%ROWTYPE;
BEGIN
    SELECT * INTO asked FROM public.approval_request AS a WHERE a.id = NEW.request_id FOR SHARE;
    IF asked.status <> 'pending' OR asked.company_id <> NEW.company_id OR NEW.step NOT IN (0, asked.step)
        OR (asked.requested_by IN (NEW.person_id, NEW.principal_id) AND NEW.step > 0
            AND NOT (asked.policy_version IS NULL AND NEW.person_id = NEW.principal_id)) THEN
        RAISE EXCEPTION 'this decision is not asked for' USING ERRCODE = 'EX020';
    END IF;
    IF NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = NEW.company_id AND m.person_id = NEW.person_id
            AND m.ended_at IS NULL) THEN
        RAISE EXCEPTION 'only a colleague decides' USING ERRCODE = 'EX020';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER approval_decision_stands BEFORE INSERT ON approval_decision FOR EACH ROW
    EXECUTE FUNCTION approval_decision_stands();

-- Approved is a request whose every step has the voices that it asks for, or an owner's after it was escalated.
CREATE FUNCTION approval_is_earned() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM jsonb_array_elements(NEW.steps) WITH ORDINALITY AS s (rule, place)
        WHERE (s.place < NEW.step OR NEW.status = 'approved') AND NOT EXISTS (
            SELECT FROM public.approval_decision AS d
            WHERE d.request_id = NEW.id AND d.step = s.place AND d.decision = 'approve'
            HAVING count(*) >= (s.rule ->> 'count')::integer OR bool_or(d.escalated))) THEN
        RAISE EXCEPTION 'an approval has the voices that its policy asks for' USING ERRCODE = 'EX021';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER approval_is_earned BEFORE UPDATE OF status, step ON approval_request FOR EACH ROW
    WHEN (OLD.status = 'pending' AND (NEW.status = 'approved' OR NEW.step <> OLD.step)) EXECUTE FUNCTION approval_is_earned();
REVOKE ALL ON FUNCTION approval_decision_stands(), approval_is_earned() FROM PUBLIC;

-- When somebody is away, and who decides instead.
CREATE TABLE absence (
    id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    company_id uuid NOT NULL REFERENCES company,
    person_id uuid NOT NULL,
    deputy_id uuid,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    set_by uuid NOT NULL,
    ended_at timestamptz,
    CHECK (deputy_id IS NULL OR deputy_id <> person_id),
    CHECK (ends_at > starts_at)
);
CREATE INDEX absence_company ON absence (company_id, ends_at) WHERE ended_at IS NULL;
ALTER TABLE absence ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON absence TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company());
CREATE POLICY worker_read ON absence FOR SELECT TO exchange_worker USING (true);
GRANT SELECT, INSERT ON absence TO exchange_api;
GRANT UPDATE (version, ended_at) ON absence TO exchange_api;
GRANT SELECT ON absence TO exchange_worker;
