-- The schema that the migrations make together: generated, read it, do not edit it.
-- Renewed by `python -m tests.rules.snapshot --write`; the reasons stand in the migrations themselves.

CREATE FUNCTION public.above_limit(limit_minor bigint, base text, currency text, gross_minor bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((limit_minor IS NOT NULL) AND ((base <> currency) OR (gross_minor > limit_minor)));

CREATE FUNCTION public.access_log_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    RAISE EXCEPTION 'the access log is never changed' USING ERRCODE = 'EX002';
END
$$;

CREATE FUNCTION public.affiliation_regroup() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    touched uuid[];
    members uuid[];
    one uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('groups', 0));
    -- Everybody of the groups before, and the two sides.
    SELECT array_agg(DISTINCT c.id) INTO touched FROM public.company AS c
    WHERE c.id IN (new.company_id, new.other_id) OR c.group_id IN (
        SELECT x.group_id FROM public.company AS x WHERE x.id IN (new.company_id, new.other_id));
    SELECT array_agg(DISTINCT x) INTO touched FROM (
        SELECT unnest(touched) AS x UNION SELECT public.group_reach(new.company_id)) AS y;
    WHILE cardinality(touched) > 0 LOOP
        one := touched[1];
        SELECT array_agg(r ORDER BY r) INTO members FROM public.group_reach(one) AS r;
        UPDATE public.company AS c SET group_id = CASE WHEN cardinality(members) > 1 THEN members[1] END
        WHERE c.id = ANY (members) AND c.group_id IS DISTINCT FROM CASE WHEN cardinality(members) > 1 THEN members[1] END;
        SELECT coalesce(array_agg(t), '{}') INTO touched FROM unnest(touched) AS t WHERE t <> ALL (members);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.affiliation_steps() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF old.status || ' ' || new.status NOT IN ('declared confirmed', 'declared refused', 'declared withdrawn',
        'confirmed end_asked', 'end_asked ended', 'end_asked confirmed') THEN
        RAISE EXCEPTION 'an affiliation that is % does not become %', old.status, new.status USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;

CREATE FUNCTION public.an_administrator_stays() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('administrators', 0));
    IF NOT EXISTS (SELECT FROM public.person AS p WHERE p.id <> OLD.id AND 'administrator' = ANY (p.operator_roles)
            AND p.erased_at IS NULL) THEN
        RAISE EXCEPTION 'the exchange keeps an administrator' USING ERRCODE = 'EX031';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.app_actor() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('app.actor'::text, true), ''::text))::uuid;

CREATE FUNCTION public.app_company() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('app.company'::text, true), ''::text))::uuid;

CREATE FUNCTION public.app_operator() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NOT (current_setting('app.operator'::text, true) IS DISTINCT FROM 'on'::text));

CREATE FUNCTION public.app_viewing() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NOT (current_setting('app.viewing'::text, true) IS DISTINCT FROM 'on'::text));

CREATE FUNCTION public.application_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    NEW.warn_at := NEW.saved_at + interval '76 days';
    NEW.delete_at := NULL;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.approval_decision_stands() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.approval_is_earned() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.approval_policy_put(policy uuid, wanted text, seen integer, new_tiers jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
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

CREATE FUNCTION public.authorisation_ends_with_its_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.bank_account_policy_applies() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    new.by_policy := EXISTS (SELECT FROM public.company AS c WHERE c.id = new.company_id AND c.active_at IS NOT NULL)
        AND EXISTS (SELECT FROM public.approval_policy AS p WHERE p.company_id = new.company_id AND p.kind = 'bank_account'
            AND p.active AND jsonb_array_length(p.tiers) > 0);
    RETURN new;
END
$$;

CREATE FUNCTION public.bank_account_steps() RETURNS trigger
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

CREATE FUNCTION public.case_appeal(appealed uuid, appeal uuid, words text, due_hours integer, OUT outcome text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    before public.moderation_case;
BEGIN
    SELECT m.* INTO before FROM public.moderation_case AS m
    WHERE m.id = appealed AND m.company_id = public.app_company() FOR UPDATE;
    outcome := CASE
        WHEN before.id IS NULL OR before.outcome IS DISTINCT FROM 'rejected' OR before.kind IN ('appeal', 'flag', 'message')
            THEN 'unknown'
        WHEN EXISTS (SELECT FROM public.moderation_case AS m WHERE m.appeal_of = appealed) THEN 'again'
        WHEN before.decided_at + interval '14 days' < public.market_now() THEN 'late'
        ELSE 'opened' END;
    IF outcome = 'opened' THEN
        INSERT INTO public.moderation_case (id, kind, object_id, company_id, hits, appeal_of, appeal_text, not_by, opened_at,
            due_at)
        VALUES (appeal, 'appeal', before.object_id, before.company_id, before.hits, before.id, words, before.decided_by,
            public.market_now(), public.market_now() + make_interval(hours => due_hours));
    END IF;
END
$$;

CREATE FUNCTION public.case_drop(of_kind text, object uuid, event uuid, request text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH dropped AS (
        UPDATE public.moderation_case AS m SET status = 'decided', outcome = 'dropped', decided_at = public.market_now(),
            version = m.version + 1
        WHERE m.kind = of_kind AND m.object_id = object AND m.status <> 'decided'
            AND (session_user <> 'exchange_api' OR public.app_operator() OR m.company_id = public.app_company())
        RETURNING m.id, m.version
    ), recorded AS (
        INSERT INTO public.event (id, type, aggregate, aggregate_id, version, actor_id, request_id, to_state, at)
        SELECT event, 'case.dropped', 'case', d.id, d.version, public.app_actor(), request, 'decided', public.market_now()
        FROM dropped AS d
    )
    SELECT EXISTS (SELECT FROM dropped)
    $$;

CREATE FUNCTION public.case_open(cases jsonb, request text) RETURNS TABLE(object_id uuid, case_id uuid, fresh boolean)
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

CREATE FUNCTION public.ceremony_open(id uuid, kind text, person uuid, payload bytea, lifetime interval) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    DELETE FROM public.ceremony AS c WHERE c.id IN
        (SELECT o.id FROM public.ceremony AS o WHERE o.expires_at < clock_timestamp() LIMIT 20 FOR UPDATE SKIP LOCKED);
    INSERT INTO public.ceremony VALUES (id, kind, person, payload, clock_timestamp() + lifetime);
    $$;

CREATE FUNCTION public.ceremony_take(wanted uuid, wanted_kind text) RETURNS TABLE(person_id uuid, payload bytea)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    DELETE FROM public.ceremony AS c WHERE c.id = wanted AND c.kind = wanted_kind AND c.expires_at > clock_timestamp()
    RETURNING c.person_id, c.payload
    $$;

CREATE FUNCTION public.closing_by_its_side() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    PERFORM public.only_side(CASE
        WHEN TG_OP = 'INSERT' THEN NEW.proposed_by_company
        WHEN OLD.proposed_by_company = OLD.buyer_id THEN OLD.seller_id ELSE OLD.buyer_id END);
    RETURN NEW;
END
$$;

CREATE FUNCTION public.company_badges(wanted uuid, OUT identity_verified boolean, OUT tax_checked boolean, OUT bank_verified boolean, OUT certificates integer) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT EXISTS (SELECT FROM public.company AS c WHERE c.id = wanted AND c.status IN ('active', 'suspended')
            AND c.active_at IS NOT NULL),
        EXISTS (SELECT FROM public.company_tax_status AS t WHERE t.company_id = wanted AND t.status = 'active'
            AND t.checked_at > public.market_now() - interval '400 days'),
        EXISTS (SELECT FROM public.bank_account AS b WHERE b.company_id = wanted AND b.status = 'verified'),
        (SELECT count(*)::integer FROM public.document AS d WHERE d.company_id = wanted AND d.certificate
            AND d.status = 'verified' AND (d.expires_at IS NULL OR d.expires_at > public.market_now()))
    $$;

CREATE FUNCTION public.company_closes() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    NEW.closed_at := public.market_now();
    RETURN NEW;
END
$$;

CREATE FUNCTION public.company_identity_is_checked() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF current_user = 'exchange_api' AND (old.id IS DISTINCT FROM public.app_company()
        OR old.status NOT IN ('draft', 'changes_requested')) THEN
        RAISE EXCEPTION 'identity changes in an application only' USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;

CREATE FUNCTION public.company_keeps_its_verified_name() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    NEW.verified_name := CASE
        WHEN TG_OP = 'INSERT' THEN CASE WHEN NEW.status = 'active' THEN NEW.display_name END
        WHEN NEW.status = 'active' AND OLD.status NOT IN ('active', 'suspended') THEN NEW.display_name
        ELSE OLD.verified_name END;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.company_key_first(company uuid, master text, print bytea, sealed bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    INSERT INTO public.master_key (id, fingerprint) VALUES (master, print) ON CONFLICT (id) DO NOTHING;
    IF NOT EXISTS (SELECT FROM public.master_key AS m WHERE m.id = master AND m.fingerprint = print) THEN
        RAISE EXCEPTION 'another master key has this name' USING ERRCODE = 'EX004';
    END IF;
    INSERT INTO public.company_key (company_id, key_no, master_id, wrapped) VALUES (company, 1, master, sealed)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

CREATE FUNCTION public.company_key_of(company uuid, number integer) RETURNS TABLE(key_no integer, master_id text, wrapped bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT k.key_no, k.master_id, k.wrapped FROM public.company_key AS k
    WHERE k.company_id = company
        AND CASE WHEN number IS NULL THEN k.retired_at IS NULL AND k.destroyed_at IS NULL ELSE k.key_no = number END
    $$;

CREATE FUNCTION public.company_obligations(wanted uuid) RETURNS TABLE(what text, how_many bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT x.what, sum(x.how_many)::bigint FROM (
        SELECT 'orders' AS what, count(*) AS how_many FROM public.purchase_order AS o
        WHERE wanted IN (o.buyer_id, o.seller_id) AND o.status IN ('draft', 'pending_approval', 'placed', 'confirmed', 'in_progress')
        UNION ALL
        SELECT 'contracts', count(*) FROM public.contract AS k
        WHERE wanted IN (k.buyer_id, k.seller_id) AND k.status NOT IN ('completed', 'refused', 'terminated')
        UNION ALL
        -- Selected, and its contract is still to be drafted by a job.
        SELECT 'contracts', count(*) FROM public.award AS w
        WHERE wanted IN (w.buyer_id, w.seller_id) AND w.status = 'binding'
            AND NOT EXISTS (SELECT FROM public.contract AS k WHERE k.award_id = w.id)
        UNION ALL
        SELECT 'requests', count(*) FROM public.rfq AS r
        WHERE r.buyer_id = wanted AND r.status IN ('pending_approval', 'open', 'deadline_passed', 'evaluating', 'award_pending')
        UNION ALL
        SELECT 'quotations', count(*) FROM public.quote AS q
        WHERE q.seller_id = wanted AND q.status IN ('submitted', 'opened', 'needs_confirmation', 'shortlisted', 'part_awarded')
        UNION ALL
        SELECT 'listings', count(*) FROM public.offer AS f
        WHERE f.company_id = wanted AND f.status IN ('live', 'paused', 'in_review')
        UNION ALL
        SELECT 'money', count(*) FROM public.ledger_account AS a
        WHERE a.company_id = wanted AND (a.balance_minor <> 0 OR a.held_minor <> 0)
        UNION ALL
        SELECT 'deposits', count(*) FROM public.deposit AS d WHERE d.company_id = wanted AND d.status = 'entered'
    ) AS x
    WHERE x.how_many > 0 AND (public.app_operator() OR public.app_company() = wanted)
    GROUP BY x.what
    $$;

CREATE FUNCTION public.company_people() RETURNS TABLE(person_id uuid, name text, email text, locale text, roles text[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT p.id, p.name, p.email, p.locale, m.roles
    FROM public.membership AS m JOIN public.person AS p ON p.id = m.person_id
    WHERE m.company_id = public.app_company() AND m.ended_at IS NULL ORDER BY p.name, p.id
    $$;

CREATE FUNCTION public.company_record(wanted uuid, OUT capabilities text[], OUT deals bigint, OUT deliveries bigint, OUT on_time_percent integer, OUT reviews bigint, OUT rating numeric) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT c.capabilities, sold.n + bought.n, CASE WHEN arrived.n >= 4 THEN arrived.n END,
        CASE WHEN arrived.n >= 4 THEN round(100.0 * arrived.in_time / arrived.n)::integer END, said.n, said.rating
    FROM public.company AS c
    CROSS JOIN LATERAL (SELECT count(*) AS n FROM public.purchase_order AS o
        WHERE o.seller_id = c.id AND o.status = 'completed') AS sold
    CROSS JOIN LATERAL (SELECT count(*) AS n FROM public.purchase_order AS o
        WHERE o.buyer_id = c.id AND o.status = 'completed') AS bought
    CROSS JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE d.arrived_at <= o.confirmed_at + make_interval(days => o.days))
            AS in_time
        FROM (SELECT x.id, x.confirmed_at, (SELECT max((line ->> 'deliver_within_days')::integer)
                FROM jsonb_array_elements(x.delivery -> 'lines') AS line) AS days
            FROM public.purchase_order AS x WHERE x.seller_id = c.id AND x.status = 'completed'
            ORDER BY x.completed_at DESC LIMIT 500) AS o
        JOIN public.delivery AS d ON d.order_id = o.id
        WHERE d.arrived_at IS NOT NULL AND o.days IS NOT NULL) AS arrived
    CROSS JOIN LATERAL (SELECT count(*) AS n, round(avg(r.score), 1) AS rating FROM public.review AS r
        WHERE r.subject_company_id = c.id AND r.status = 'published') AS said
    WHERE c.id = wanted AND (c.status IN ('active', 'suspended', 'closed') OR c.id = public.app_company() OR public.app_operator())
    $$;

CREATE FUNCTION public.company_standing_is_given() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    step text := old.status || ' ' || new.status;
BEGIN
    IF current_user <> 'exchange_api' THEN
        RETURN new;
    END IF;
    IF NOT public.app_operator() AND ((step NOT IN ('draft applied', 'changes_requested in_review', 'active closed'))
        OR (old.active_at, old.suspended_until) IS DISTINCT FROM (new.active_at, new.suspended_until)) THEN
        RAISE EXCEPTION 'only an operator changes the standing of a company' USING ERRCODE = 'EX003';
    END IF;
    IF step = 'in_review active' AND (SELECT count(*) FROM public.company_check AS k WHERE k.company_id = new.id
            AND k.result = 'ok' AND k.field <> 'documents') < 6 THEN
        RAISE EXCEPTION 'a company is a member once every field is right' USING ERRCODE = 'EX003';
    END IF;
    IF step = 'suspended active' AND EXISTS (SELECT FROM public.suspension AS s
            WHERE s.company_id = new.id AND s.lifted_at IS NULL) THEN
        RAISE EXCEPTION 'two operators lift a suspension' USING ERRCODE = 'EX003';
    END IF;
    IF new.status = 'closed' AND EXISTS (SELECT FROM public.company_obligations(new.id)) THEN
        RAISE EXCEPTION 'a company closes when nothing is open' USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;

CREATE FUNCTION public.company_standing_is_held() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    PERFORM public.hold_standing(new.id);
    RETURN new;
END
$$;

CREATE FUNCTION public.consume_capacity(wanted uuid, quantity numeric) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    UPDATE public.offer AS o SET available = o.available - quantity, taken = o.taken + quantity
    WHERE o.id = wanted AND o.available >= quantity AND quantity > 0;
    RETURN FOUND;
END
$$;

CREATE FUNCTION public.contract_is_of_its_award() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.award AS a WHERE a.id = NEW.award_id AND a.status = 'binding' AND a.rfq_id = NEW.rfq_id
            AND a.buyer_id = NEW.buyer_id AND a.seller_id = NEW.seller_id AND a.currency = NEW.currency
            AND a.gross_minor = NEW.gross_minor) THEN
        RAISE EXCEPTION 'a contract says what was awarded' USING ERRCODE = 'EX010';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.contract_needs_both_signatures() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF NEW.kind = 'signed' AND NEW.status = 'active' AND (
        SELECT count(*) FROM public.contract_signature AS s
        WHERE s.contract_id = NEW.id AND s.digest = NEW.digest AND s.company_id IN (NEW.buyer_id, NEW.seller_id)) <> 2 THEN
        RAISE EXCEPTION 'a signed contract needs both signatures over one digest' USING ERRCODE = 'EX005';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.body <> OLD.body AND OLD.status NOT IN ('draft', 'changes_requested') THEN
        RAISE EXCEPTION 'the text of a contract is frozen' USING ERRCODE = 'EX006';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.contract_waits_for_its_people() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM public.approval_request AS a WHERE a.object_id = NEW.id AND a.status = 'pending') THEN
        RAISE EXCEPTION 'the people of a party have not agreed yet' USING ERRCODE = 'EX022';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.ctx(company uuid, actor uuid, operator boolean, standing text) RETURNS void
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

CREATE FUNCTION public.deal_parties(seller uuid, currency text, gross_minor bigint) RETURNS TABLE(id uuid, status text, legal_name text, country text, profile text, registration_id text, tax_id text, address text, representative text, representative_title text, above_signing_limit boolean, needs_approval boolean, shared_person boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $_$
    SELECT c.id, c.status, c.legal_name, c.country, c.profile, c.registration_id, c.tax_id, f.address, f.representative,
        f.representative_title,
        public.above_limit(f.signing_limit_minor, c.base_currency, $2, $3),
        c.id = public.app_company() AND public.above_limit(f.approval_limit_minor, c.base_currency, $2, $3),
        c.id = $1 AND EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = $1 AND m.person_id = public.app_actor() AND m.ended_at IS NULL)
    FROM public.company AS c JOIN public.company_file AS f ON f.company_id = c.id
    WHERE c.id IN ($1, public.app_company())
    $_$;

CREATE FUNCTION public.delivery_by_its_side() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    PERFORM public.only_side(CASE WHEN TG_OP = 'INSERT' THEN NEW.seller_id ELSE NEW.buyer_id END);
    RETURN NEW;
END
$$;

CREATE FUNCTION public.device_seen(device bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    INSERT INTO public.company_mark (company_id, kind, hash)
    SELECT m.company_id, 'device', device FROM public.membership AS m
    WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor() AND m.ended_at IS NULL
    ON CONFLICT DO NOTHING RETURNING true
    $$;

CREATE FUNCTION public.erasure_ask(request uuid, wanted uuid, wait interval) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    who public.person;
    for_company boolean;
    outcome text;
BEGIN
    SELECT p.* INTO who FROM public.person AS p WHERE p.id = wanted FOR UPDATE;
    for_company := NOT public.app_operator() AND wanted <> public.app_actor();
    outcome := CASE
        WHEN who.id IS NULL OR who.erased_at IS NOT NULL THEN 'unknown'
        WHEN for_company AND NOT (
            EXISTS (SELECT FROM public.membership AS a WHERE a.company_id = public.app_company()
                AND a.person_id = public.app_actor() AND a.ended_at IS NULL AND 'owner' = ANY (a.roles))
            AND EXISTS (SELECT FROM public.membership AS f WHERE f.company_id = public.app_company()
                AND f.person_id = wanted AND f.ended_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM public.membership AS e WHERE e.person_id = wanted AND e.ended_at IS NULL))
            THEN 'unknown'
        WHEN cardinality(who.operator_roles) > 0 THEN CASE WHEN for_company THEN 'unknown' ELSE 'operator' END
        WHEN public.is_last_owner(wanted) THEN 'last_owner'
        ELSE 'asked' END;
    IF outcome = 'asked' THEN
        INSERT INTO public.erasure_request (id, person_id, asked_by, company_id, status, asked_at, due_at)
        VALUES (request, wanted, public.app_actor(), CASE WHEN for_company THEN public.app_company() END, 'waiting',
            public.market_now(), public.market_now() + wait)
        ON CONFLICT (person_id) WHERE status = 'waiting' DO NOTHING;
        IF NOT FOUND THEN
            outcome := 'waiting';
        END IF;
    END IF;
    RETURN outcome;
END
$$;

CREATE FUNCTION public.event_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.position IS NULL AND NEW.position IS NOT NULL
        AND (to_jsonb(NEW) - 'position' - 'hash') = (to_jsonb(OLD) - 'position' - 'hash') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an event is never changed' USING ERRCODE = 'EX002';
END
$$;

CREATE FUNCTION public.event_position_at(moment timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    low bigint := 0;
    high bigint := coalesce((SELECT max(e.position) FROM public.event AS e), 0);
    middle bigint;
BEGIN
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT e.at FROM public.event AS e WHERE e.position = middle) <= moment THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

CREATE FUNCTION public.event_shown(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT EXISTS (SELECT FROM public.event AS e WHERE e.id = wanted
        AND (e.company_id = public.app_company() OR public.app_company() = ANY (e.audience)))
    $$;

CREATE FUNCTION public.factor_removal_ask(request uuid, wanted uuid, why text, shown text, hash bytea, wait interval) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    PERFORM FROM public.person AS p WHERE p.id = wanted AND p.erased_at IS NULL FOR UPDATE;
    IF NOT FOUND OR NOT public.app_operator() THEN
        RETURN 'unknown';
    END IF;
    IF wanted = public.app_actor() THEN
        RETURN 'own';
    END IF;
    IF NOT EXISTS (SELECT FROM public.second_factor AS f WHERE f.person_id = wanted AND f.confirmed_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM public.passkey AS k WHERE k.person_id = wanted) THEN
        RETURN 'none';
    END IF;
    INSERT INTO public.factor_removal (id, person_id, reason, proof, status, stop_hash, asked_by, due_at)
    VALUES (request, wanted, why, shown, 'asked', hash, public.app_actor(), clock_timestamp() + wait)
    ON CONFLICT (person_id) WHERE status IN ('asked', 'confirmed') DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'asked' ELSE 'open' END;
END
$$;

CREATE FUNCTION public.factor_removal_confirm(request uuid) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    UPDATE public.factor_removal AS r SET status = 'confirmed', version = r.version + 1, confirmed_by = public.app_actor(),
        confirmed_at = n.now, due_at = n.now + interval '24 hours'
    FROM (SELECT clock_timestamp() AS now) AS n
    WHERE r.id = request AND r.status = 'asked' AND r.due_at > n.now AND public.app_operator()
        AND public.app_actor() NOT IN (r.asked_by, r.person_id)
    RETURNING r.version
    $$;

CREATE FUNCTION public.factor_removal_end(request uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    due public.factor_removal;
BEGIN
    SELECT r.* INTO due FROM public.factor_removal AS r WHERE r.id = request FOR UPDATE;
    IF due.id IS NULL OR due.status NOT IN ('asked', 'confirmed') OR clock_timestamp() < due.due_at THEN
        RETURN NULL;
    END IF;
    UPDATE public.factor_removal AS r SET status = CASE due.status WHEN 'asked' THEN 'lapsed' ELSE 'done' END,
        version = r.version + 1, ended_at = clock_timestamp() WHERE r.id = request;
    IF due.status = 'asked' THEN
        RETURN 'lapsed';
    END IF;
    UPDATE public.second_factor AS f SET sealed_secret = NULL, confirmed_at = NULL, last_step = 0, version = f.version + 1
        WHERE f.person_id = due.person_id;
    DELETE FROM public.recovery_code AS c WHERE c.person_id = due.person_id;
    DELETE FROM public.passkey AS k WHERE k.person_id = due.person_id;
    DELETE FROM public.ceremony AS y WHERE y.person_id = due.person_id;
    -- Last: a session that one of them opened meanwhile goes too.
    DELETE FROM public.session AS s WHERE s.person_id = due.person_id;
    RETURN 'done';
END
$$;

CREATE FUNCTION public.factor_removal_hold() RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT r.id FROM public.factor_removal AS r
    WHERE r.person_id = public.app_actor() AND r.status IN ('asked', 'confirmed') FOR UPDATE
    $$;

CREATE FUNCTION public.factor_removal_refuse(request uuid) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    UPDATE public.factor_removal AS r SET status = 'refused', version = r.version + 1, ended_at = clock_timestamp()
    WHERE r.id = request AND r.status IN ('asked', 'confirmed') AND public.app_operator() AND public.app_actor() <> r.person_id
    RETURNING r.version
    $$;

CREATE FUNCTION public.factor_removal_stop(hash bytea) RETURNS TABLE(request uuid, person uuid, was text, new_version integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH open AS MATERIALIZED (
        SELECT r.id, r.status FROM public.factor_removal AS r
        WHERE r.status IN ('asked', 'confirmed')
            AND CASE WHEN hash IS NULL THEN r.person_id = public.app_actor() ELSE r.stop_hash = hash END
        FOR UPDATE
    )
    UPDATE public.factor_removal AS r SET status = 'stopped', version = r.version + 1, ended_at = clock_timestamp()
    FROM open AS o WHERE r.id = o.id
    RETURNING r.id, r.person_id, o.status, r.version
    $$;

CREATE FUNCTION public.fee_invoice_is_of_its_instalment() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.instalment AS i WHERE i.id = NEW.instalment_id AND i.seller_id = NEW.seller_id
            AND i.currency = NEW.currency AND i.fee_minor = NEW.net_minor AND i.fee_vat_minor = NEW.vat_minor
            AND i.status IN ('released', 'settled')) THEN
        RAISE EXCEPTION 'a fee invoice says what its instalment bore' USING ERRCODE = 'EX014';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.file_shown(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT EXISTS (SELECT FROM public.file AS f WHERE f.id = wanted
        AND (f.company_id = public.app_company() OR public.app_company() = ANY (f.audience)))
    $$;

CREATE FUNCTION public.former_people() RETURNS TABLE(person_id uuid, name text, ended_at timestamp with time zone, due_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT p.id, p.name, m.ended_at, r.due_at
    FROM public.membership AS m JOIN public.person AS p ON p.id = m.person_id
        LEFT JOIN public.erasure_request AS r ON r.person_id = p.id AND r.status = 'waiting' AND r.company_id = m.company_id
    WHERE m.company_id = public.app_company() AND m.ended_at IS NOT NULL AND p.erased_at IS NULL
    ORDER BY m.ended_at DESC, p.id LIMIT 200
    $$;

CREATE FUNCTION public.give_back_stock(ended uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    PERFORM FROM public.offer AS f
    WHERE f.id IN (SELECT l.offer_id FROM public.order_line AS l WHERE l.order_id = ended AND l.taken > 0)
    ORDER BY f.id FOR NO KEY UPDATE;
    WITH freed AS (
        UPDATE public.order_line AS l SET taken = 0 FROM public.order_line AS b
        WHERE l.order_id = ended AND l.taken > 0 AND b.id = l.id RETURNING l.offer_id, b.taken
    )
    UPDATE public.offer AS f SET available = f.available + t.quantity, taken = greatest(f.taken - t.quantity, 0)
    FROM (SELECT x.offer_id, sum(x.taken) AS quantity FROM freed AS x GROUP BY x.offer_id) AS t
    WHERE f.id = t.offer_id AND f.available IS NOT NULL;
END
$$;

CREATE FUNCTION public.group_reach(start uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH RECURSIVE edge AS (
        SELECT a.company_id AS one, a.other_id AS two FROM public.affiliation AS a
        WHERE a.other_id IS NOT NULL AND a.status IN ('confirmed', 'end_asked')
        UNION ALL
        SELECT a.company_id, b.company_id FROM public.affiliation AS a
        JOIN public.affiliation AS b ON b.owner_country = a.owner_country AND b.owner_number = a.owner_number
            AND b.company_id <> a.company_id
        WHERE a.other_id IS NULL AND b.other_id IS NULL AND a.status IN ('confirmed', 'end_asked')
            AND b.status IN ('confirmed', 'end_asked') AND a.percent >= 25 AND b.percent >= 25
    ), reached AS (
        SELECT start AS id
        UNION
        SELECT CASE WHEN e.one = r.id THEN e.two ELSE e.one END FROM reached AS r JOIN edge AS e ON r.id IN (e.one, e.two)
    )
    SELECT r.id FROM reached AS r
    $$;

CREATE FUNCTION public.hold_standing(company uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT pg_advisory_xact_lock(hashtextextended('standing:' || company, 0)) $$;

CREATE FUNCTION public.instalment_by_its_side() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF NEW.status IN ('held', 'announced') THEN
        PERFORM public.only_side(OLD.buyer_id);
    ELSIF OLD.status = 'announced' AND NEW.status IN ('settled', 'due') THEN
        PERFORM public.only_side(OLD.seller_id);
    ELSE
        RAISE EXCEPTION 'only a job moves this instalment' USING ERRCODE = 'EX012';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.invitation_mail_counted(address text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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

CREATE FUNCTION public.invited_is_verified() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    UPDATE public.person AS p SET verified_at = coalesce(p.verified_at, clock_timestamp()) WHERE p.email = NEW.email;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.is_last_owner(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT EXISTS (SELECT FROM public.membership AS m JOIN public.company AS c ON c.id = m.company_id
        WHERE m.person_id = wanted AND m.ended_at IS NULL AND 'owner' = ANY (m.roles) AND c.status NOT IN ('rejected', 'closed')
            AND NOT EXISTS (SELECT FROM public.membership AS o WHERE o.company_id = m.company_id AND o.person_id <> wanted
                AND o.ended_at IS NULL AND 'owner' = ANY (o.roles)))
    $$;

CREATE FUNCTION public.key_lookup(hash bytea) RETURNS TABLE(key_id uuid, person_id uuid, name text, locale text, company_id uuid, company_name text, company_status text, roles text[], scopes text[], expires_at timestamp with time zone, networks text[], extra text[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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

CREATE FUNCTION public.key_rotate(key uuid, hash bytea, beginning text, overlap interval) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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

CREATE FUNCTION public.keys_used(keys uuid[], seconds_ago integer[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    UPDATE public.api_key AS k SET last_used_at = clock_timestamp() - make_interval(secs => u.ago)
    FROM unnest(keys, seconds_ago) AS u (id, ago)
    WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - make_interval(secs => u.ago))
    $$;

CREATE FUNCTION public.ledger_check_lines(accounts uuid[], amounts bigint[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    shape record;
BEGIN
    SELECT count(*) AS lines, count(DISTINCT l.account_id) AS accounts, sum(l.amount_minor) AS total_minor,
        bool_and(coalesce(l.amount_minor, 0) <> 0) AS all_move
    INTO shape FROM unnest(accounts, amounts) AS l (account_id, amount_minor);
    IF shape.lines NOT BETWEEN 2 AND 100 OR shape.accounts <> shape.lines OR NOT shape.all_move THEN
        RAISE EXCEPTION 'a transfer has 2 to 100 lines, each on another account and not zero' USING ERRCODE = 'EX106';
    END IF;
    IF shape.total_minor <> 0 THEN
        RAISE EXCEPTION 'the entries of a transfer must sum to zero' USING ERRCODE = 'EX104';
    END IF;
END
$$;

CREATE FUNCTION public.ledger_check_open(hold uuid, hold_expires_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM public.ledger_hold_resolution AS r WHERE r.hold_id = hold) THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'EX102', DETAIL = hold;
    ELSIF hold_expires_at <= public.market_now() THEN
        RAISE EXCEPTION 'the hold is past its time' USING ERRCODE = 'EX108', DETAIL = hold;
    END IF;
END
$$;

CREATE FUNCTION public.ledger_hold_end(hold uuid, end_ref text, end_kind text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    placed public.ledger_hold;
    ended public.ledger_hold_resolution;
BEGIN
    SELECT h.* INTO placed FROM public.ledger_hold AS h WHERE h.id = hold;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'EX106';
    END IF;
    PERFORM FROM public.ledger_account AS a WHERE a.id = placed.account_id FOR NO KEY UPDATE;
    SELECT r.* INTO ended FROM public.ledger_hold_resolution AS r WHERE r.hold_id = hold;
    IF ended.kind = end_kind AND ended.ref = end_ref THEN
        RETURN;
    ELSIF FOUND THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'EX102', DETAIL = hold;
    ELSIF end_kind = 'expire' AND coalesce(placed.expires_at > public.market_now(), true) THEN
        RAISE EXCEPTION 'the hold has time left' USING ERRCODE = 'EX108', DETAIL = hold;
    END IF;
    INSERT INTO public.ledger_hold_resolution (hold_id, company_id, kind, ref, posted_minor, at)
    VALUES (hold, placed.company_id, end_kind, end_ref, 0, public.market_now());
    UPDATE public.ledger_account AS a SET held_minor = a.held_minor - placed.amount_minor WHERE a.id = placed.account_id;
END
$$;

CREATE FUNCTION public.ledger_hold_expire(hold uuid, ref text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$ SELECT public.ledger_hold_end(hold, ref, 'expire') $$;

CREATE FUNCTION public.ledger_hold_place(new_ref text, account uuid, amount bigint, new_expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    owned public.ledger_account;
    earlier public.ledger_hold;
    hold uuid;
BEGIN
    SELECT a.* INTO owned FROM public.ledger_account AS a WHERE a.id = account AND a.kind = 'member' FOR NO KEY UPDATE;
    IF NOT FOUND OR amount IS NULL OR amount <= 0 THEN
        RAISE EXCEPTION 'a hold is a positive amount on a member account' USING ERRCODE = 'EX106';
    ELSIF NOT public.ledger_may_debit(owned.company_id) THEN
        RAISE EXCEPTION 'not an account that you may debit' USING ERRCODE = 'EX107';
    END IF;
    INSERT INTO public.ledger_hold (book_id, account_id, company_id, amount_minor, currency, ref, at, expires_at)
    VALUES (owned.book_id, account, owned.company_id, amount, owned.currency, new_ref, public.market_now(), new_expires_at)
    ON CONFLICT (book_id, ref) DO NOTHING RETURNING id INTO hold;
    IF hold IS NULL THEN
        SELECT h.* INTO STRICT earlier FROM public.ledger_hold AS h WHERE h.book_id = owned.book_id AND h.ref = new_ref;
        IF earlier.account_id <> account OR earlier.amount_minor <> amount THEN
            RAISE EXCEPTION 'this reference holds something else' USING ERRCODE = 'EX103', DETAIL = new_ref;
        END IF;
        RETURN earlier.id;
    END IF;
    IF owned.balance_minor - owned.held_minor < amount THEN
        RAISE EXCEPTION 'the available balance does not cover it' USING ERRCODE = 'EX101', DETAIL = account;
    END IF;
    UPDATE public.ledger_account AS a SET held_minor = a.held_minor + amount WHERE a.id = account;
    RETURN hold;
END
$$;

CREATE FUNCTION public.ledger_hold_post(hold uuid, ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    placed public.ledger_hold;
BEGIN
    SELECT h.* INTO placed FROM public.ledger_hold AS h WHERE h.id = hold;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'EX106';
    END IF;
    RETURN public.ledger_write(ref, kind, accounts, amounts, reason, placed);
END
$$;

CREATE FUNCTION public.ledger_hold_void(hold uuid, ref text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$ SELECT public.ledger_hold_end(hold, ref, 'void') $$;

CREATE FUNCTION public.ledger_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a ledger record is never changed' USING ERRCODE = 'EX100', DETAIL = TG_TABLE_NAME;
END
$$;

CREATE FUNCTION public.ledger_may_debit(company uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN ((SESSION_USER = ANY (ARRAY['exchange_worker'::name, 'exchange_owner'::name])) OR ((company IS NULL) AND public.app_operator()) OR COALESCE((company = public.app_company()), false));

CREATE FUNCTION public.ledger_open(company uuid, account_kind text, account_currency text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    account uuid;
BEGIN
    FOR attempt IN 1..2 LOOP
        SELECT a.id INTO account FROM public.ledger_account AS a
        WHERE a.book_id = 1 AND a.company_id IS NOT DISTINCT FROM company
            AND a.kind = account_kind AND a.currency = account_currency;
        EXIT WHEN FOUND;
        INSERT INTO public.ledger_account (company_id, kind, currency)
        VALUES (company, account_kind, account_currency) ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN account;
END
$$;

CREATE FUNCTION public.ledger_operator_posts_deposits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.kind <> 'deposit' OR NOT EXISTS (
        SELECT FROM public.deposit AS d WHERE d.status = 'released' AND NEW.ref = 'deposit:' || d.id
            AND NEW.companies = ARRAY[d.company_id]) THEN
        RAISE EXCEPTION 'not an account that you may debit' USING ERRCODE = 'EX107';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.ledger_post(ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$ SELECT public.ledger_write(ref, kind, accounts, amounts, reason, NULL) $$;

CREATE FUNCTION public.ledger_replayed(book smallint, used_ref text, wanted_kind text, accounts uuid[], amounts bigint[], hold uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    earlier record;
BEGIN
    SELECT t.id, t.kind, r.hold_id INTO STRICT earlier
    FROM public.ledger_transfer AS t
    LEFT JOIN public.ledger_hold_resolution AS r ON r.transfer_id = t.id
    WHERE t.book_id = book AND t.ref = used_ref;
    IF earlier.kind <> wanted_kind OR earlier.hold_id IS DISTINCT FROM hold OR EXISTS (
        SELECT FROM (SELECT x.account_id, x.amount_minor FROM public.ledger_entry AS x WHERE x.transfer_id = earlier.id) AS e
        FULL JOIN unnest(accounts, amounts) AS l (account_id, amount_minor)
            ON l.account_id = e.account_id AND l.amount_minor = e.amount_minor
        WHERE e.account_id IS NULL OR l.account_id IS NULL
    ) THEN
        RAISE EXCEPTION 'this reference has moved something else' USING ERRCODE = 'EX103', DETAIL = used_ref;
    END IF;
    RETURN earlier.id;
END
$$;

CREATE FUNCTION public.ledger_roll_up(account uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    last public.ledger_rollup;
    later record;
BEGIN
    PERFORM FROM public.ledger_account AS a
    WHERE a.id = account AND a.kind NOT IN ('member', 'receivable') FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an append-only account is rolled up' USING ERRCODE = 'EX106';
    END IF;
    SELECT u.* INTO last FROM public.ledger_rollup AS u WHERE u.account_id = account ORDER BY u.up_to_entry DESC LIMIT 1;
    SELECT max(e.id) AS entry, coalesce(sum(e.amount_minor), 0)::bigint + coalesce(last.balance_minor, 0) AS balance_minor
    INTO later FROM public.ledger_entry AS e
    WHERE e.account_id = account AND e.account_version IS NULL AND e.id > coalesce(last.up_to_entry, 0);
    IF later.entry IS NOT NULL THEN
        INSERT INTO public.ledger_rollup (account_id, up_to_entry, balance_minor, at)
        VALUES (account, later.entry, later.balance_minor, public.market_now());
    END IF;
    RETURN later.balance_minor;
END
$$;

CREATE FUNCTION public.ledger_transfer_is_balanced() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.ledger_entry AS e WHERE e.transfer_id = NEW.transfer_id
        GROUP BY e.currency HAVING sum(e.amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'the entries of a transfer must sum to zero' USING ERRCODE = 'EX104', DETAIL = NEW.transfer_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TABLE public.ledger_hold (
    id uuid DEFAULT uuidv7() NOT NULL,
    book_id smallint NOT NULL,
    account_id uuid NOT NULL,
    company_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    ref text NOT NULL,
    at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT ledger_hold_amount_minor_check CHECK (((amount_minor > 0) AND (amount_minor <= '100000000000000000'::bigint))),
    CONSTRAINT ledger_hold_check CHECK ((expires_at > at)),
    CONSTRAINT ledger_hold_ref_check CHECK (((length(ref) >= 3) AND (length(ref) <= 200)))
);

CREATE FUNCTION public.ledger_write(new_ref text, new_kind text, accounts uuid[], amounts bigint[], new_reason jsonb, hold public.ledger_hold) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    seen record;
    transfer uuid;
BEGIN
    PERFORM public.ledger_check_lines(accounts, amounts);
    WITH counted AS MATERIALIZED (
        SELECT a.* FROM public.ledger_account AS a
        WHERE a.id = ANY (accounts) AND a.kind IN ('member', 'receivable') ORDER BY a.id FOR NO KEY UPDATE
    ), appended AS MATERIALIZED (
        SELECT a.* FROM public.ledger_account AS a
        WHERE a.id = ANY (accounts) AND a.kind NOT IN ('member', 'receivable') ORDER BY a.id FOR KEY SHARE
    ), line AS (
        SELECT a.*, l.amount_minor, CASE WHEN a.id = hold.account_id THEN hold.amount_minor ELSE 0 END AS freed_minor
        FROM unnest(accounts, amounts) AS l (account_id, amount_minor)
        JOIN (SELECT * FROM counted UNION ALL SELECT * FROM appended) AS a ON a.id = l.account_id
    )
    SELECT count(*) AS accounts, count(DISTINCT l.currency) AS currencies, min(l.currency) AS currency,
        count(DISTINCT l.book_id) AS books, min(l.book_id) AS book_id,
        coalesce(array_agg(DISTINCT l.company_id) FILTER (WHERE l.company_id IS NOT NULL), '{}') AS companies,
        bool_or(l.amount_minor < 0 AND NOT public.ledger_may_debit(l.company_id)) AS foreign_debit,
        (array_agg(l.id ORDER BY l.id) FILTER (WHERE l.kind = 'member' AND l.amount_minor < 0
            AND l.balance_minor + l.amount_minor < l.held_minor - l.freed_minor))[1] AS short_account,
        (array_agg(l.id ORDER BY l.id) FILTER (WHERE l.kind = 'receivable'
            AND l.balance_minor + l.amount_minor > 0))[1] AS overpaid_account,
        sum(l.amount_minor) FILTER (WHERE l.id = hold.account_id) AS of_hold_minor
    INTO seen FROM line AS l;

    IF seen.accounts <> cardinality(accounts) OR seen.books <> 1 THEN
        RAISE EXCEPTION 'no such account in this book' USING ERRCODE = 'EX106';
    ELSIF seen.currencies <> 1 THEN
        RAISE EXCEPTION 'the accounts of a transfer have one currency' USING ERRCODE = 'EX105';
    ELSIF seen.foreign_debit THEN
        RAISE EXCEPTION 'not an account that you may debit' USING ERRCODE = 'EX107';
    END IF;

    INSERT INTO public.ledger_transfer (book_id, ref, kind, at, reason, companies)
    VALUES (seen.book_id, new_ref, new_kind, public.market_now(), new_reason, seen.companies)
    ON CONFLICT (book_id, ref) DO NOTHING RETURNING id INTO transfer;
    IF transfer IS NULL THEN
        RETURN public.ledger_replayed(seen.book_id, new_ref, new_kind, accounts, amounts, hold.id);
    END IF;

    IF hold.id IS NOT NULL THEN
        PERFORM public.ledger_check_open(hold.id, hold.expires_at);
        IF seen.of_hold_minor IS NULL OR seen.of_hold_minor > 0 THEN
            RAISE EXCEPTION 'a posted hold debits its own account' USING ERRCODE = 'EX106';
        ELSIF -seen.of_hold_minor > hold.amount_minor THEN
            RAISE EXCEPTION 'the hold covers less' USING ERRCODE = 'EX101', DETAIL = hold.account_id;
        END IF;
    END IF;
    IF seen.short_account IS NOT NULL THEN
        RAISE EXCEPTION 'the available balance does not cover it' USING ERRCODE = 'EX101', DETAIL = seen.short_account;
    ELSIF seen.overpaid_account IS NOT NULL THEN
        RAISE EXCEPTION 'more than is owed' USING ERRCODE = 'EX109', DETAIL = seen.overpaid_account;
    END IF;

    PERFORM public.ledger_write_entries(transfer, seen.currency, accounts, amounts, hold);
    IF hold.id IS NOT NULL THEN
        INSERT INTO public.ledger_hold_resolution (hold_id, company_id, kind, ref, posted_minor, transfer_id, at)
        VALUES (hold.id, hold.company_id, 'post', new_ref, -seen.of_hold_minor, transfer, public.market_now());
    END IF;
    RETURN transfer;
END
$$;

CREATE FUNCTION public.ledger_write_entries(transfer uuid, entry_currency text, accounts uuid[], amounts bigint[], hold public.ledger_hold) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    WITH line AS (
        SELECT l.account_id, l.amount_minor, l.ordinality
        FROM unnest(accounts, amounts) WITH ORDINALITY AS l (account_id, amount_minor, ordinality)
    ), moved AS (
        UPDATE public.ledger_account AS a
        SET balance_minor = a.balance_minor + l.amount_minor, version = a.version + 1,
            held_minor = a.held_minor - CASE WHEN a.id = hold.account_id THEN hold.amount_minor ELSE 0 END
        FROM line AS l WHERE a.id = l.account_id AND a.kind IN ('member', 'receivable')
        RETURNING a.id, a.company_id, a.balance_minor, a.version
    )
    INSERT INTO public.ledger_entry
        (transfer_id, account_id, company_id, currency, amount_minor, balance_after_minor, account_version)
    SELECT transfer, l.account_id, m.company_id, entry_currency, l.amount_minor, m.balance_minor, m.version
    FROM line AS l LEFT JOIN moved AS m ON m.id = l.account_id ORDER BY l.ordinality;
END
$$;

CREATE FUNCTION public.live_head() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT coalesce(max(e.position), 0) FROM public.event AS e $$;

CREATE FUNCTION public.live_inboxes(people uuid[]) RETURNS TABLE(person_id uuid, unread bigint, newest timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT n.person_id, count(*), max(n.created_at)
    FROM public.notification AS n
    WHERE n.person_id = ANY (people) AND n.read_at IS NULL
    GROUP BY n.person_id
    $$;

CREATE FUNCTION public.live_tail(after bigint, most integer) RETURNS TABLE("position" bigint, aggregate text, aggregate_id uuid, order_id uuid, rfq_id uuid, thread_id uuid, companies uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT e.position, e.aggregate, e.aggregate_id, (e.payload ->> 'order_id')::uuid, (e.payload ->> 'rfq_id')::uuid,
        (e.payload ->> 'thread_id')::uuid, array_remove(e.audience || e.company_id, NULL)
    FROM public.event AS e
    WHERE e.position > after ORDER BY e.position LIMIT most
    $$;

CREATE FUNCTION public.lock_rfq_for_bid(wanted uuid) RETURNS TABLE(buyer_id uuid, number text, version integer, status text, sealed boolean, currency text, lines jsonb, terms jsonb, due_at timestamp with time zone, in_time boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    r public.rfq%ROWTYPE;
BEGIN
    SELECT * INTO r FROM public.rfq AS x WHERE x.id = wanted FOR SHARE;
    IF NOT FOUND OR r.published_at IS NULL OR r.buyer_id = public.app_company()
        OR NOT (r.mode = 'open' OR public.app_company() = ANY (r.audience)) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT r.buyer_id, r.number, r.version, r.status, r.sealed, r.currency, r.lines, r.terms, r.due_at,
        r.status = 'open' AND public.market_now() < r.due_at;
END
$$;

CREATE FUNCTION public.mail_proof_ask(id uuid, purpose text, address text, hash bytea, lifetime interval) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    DELETE FROM public.mail_proof AS m WHERE m.id IN (SELECT o.id FROM public.mail_proof AS o
        WHERE o.expires_at < clock_timestamp() - interval '1 day' LIMIT 20 FOR UPDATE SKIP LOCKED);
    INSERT INTO public.mail_proof (id, purpose, person_id, token_hash, expires_at)
    VALUES (id, purpose, (SELECT p.id FROM public.person AS p WHERE p.email = lower(address)), hash, clock_timestamp() + lifetime);
    $$;

CREATE FUNCTION public.mail_proof_open(hash bytea, wanted text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT EXISTS (SELECT FROM public.mail_proof AS m WHERE m.token_hash = hash AND m.purpose = wanted
        AND m.used_at IS NULL AND m.expires_at > clock_timestamp() AND m.person_id IS NOT NULL)
    $$;

CREATE FUNCTION public.mail_proof_use(hash bytea, wanted text) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH used AS (
        UPDATE public.mail_proof AS m SET used_at = clock_timestamp()
        WHERE m.token_hash = hash AND m.purpose = wanted AND m.used_at IS NULL AND m.expires_at > clock_timestamp()
            AND m.person_id IS NOT NULL
        RETURNING m.person_id
    )
    UPDATE public.person AS p SET verified_at = coalesce(p.verified_at, clock_timestamp()) FROM used WHERE p.id = used.person_id
    RETURNING p.id
    $$;

CREATE FUNCTION public.market_now() RETURNS timestamp with time zone
    LANGUAGE sql PARALLEL SAFE
    AS $$ SELECT clock_timestamp() + (SELECT c.ahead FROM public.market_clock AS c) $$;

CREATE FUNCTION public.member_add(person uuid, address text, full_name text, hash text, lang text, member_roles text[]) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    actor_roles text[];
BEGIN
    SELECT m.roles INTO actor_roles FROM public.membership AS m
    WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor() AND m.ended_at IS NULL
    FOR SHARE;
    IF actor_roles IS NULL OR NOT actor_roles && ARRAY['owner', 'admin']
        OR ('owner' = ANY (member_roles) AND NOT 'owner' = ANY (actor_roles)) THEN
        RAISE EXCEPTION 'only an owner or admin adds people, only an owner owners' USING ERRCODE = 'EX003';
    END IF;
    INSERT INTO public.person (id, email, name, password_hash, locale, created_at)
    VALUES (person, lower(address), full_name, hash, lang, public.market_now())
    ON CONFLICT (email) DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.membership (company_id, person_id, roles) VALUES (public.app_company(), person, member_roles);
    RETURN person;
END
$$;

CREATE FUNCTION public.member_change(person uuid, seen integer, member_roles text[], OUT outcome text, OUT roles_before text[], OUT new_version integer) RETURNS record
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $_$ SELECT c.outcome, c.roles_before, c.new_version FROM public.member_change($1, $2, $3, NULL::uuid[]) AS c $_$;

CREATE FUNCTION public.member_change(person uuid, seen integer, member_roles text[], own_roles uuid[], OUT outcome text, OUT roles_before text[], OUT new_version integer, OUT ended jsonb) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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

CREATE FUNCTION public.member_invitation_accept(hash bytea, person uuid, full_name text, secret text, lang text, OUT outcome text, OUT invitation uuid, OUT invitation_version integer, OUT person_version integer) RETURNS record
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

CREATE FUNCTION public.member_invitation_lookup(hash bytea) RETURNS TABLE(id uuid, company_id uuid, company_name text, email text, roles text[], locale text, status text, over boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT i.id, i.company_id, c.display_name, i.email, i.roles, i.locale, i.status, i.due_at <= public.market_now()
    FROM public.member_invitation AS i JOIN public.company AS c ON c.id = i.company_id
    WHERE i.token_hash = hash AND c.status NOT IN ('rejected', 'closed')
    $$;

CREATE FUNCTION public.member_invitation_renew(invitation uuid, seen integer, hash bytea, OUT outcome text, OUT was text, OUT new_version integer) RETURNS record
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

CREATE FUNCTION public.member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea) RETURNS text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $_$
    SELECT public.member_invite($1, $2, $3, $4, $5, '{}')
$_$;

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

CREATE FUNCTION public.member_may_invite(member_roles text[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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

CREATE FUNCTION public.member_view_end(view_id uuid) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    UPDATE public.member_view AS v SET ended_at = clock_timestamp(), version = v.version + 1
    WHERE v.id = view_id AND v.operator_id = public.app_actor() AND v.ended_at IS NULL RETURNING v.company_id
    $$;

CREATE FUNCTION public.member_view_lookup(hash bytea) RETURNS TABLE(id uuid, company_id uuid, company_name text, company_status text, ends_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT v.id, v.company_id, c.display_name, c.status, v.ends_at
    FROM public.member_view AS v JOIN public.company AS c ON c.id = v.company_id
    WHERE v.session_hash = hash AND v.ended_at IS NULL AND v.ends_at > clock_timestamp()
    $$;

CREATE FUNCTION public.member_view_start(hash bytea, view_id uuid, company uuid, why text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF NOT public.app_operator() THEN
        RAISE EXCEPTION 'only an operator views as a member' USING ERRCODE = 'EX003';
    END IF;
    INSERT INTO public.member_view (id, session_hash, operator_id, company_id, reason)
    SELECT view_id, s.token_hash, s.person_id, c.id, why FROM public.session AS s, public.company AS c
    WHERE s.token_hash = hash AND s.operator AND s.person_id = public.app_actor() AND c.id = company
        AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = company AND m.person_id = s.person_id)
    ON CONFLICT (session_hash) WHERE ended_at IS NULL DO NOTHING;
    RETURN FOUND;
END
$$;

CREATE FUNCTION public.membership_begins() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    NEW.began_at := public.market_now();
    RETURN NEW;
END
$$;

CREATE FUNCTION public.message_authors(messages uuid[]) RETURNS TABLE(message_id uuid, name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT m.id, p.name FROM public.message AS m JOIN public.person AS p ON p.id = m.author_id
    WHERE m.id = ANY (messages) AND (m.buyer_id = public.app_company() OR m.seller_id = public.app_company())
        AND (NOT m.internal OR m.company_id = public.app_company())
    $$;

CREATE FUNCTION public.message_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a message is never changed' USING ERRCODE = 'EX020';
END
$$;

CREATE FUNCTION public.move_clock(step interval) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF step IS NULL OR step <= '0'::interval OR step > '31 days'::interval THEN
        RAISE EXCEPTION 'a step is more than nothing and at most 31 days' USING ERRCODE = 'EX007';
    END IF;
    UPDATE public.market_clock AS c SET ahead = c.ahead + step WHERE c.sandbox AND c.ahead + step <= '3650 days'::interval;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the clock of this market does not move so far' USING ERRCODE = 'EX007';
    END IF;
    RETURN public.market_now();
END
$$;

CREATE FUNCTION public.my_data(most integer) RETURNS jsonb
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

CREATE FUNCTION public.next_fee_invoice() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ UPDATE public.fee_invoice_series AS s SET last = s.last + 1 RETURNING s.last $$;

CREATE FUNCTION public.no_deal_in_own_group() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF public.same_group(NEW.buyer_id, NEW.seller_id) THEN
        RAISE EXCEPTION 'both companies belong to one group' USING ERRCODE = 'EX030';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.nothing_begins_in_a_closed_company() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    sides uuid[];
BEGIN
    IF TG_TABLE_NAME IN ('offer', 'deposit') THEN
        sides := ARRAY[NEW.company_id];
    ELSIF TG_TABLE_NAME = 'rfq' THEN
        sides := ARRAY[NEW.buyer_id];
    ELSE
        sides := ARRAY[NEW.buyer_id, NEW.seller_id];
    END IF;
    IF EXISTS (SELECT FROM (SELECT c.status FROM public.company AS c WHERE c.id = ANY (sides) ORDER BY c.id FOR KEY SHARE) AS x
            WHERE x.status = 'closed') THEN
        RAISE EXCEPTION 'company is closed' USING ERRCODE = 'EX001', DETAIL = 'closed';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.number_is_known(own uuid, land text, number text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT EXISTS (SELECT FROM public.company AS c WHERE c.country = land AND c.registration_id = number AND c.id <> own)
    $$;

CREATE FUNCTION public.offer_judge(offer uuid, accepted boolean, OUT from_state text, OUT to_state text, OUT new_version integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF NOT public.app_operator() THEN
        RAISE EXCEPTION 'only an operator judges' USING ERRCODE = 'EX003';
    END IF;
    SELECT o.status INTO from_state FROM public.offer AS o WHERE o.id = offer FOR NO KEY UPDATE;
    to_state := CASE
        WHEN accepted AND from_state IN ('in_review', 'rejected') THEN 'live'
        WHEN NOT accepted AND from_state IN ('in_review', 'live', 'paused') THEN 'rejected' END;
    IF to_state IS NULL THEN
        RETURN;
    END IF;
    UPDATE public.offer AS o SET status = to_state, version = o.version + 1, updated_at = public.market_now()
    WHERE o.id = offer RETURNING o.version INTO new_version;
    IF to_state = 'live' THEN
        INSERT INTO public.offer_version (offer_id, version, company_id, visibility, body, at)
        SELECT o.id, o.version, o.company_id, o.visibility, to_jsonb(o) - 'market_id', public.market_now()
        FROM public.offer AS o WHERE o.id = offer ON CONFLICT (offer_id, version) DO NOTHING;
    END IF;
END
$$;

CREATE FUNCTION public.offer_waits_for_judgement() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    RAISE EXCEPTION 'a listing in review becomes live by a decision or a change of what it says' USING ERRCODE = 'EX003';
END
$$;

CREATE FUNCTION public.only_side(side uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF side IS DISTINCT FROM public.app_company() THEN
        RAISE EXCEPTION 'this is for the other side of the deal to say' USING ERRCODE = 'EX012';
    END IF;
END
$$;

CREATE FUNCTION public.open_counterparties(wanted uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT DISTINCT CASE WHEN o.buyer_id = wanted THEN o.seller_id ELSE o.buyer_id END
    FROM public.purchase_order AS o
    WHERE wanted IN (o.buyer_id, o.seller_id) AND o.status IN ('pending_approval', 'placed', 'confirmed', 'in_progress')
        AND (public.app_operator() OR public.app_company() = wanted)
    $$;

CREATE FUNCTION public.open_quotes(wanted uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    opened_count integer;
BEGIN
    PERFORM FROM public.rfq AS r WHERE r.id = wanted
        AND ((NOT r.sealed AND r.status = 'open') OR r.status IN ('deadline_passed', 'evaluating'))
        AND (NOT r.sealed OR public.market_now() >= r.due_at);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'quotes stay sealed until the deadline' USING ERRCODE = 'EX004';
    END IF;
    UPDATE public.quote AS q SET status = 'opened', version = q.version + 1, opened_at = public.market_now(),
        updated_at = public.market_now()
    WHERE q.rfq_id = wanted AND q.status = 'submitted';
    GET DIAGNOSTICS opened_count = ROW_COUNT;
    UPDATE public.quote_body AS b SET opened = true
    FROM public.quote AS q
    WHERE b.rfq_id = wanted AND NOT b.opened AND q.id = b.quote_id AND q.opened_at IS NOT NULL AND b.version = q.body_version;
    RETURN opened_count;
END
$$;

CREATE FUNCTION public.order_bank_account(wanted uuid) RETURNS TABLE(id uuid, holder text, bank_name text, number text, verified boolean, paused_until timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT b.id, b.holder, b.bank_name, b.number, true, CASE WHEN b.paused_until > public.market_now() THEN b.paused_until END
    FROM public.purchase_order AS o JOIN public.bank_account AS b ON b.company_id = o.seller_id
    WHERE o.id = wanted AND public.app_company() IN (o.buyer_id, o.seller_id) AND b.status = 'verified'
    ORDER BY b.currency = o.currency DESC, b.verified_at, b.id LIMIT 1
    $$;

CREATE FUNCTION public.order_is_under_its_contract() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.contract AS k WHERE k.id = NEW.contract_id AND k.status = 'active' AND k.buyer_id = NEW.buyer_id
            AND k.seller_id = NEW.seller_id AND k.currency = NEW.currency AND k.gross_minor >= NEW.gross_minor) THEN
        RAISE EXCEPTION 'an order binds under an active contract of its parties' USING ERRCODE = 'EX011';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.order_line_grows() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF NEW.despatched < OLD.despatched OR NEW.received < OLD.received OR NEW.accepted < OLD.accepted
        OR NEW.rejected < OLD.rejected OR NEW.closed < OLD.closed THEN
        RAISE EXCEPTION 'a quantity of an order never shrinks' USING ERRCODE = 'EX013';
    END IF;
    IF current_user = 'exchange_api' THEN
        IF NEW.despatched > OLD.despatched THEN
            PERFORM public.only_side(OLD.seller_id);
        END IF;
        IF (NEW.received, NEW.accepted, NEW.rejected) IS DISTINCT FROM (OLD.received, OLD.accepted, OLD.rejected) THEN
            PERFORM public.only_side(OLD.buyer_id);
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.own_password_hash() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT p.password_hash FROM public.person AS p WHERE p.id = public.app_actor() $$;

CREATE FUNCTION public.own_permissions(company uuid, person uuid) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT coalesce(array_agg(DISTINCT p.permission), '{}')
    FROM public.member_role AS m JOIN public.company_role_permission AS p ON p.role_id = m.role_id
    WHERE m.company_id = company AND m.person_id = person
    $$;

CREATE FUNCTION public.passkey_lookup(credential bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT p.person_id FROM public.passkey AS p WHERE p.credential_id = credential $$;

CREATE FUNCTION public.passport_dossier(wanted uuid) RETURNS jsonb
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

CREATE FUNCTION public.passport_file(wanted uuid, paper uuid) RETURNS TABLE(id uuid, name text, media_type text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT x.id, x.name, x.media_type FROM public.passport AS p
    JOIN public.company AS c ON c.id = p.company_id AND c.status IN ('active', 'suspended')
    JOIN public.document AS d ON d.company_id = p.company_id AND d.status = 'verified' AND d.id = paper
        AND (d.expires_at IS NULL OR d.expires_at > public.market_now())
    JOIN public.file AS x ON x.id = d.file_id
    WHERE p.id = wanted AND p.status = 'granted' AND p.until > public.market_now() AND 'documents' = ANY (p.fields)
        AND public.app_company() IN (p.reader_id, p.company_id)
    $$;

CREATE FUNCTION public.password_reset(hash bytea, new_hash text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    found uuid := public.mail_proof_use(hash, 'reset');
BEGIN
    IF found IS NOT NULL THEN
        UPDATE public.person AS p SET password_hash = new_hash WHERE p.id = found;
        DELETE FROM public.session AS s WHERE s.person_id = found;
        UPDATE public.mail_proof AS m SET used_at = clock_timestamp()
        WHERE m.person_id = found AND m.purpose = 'reset' AND m.used_at IS NULL;
    END IF;
    RETURN found;
END
$$;

CREATE FUNCTION public.person_erase(request uuid, OUT ending text, OUT ended jsonb) RETURNS record
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

CREATE FUNCTION public.person_register(person uuid, address text, full_name text, hash text, lang text, company uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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
    SELECT c.id, person,
        CASE WHEN lower(f.representative) = lower(full_name) THEN ARRAY['owner', 'signatory'] ELSE ARRAY['owner'] END
    FROM public.company AS c LEFT JOIN public.company_file AS f ON f.company_id = c.id
    WHERE c.id = company AND c.status = 'applied'
        AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = company);
    RETURN FOUND;
END
$$;

CREATE FUNCTION public.person_register(person uuid, address text, full_name text, hash text, lang text, company uuid, signs boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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
    WHERE c.id = company AND c.status IN ('draft', 'applied')
        AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = company);
    RETURN FOUND;
END
$$;

CREATE FUNCTION public.post_message(wanted uuid, about text, subject uuid, supplier uuid, note boolean, said text, contact boolean, found_by text[], attached uuid[], called uuid[], of_mail bytea, OUT outcome text, OUT message uuid, OUT posted_at timestamp with time zone) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    own uuid := public.app_company();
    s record;
    reading uuid[];
BEGIN
    SELECT * INTO s FROM public.thread_subject(about, subject, supplier);
    IF NOT FOUND THEN outcome := 'unknown'; RETURN; END IF;
    IF NOT note AND NOT s.shared THEN outcome := 'unshared'; RETURN; END IF;
    IF NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = own AND m.person_id = public.app_actor()
            AND m.ended_at IS NULL) THEN
        outcome := 'no_member'; RETURN;
    END IF;
    IF EXISTS (SELECT FROM unnest(called) AS c (id) WHERE NOT EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = own AND m.person_id = c.id AND m.ended_at IS NULL)) THEN
        outcome := 'no_colleague'; RETURN;
    END IF;
    IF EXISTS (SELECT FROM unnest(attached) AS a (id) WHERE NOT EXISTS (SELECT FROM public.file AS f
            WHERE f.id = a.id AND f.company_id = own)) THEN
        outcome := 'no_file'; RETURN;
    END IF;
    reading := CASE WHEN note THEN ARRAY[own] ELSE ARRAY[s.buyer_id, s.seller_id] END;
    INSERT INTO public.thread (id, kind, subject_id, buyer_id, seller_id)
    VALUES (s.thread_id, about, subject, s.buyer_id, s.seller_id) ON CONFLICT DO NOTHING;
    INSERT INTO public.thread_side (company_id, thread_id, other_id, buying, kind, subject_id, rfq_id, order_id, last_at)
    SELECT c.id, s.thread_id, CASE c.id WHEN s.buyer_id THEN s.seller_id ELSE s.buyer_id END, c.id = s.buyer_id, about, subject,
        s.rfq_id, s.order_id, '-infinity'
    FROM unnest(reading) AS c (id) ORDER BY c.id
    ON CONFLICT DO NOTHING;
    -- The clock is read when all who wrote before are done.
    PERFORM FROM public.thread_side AS t WHERE t.thread_id = s.thread_id AND t.company_id = ANY (reading)
        ORDER BY t.company_id FOR UPDATE;
    SELECT greatest(public.market_now(), max(t.last_at) + interval '1 microsecond') INTO posted_at
    FROM public.thread_side AS t WHERE t.thread_id = s.thread_id AND t.company_id = ANY (reading);
    INSERT INTO public.message (id, thread_id, buyer_id, seller_id, company_id, author_id, internal, hinted, body, files,
        by_mail, mail_key, words, created_at)
    VALUES (wanted, s.thread_id, s.buyer_id, s.seller_id, own, public.app_actor(), note, contact AND NOT note AND NOT s.dealing,
        said, attached, of_mail IS NOT NULL, of_mail,
        array_to_tsvector(found_by || ARRAY(SELECT '=' || replace(r::text, '-', '') FROM unnest(reading) AS r)), posted_at)
    ON CONFLICT (mail_key) DO NOTHING;
    IF NOT FOUND THEN
        outcome := 'again';
        message := (SELECT m.id FROM public.message AS m WHERE m.mail_key = of_mail);
        RETURN;
    END IF;
    INSERT INTO public.message_mention (message_id, person_id, company_id)
    SELECT DISTINCT wanted, c.id, own FROM unnest(called) AS c (id);
    UPDATE public.thread_side AS t SET last_at = posted_at, last_id = wanted
    WHERE t.thread_id = s.thread_id AND t.company_id = ANY (reading);
    outcome := 'posted';
    message := wanted;
END
$$;

CREATE FUNCTION public.provider_lookup(company uuid) RETURNS TABLE(company_id uuid, issuer text, client_id text, sealed_secret bytea, domains text[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT p.company_id, p.issuer, p.client_id, p.sealed_secret, p.domains FROM public.company_provider AS p
    WHERE p.company_id = company
    $$;

CREATE FUNCTION public.provider_person(company uuid, who text, address text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    found uuid;
BEGIN
    SELECT l.person_id INTO found FROM public.provider_link AS l WHERE l.company_id = company AND l.subject = who;
    IF found IS NULL THEN
        INSERT INTO public.provider_link (company_id, person_id, subject)
        SELECT company, p.id, who FROM public.person AS p
        JOIN public.membership AS m ON m.person_id = p.id AND m.company_id = company AND m.ended_at IS NULL
        WHERE p.email = lower(address)
        ON CONFLICT DO NOTHING
        RETURNING person_id INTO found;
    END IF;
    RETURN (SELECT m.person_id FROM public.membership AS m
        WHERE m.company_id = company AND m.person_id = found AND m.ended_at IS NULL);
END
$$;

CREATE FUNCTION public.publish_due_reviews(wanted uuid) RETURNS TABLE(id uuid, version integer, author_company_id uuid, subject_company_id uuid)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    UPDATE public.review AS r SET status = 'published', version = r.version + 1, published_at = public.market_now()
    WHERE r.order_id = wanted AND r.status = 'written'
        AND ((SELECT count(*) FROM public.review AS b WHERE b.order_id = wanted) = 2 OR r.publish_at <= public.market_now())
    RETURNING r.id, r.version, r.author_company_id, r.subject_company_id
    $$;

CREATE FUNCTION public.publish_reviews(wanted uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    published integer;
BEGIN
    UPDATE public.review AS r SET status = 'published', version = r.version + 1, published_at = public.market_now()
    WHERE r.order_id = wanted AND r.status = 'written'
        AND ((SELECT count(*) FROM public.review AS b WHERE b.order_id = wanted) = 2 OR r.publish_at <= public.market_now());
    GET DIAGNOSTICS published = ROW_COUNT;
    RETURN published;
END
$$;

CREATE FUNCTION public.refuse_another_market() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    IF NEW.market_id <> OLD.market_id THEN
        RAISE EXCEPTION '% stays on its market', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.removal_goes_with_the_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM public.factor_removal AS r WHERE r.person_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.reply_lookup(notification uuid) RETURNS TABLE(person_id uuid, name text, locale text, company_id uuid, company_name text, company_status text, roles text[], extra text[], kind text, subject_id uuid, seller_id uuid, internal boolean, told_at timestamp with time zone, email text, verified boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT n.person_id, p.name, p.locale, n.company_id, c.display_name, c.status, b.roles,
        public.own_permissions(n.company_id, n.person_id), t.kind, t.subject_id, t.seller_id, m.internal, n.created_at, p.email,
        p.verified_at IS NOT NULL OR (SELECT k.sandbox FROM public.market_clock AS k)
    FROM public.notification AS n
    JOIN public.message AS m ON m.id = n.aggregate_id
    JOIN public.thread AS t ON t.id = m.thread_id
    JOIN public.membership AS b ON b.company_id = n.company_id AND b.person_id = n.person_id AND b.ended_at IS NULL
        AND b.began_at <= n.created_at
    JOIN public.person AS p ON p.id = n.person_id AND p.erased_at IS NULL
    JOIN public.company AS c ON c.id = n.company_id
    WHERE n.id = notification AND n.aggregate = 'message'
    $$;

CREATE FUNCTION public.representative_is(person uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
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

CREATE FUNCTION public.representative_signs() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    UPDATE public.membership AS m SET roles = m.roles || ARRAY['signatory'], version = m.version + 1
    FROM public.company AS c
    WHERE m.company_id = public.app_company() AND m.person_id = public.app_actor() AND m.ended_at IS NULL
        AND 'owner' = ANY (m.roles) AND NOT 'signatory' = ANY (m.roles) AND c.id = m.company_id AND c.status = 'draft';
    RETURN FOUND;
END
$$;

CREATE FUNCTION public.return_pending_order(wanted uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    next_version integer;
BEGIN
    UPDATE public.purchase_order AS o SET status = 'draft', version = o.version + 1, updated_at = public.market_now()
    WHERE o.id = wanted AND o.status = 'pending_approval'
        AND (o.buyer_id = public.app_company() OR public.app_company() IS NULL)
    RETURNING o.version INTO next_version;
    IF next_version IS NOT NULL THEN
        PERFORM public.give_back_stock(wanted);
    END IF;
    RETURN next_version;
END
$$;

CREATE FUNCTION public.rfq_counts(wanted uuid) RETURNS TABLE(invited bigint, declined bigint, quotes bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT (SELECT count(*) FROM public.invitation AS i WHERE i.rfq_id = wanted),
        (SELECT count(*) FROM public.invitation AS i WHERE i.rfq_id = wanted AND i.status = 'declined'),
        (SELECT count(*) FROM public.quote AS q WHERE q.rfq_id = wanted
            AND q.status NOT IN ('draft', 'withdrawn') AND (NOT r.sealed OR q.opened_at IS NOT NULL))
    FROM public.rfq AS r WHERE r.id = wanted AND r.buyer_id = public.app_company()
    $$;

CREATE FUNCTION public.rfq_invited(wanted uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT r.audience FROM public.rfq AS r WHERE r.id = wanted AND r.buyer_id = public.app_company() $$;

CREATE FUNCTION public.rfq_is_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.published_at IS NOT NULL
        AND (NEW.sealed, NEW.due_at, NEW.mode, NEW.lines, NEW.terms, NEW.currency, NEW.buyer_id, NEW.published_at)
        IS DISTINCT FROM (OLD.sealed, OLD.due_at, OLD.mode, OLD.lines, OLD.terms, OLD.currency, OLD.buyer_id, OLD.published_at) THEN
        RAISE EXCEPTION 'a published RFQ is not changed' USING ERRCODE = 'EX008';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.rfq_shown(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT EXISTS (SELECT FROM public.rfq AS r WHERE r.id = wanted AND (r.buyer_id = public.app_company()
        OR (r.published_at IS NOT NULL AND (r.mode = 'open' OR public.app_company() = ANY (r.audience)))))
    $$;

CREATE FUNCTION public.same_group(a uuid, b uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT a = b OR EXISTS (SELECT FROM public.company AS c JOIN public.company AS d ON d.group_id = c.group_id
        WHERE c.id = a AND d.id = b)
    $$;

CREATE FUNCTION public.screening_grounds(items jsonb) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH i AS MATERIALIZED (
        SELECT r.n, r.category, r.currency, r.unit, r.mpn, coalesce(r.gtins, '{}') AS gtins, coalesce(r.own, o.id) AS own, public.title_words(r.title) AS words
        FROM jsonb_to_recordset(items) AS r (n integer, title text, category text, currency text, unit text, mpn text,
            gtins text[], own uuid, external_id text)
        LEFT JOIN public.offer AS o
            ON r.own IS NULL AND o.company_id = public.app_company() AND o.external_id = r.external_id
    )
    SELECT jsonb_build_object(
        'rules', (SELECT jsonb_agg(jsonb_build_object('code', s.code, 'holds', s.holds, 'parameters', s.parameters)
            ORDER BY s.place) FROM public.screening_rule AS s WHERE s.enabled),
        'figures', (SELECT jsonb_agg(jsonb_build_object('category', p.category_code, 'currency', p.currency, 'unit', p.unit,
                'offers', p.offers, 'median_micro', p.median_micro, 'spread', p.spread))
            FROM public.category_price AS p
            WHERE p.spread IS NOT NULL AND (p.category_code, p.currency, p.unit) IN (SELECT i.category, i.currency, i.unit FROM i)),
        'words', (SELECT jsonb_object_agg(i.n, i.words) FROM i),
        'doubles', (SELECT jsonb_object_agg(d.n, jsonb_build_object('id', d.id, 'title', d.title, 'mpn', d.mpn, 'gtins', d.gtins))
            FROM (SELECT DISTINCT ON (i.n) i.n, o.id, o.title, o.mpn, o.gtins
                FROM i JOIN public.offer AS o ON o.company_id = public.app_company()
                    AND md5(public.title_words(o.title)) = md5(i.words) AND o.category_code = i.category
                WHERE o.status IN ('in_review', 'live', 'paused') AND o.id IS DISTINCT FROM i.own
                    AND (o.mpn IS NULL OR i.mpn IS NULL OR lower(o.mpn) = lower(i.mpn))
                    AND (o.gtins = '{}' OR i.gtins = '{}' OR o.gtins && i.gtins)
                ORDER BY i.n, o.id) AS d),
        'near', CASE WHEN jsonb_array_length(items) = 1 THEN (
            SELECT jsonb_agg(jsonb_build_object('id', x.id, 'title', x.title, 'mpn', x.mpn, 'gtins', x.gtins))
            FROM (SELECT o.id, o.title, o.mpn, o.gtins FROM i JOIN public.offer AS o ON o.company_id = public.app_company()
                    AND o.category_code = i.category AND o.id IS DISTINCT FROM i.own
                WHERE o.status IN ('in_review', 'live', 'paused') ORDER BY o.updated_at DESC LIMIT 200) AS x) END,
        'had', (SELECT count(*) FROM (SELECT FROM public.offer AS o WHERE o.company_id = public.app_company()
            AND o.status IN ('live', 'paused', 'expired', 'withdrawn') LIMIT 100) AS x),
        'judged', (SELECT jsonb_object_agg(j.n, jsonb_build_object('outcome', j.outcome, 'hits', j.hits))
            FROM (SELECT DISTINCT ON (i.n) i.n, m.outcome, m.hits
                FROM i JOIN public.moderation_case AS m ON m.object_id = i.own AND m.kind IN ('offer', 'appeal')
                WHERE m.outcome IN ('approved', 'rejected') ORDER BY i.n, m.decided_at DESC) AS j))
    $$;

CREATE FUNCTION public.search_messages(beginnings text[], before timestamp with time zone, before_id uuid, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    own uuid := public.app_company();
    wanted tsquery;
    candidates uuid[];
BEGIN
    IF own IS NULL OR cardinality(beginnings) = 0 THEN RETURN; END IF;
    wanted := (quote_literal('=' || replace(own::text, '-', '')) || (SELECT string_agg(' & ' || quote_literal(b) || ':*', '')
        FROM unnest(beginnings) AS b))::tsquery;
    candidates := ARRAY(SELECT m.id FROM public.message AS m WHERE m.words @@ wanted
        AND (m.buyer_id = own OR m.seller_id = own) AND (NOT m.internal OR m.company_id = own) LIMIT 2000);
    IF cardinality(candidates) < 2000 THEN
        RETURN QUERY SELECT m.id FROM public.message AS m
            WHERE m.id = ANY (candidates) AND (m.created_at, m.id) < (before, before_id)
            ORDER BY m.created_at DESC, m.id DESC LIMIT most;
        RETURN;
    END IF;
    -- IS TRUE keeps these from being found by their words, all of them, and sorted.
    RETURN QUERY
        SELECT u.id FROM (
            (SELECT m.id, m.created_at FROM public.message AS m
            WHERE m.buyer_id = own AND (NOT m.internal OR m.company_id = own) AND (m.created_at, m.id) < (before, before_id)
                AND (m.words @@ wanted) IS TRUE
            ORDER BY m.created_at DESC, m.id DESC LIMIT most)
            UNION ALL
            (SELECT m.id, m.created_at FROM public.message AS m
            WHERE m.seller_id = own AND (NOT m.internal OR m.company_id = own) AND (m.created_at, m.id) < (before, before_id)
                AND (m.words @@ wanted) IS TRUE
            ORDER BY m.created_at DESC, m.id DESC LIMIT most)) AS u
        ORDER BY u.created_at DESC, u.id DESC LIMIT most;
END
$$;

CREATE FUNCTION public.session_close(hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ DELETE FROM public.session AS s WHERE s.token_hash = hash $$;

CREATE FUNCTION public.session_lookup(hash bytea) RETURNS TABLE(person_id uuid, email text, name text, locale text, operator_roles text[], company_id uuid, company_name text, company_status text, roles text[], operator boolean, stepped_up_at timestamp with time zone, expires_at timestamp with time zone, extra text[], verified boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT s.person_id, p.email, p.name, p.locale, p.operator_roles, m.company_id, c.display_name, c.status,
        coalesce(m.roles, '{}'), s.operator, s.stepped_up_at, s.expires_at, public.own_permissions(m.company_id, m.person_id),
        p.verified_at IS NOT NULL OR cardinality(p.operator_roles) > 0 OR (SELECT k.sandbox FROM public.market_clock AS k)
    FROM public.session AS s
    JOIN public.person AS p ON p.id = s.person_id
    LEFT JOIN public.membership AS m ON m.company_id = s.company_id AND m.person_id = s.person_id AND m.ended_at IS NULL
    LEFT JOIN public.company AS c ON c.id = m.company_id
    WHERE s.token_hash = hash AND s.expires_at > clock_timestamp()
        AND (NOT s.operator OR cardinality(p.operator_roles) > 0)
    $$;

CREATE FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    INSERT INTO public.session (token_hash, person_id, company_id, operator, expires_at, stepped_up_at, user_agent)
    SELECT hash, p.id, company, as_operator, clock_timestamp() + lifetime, clock_timestamp(), left(agent, 200)
    FROM public.person AS p
    WHERE p.id = person
        AND (NOT as_operator OR cardinality(p.operator_roles) > 0)
        AND (company IS NULL OR EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL))
    RETURNING true
    $$;

CREATE FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval, client_address text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    INSERT INTO public.session (token_hash, person_id, company_id, operator, expires_at, stepped_up_at, user_agent, address)
    SELECT hash, p.id, company, as_operator, clock_timestamp() + lifetime, clock_timestamp(), left(agent, 200),
        left(client_address, 64)
    FROM public.person AS p
    WHERE p.id = person
        AND (NOT as_operator OR cardinality(p.operator_roles) > 0)
        AND (company IS NULL OR EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL))
    RETURNING true
    $$;

CREATE FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval, client_address text, seen text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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

CREATE FUNCTION public.session_open_bound(hash bytea, person uuid, company uuid, agent text, lifetime interval, client_address text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    INSERT INTO public.session (token_hash, person_id, company_id, expires_at, user_agent, address, bound)
    SELECT hash, m.person_id, m.company_id, clock_timestamp() + lifetime, left(agent, 200), left(client_address, 64), true
    FROM public.membership AS m
    WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL
    RETURNING true
    $$;

CREATE FUNCTION public.session_step_up(old_hash bytea, new_hash bytea, person uuid) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    UPDATE public.session AS s SET token_hash = new_hash, stepped_up_at = clock_timestamp()
    WHERE s.token_hash = old_hash AND s.person_id = person AND s.expires_at > clock_timestamp()
    RETURNING ceil(extract(epoch FROM s.expires_at - clock_timestamp()))::integer
    $$;

CREATE FUNCTION public.session_switch(old_hash bytea, new_hash bytea, person uuid, company uuid) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    UPDATE public.session AS s SET token_hash = new_hash, company_id = company
    WHERE s.token_hash = old_hash AND s.person_id = person AND NOT s.operator AND NOT s.bound
        AND s.expires_at > clock_timestamp()
        AND EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = company AND m.person_id = person AND m.ended_at IS NULL)
    RETURNING ceil(extract(epoch FROM s.expires_at - clock_timestamp()))::integer
    $$;

CREATE FUNCTION public.share_file(wanted uuid, readers uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    UPDATE public.file AS f
    SET audience = ARRAY(SELECT DISTINCT x FROM unnest(f.audience || readers) AS x WHERE x <> f.company_id ORDER BY x),
        attached_at = coalesce(f.attached_at, public.market_now())
    WHERE f.id = wanted AND f.company_id = public.app_company();
    RETURN FOUND;
END
$$;

CREATE FUNCTION public.short_lines(given text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS $$ SELECT cardinality(given) <= 12 AND NOT EXISTS (
        SELECT FROM unnest(given) AS line WHERE line IS NULL OR length(line) NOT BETWEEN 2 AND 120) $$;

CREATE FUNCTION public.sign_in_attempt(counter bytea) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
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

CREATE FUNCTION public.sign_in_failed(counter bytea) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    INSERT INTO public.sign_in_counter AS c (key, failures, last_at) VALUES (counter, 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN c.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE c.failures + 1 END,
        last_at = clock_timestamp(),
        locked_until = CASE WHEN c.failures + 1 >= 10 AND c.last_at >= clock_timestamp() - interval '1 day'
            THEN clock_timestamp() + interval '15 minutes' END
    RETURNING failures
    $$;

CREATE FUNCTION public.sign_in_failed(counter bytea, most integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    INSERT INTO public.sign_in_counter AS c (key, failures, last_at) VALUES (counter, 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN c.last_at < clock_timestamp() - interval '1 day' OR c.locked_until <= clock_timestamp() THEN 1
            ELSE c.failures + 1 END,
        last_at = clock_timestamp(),
        locked_until = CASE
            WHEN c.locked_until > clock_timestamp() THEN c.locked_until
            WHEN c.last_at < clock_timestamp() - interval '1 day' OR c.locked_until <= clock_timestamp() THEN NULL
            WHEN c.failures + 1 >= most THEN clock_timestamp() + interval '15 minutes' END
    RETURNING failures
    $$;

CREATE FUNCTION public.sign_in_lookup(address text) RETURNS TABLE(person_id uuid, password_hash text, operator_roles text[], company_ids uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT p.id, p.password_hash, p.operator_roles,
        ARRAY(SELECT m.company_id FROM public.membership AS m
              WHERE m.person_id = p.id AND m.ended_at IS NULL ORDER BY m.company_id)
    FROM public.person AS p WHERE p.email = lower(address)
    $$;

CREATE FUNCTION public.sign_in_succeeded(counter bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ DELETE FROM public.sign_in_counter AS c WHERE c.key = counter $$;

CREATE FUNCTION public.sign_in_wait(counter bytea) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    SELECT coalesce((SELECT greatest(0, ceil(extract(epoch FROM c.locked_until - clock_timestamp())))::integer
        FROM public.sign_in_counter AS c WHERE c.key = counter AND c.locked_until IS NOT NULL), 0)
    $$;

CREATE FUNCTION public.signatory_has_a_basis() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    by_law boolean := CASE TG_OP
        WHEN 'INSERT' THEN NOT EXISTS (SELECT FROM public.membership AS m
            WHERE m.company_id = NEW.company_id AND m.person_id <> NEW.person_id)
        ELSE NEW.person_id IS NOT DISTINCT FROM public.app_actor() AND EXISTS (SELECT FROM public.company AS c
            WHERE c.id = NEW.company_id AND c.status = 'draft') END;
BEGIN
    INSERT INTO public.signatory (id, company_id, person_id, basis, status, verified_at)
    VALUES (gen_random_uuid(), NEW.company_id, NEW.person_id,
        CASE WHEN by_law THEN 'legal_representative' ELSE 'authorisation' END,
        CASE WHEN by_law THEN 'verified' ELSE 'incomplete' END, CASE WHEN by_law THEN public.market_now() END)
    ON CONFLICT (company_id, person_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.signatory_is_verified_by_an_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF OLD.status = 'verified' THEN
        IF (NEW.number, NEW.issued_on, NEW.scope, NEW.limit_minor, NEW.limit_currency, NEW.valid_from, NEW.valid_until)
            IS DISTINCT FROM
            (OLD.number, OLD.issued_on, OLD.scope, OLD.limit_minor, OLD.limit_currency, OLD.valid_from, OLD.valid_until) THEN
            RAISE EXCEPTION 'a verified authorisation is not changed' USING ERRCODE = 'EX024';
        END IF;
    ELSIF session_user = 'exchange_api' AND NOT EXISTS (
        SELECT FROM public.membership AS m
        WHERE m.company_id = NEW.company_id AND m.person_id = public.app_actor() AND m.ended_at IS NULL AND 'owner' = ANY (m.roles)
            AND (m.person_id <> NEW.person_id OR NOT EXISTS (
                SELECT FROM public.membership AS o WHERE o.company_id = NEW.company_id AND o.ended_at IS NULL
                    AND 'owner' = ANY (o.roles) AND o.person_id <> m.person_id))) THEN
        RAISE EXCEPTION 'another owner verifies a signatory' USING ERRCODE = 'EX003';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.signatory_paper_is_its_own() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.signature_is_within_its_basis() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    s public.signatory%ROWTYPE;
    k public.contract%ROWTYPE;
    today date := (NEW.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
BEGIN
    SELECT * INTO s FROM public.signatory AS x
    WHERE x.company_id = NEW.company_id AND x.person_id = NEW.person_id AND x.status = 'verified' FOR SHARE;
    SELECT * INTO k FROM public.contract AS x WHERE x.id = NEW.contract_id;
    IF s.id IS NULL OR NOT (s.basis = 'legal_representative' OR (
            CASE WHEN NEW.company_id = k.buyer_id THEN 'purchase' ELSE 'sale' END = ANY (s.scope)
            AND s.valid_from <= today AND (s.valid_until IS NULL OR today <= s.valid_until)
            AND (s.limit_minor IS NULL OR (s.limit_currency = k.currency AND k.gross_minor <= s.limit_minor)))) THEN
        RAISE EXCEPTION 'a signature stays within its basis' USING ERRCODE = 'EX023';
    END IF;
    NEW.signatory_id := s.id;
    NEW.authorisation := CASE WHEN s.basis = 'authorisation' THEN s.number || ', ' || s.issued_on::text END;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.take_firm_offers(wanted uuid[], seen integer[], quantities numeric[]) RETURNS TABLE(id uuid, company_id uuid, status text, version integer, title text, mpn text, category_code text, unit text, currency text, tiers jsonb, vat_code text, firm boolean, moq numeric, increment numeric, available numeric, lead_time_days integer, regions text[], terms jsonb, expired boolean, taken boolean, profile text, at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
    line record;
    o public.offer%ROWTYPE;
BEGIN
    FOR line IN
        SELECT w.offer, w.version, w.quantity FROM unnest(wanted, seen, quantities) AS w (offer, version, quantity)
        ORDER BY w.offer
    LOOP
        -- An offer without a stock is only held still; orders of it run side by side.
        SELECT x.* INTO o FROM public.offer AS x WHERE x.id = line.offer AND x.available IS NULL FOR SHARE;
        IF NOT FOUND THEN
            SELECT x.* INTO o FROM public.offer AS x WHERE x.id = line.offer FOR NO KEY UPDATE;
        END IF;
        CONTINUE WHEN o.id IS NULL OR o.visibility <> 'all' OR (o.status <> 'live' AND NOT EXISTS (
            SELECT FROM public.offer_version AS v WHERE v.offer_id = line.offer AND v.version = line.version));
        expired := o.valid_until <= public.market_now();
        taken := false;
        IF o.status = 'live' AND o.firm AND o.version = line.version AND NOT expired
            AND o.company_id <> public.app_company() THEN
            taken := o.available IS NULL OR public.consume_capacity(o.id, line.quantity);
        END IF;
        id := o.id;
        company_id := o.company_id;
        status := o.status;
        version := o.version;
        title := o.title;
        mpn := o.mpn;
        category_code := o.category_code;
        unit := o.unit;
        currency := o.currency;
        tiers := o.tiers;
        vat_code := o.vat_code;
        firm := o.firm;
        moq := o.moq;
        increment := o.increment;
        available := o.available;
        lead_time_days := o.lead_time_days;
        regions := o.regions;
        terms := o.terms;
        SELECT c.profile INTO profile FROM public.company AS c WHERE c.id = o.company_id;
        at := public.market_now();
        RETURN NEXT;
    END LOOP;
END
$$;

CREATE FUNCTION public.thread_subject(about text, subject uuid, supplier uuid) RETURNS TABLE(thread_id uuid, kind text, subject_id uuid, buyer_id uuid, seller_id uuid, rfq_id uuid, order_id uuid, number text, shared boolean, sealed boolean, dealing boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
    WITH found AS (
        SELECT r.buyer_id, x.seller_id, r.id AS rfq_id, NULL::uuid AS order_id, r.number, r.published_at IS NOT NULL AS shared,
            r.sealed AND r.opened_at IS NULL AS sealed
        FROM public.rfq AS r
        CROSS JOIN LATERAL (SELECT CASE WHEN r.buyer_id = public.app_company() THEN supplier ELSE public.app_company() END
            AS seller_id) AS x
        WHERE about = 'rfq' AND r.id = subject AND r.buyer_id <> x.seller_id
            AND (EXISTS (SELECT FROM public.invitation AS i WHERE i.rfq_id = r.id AND i.seller_id = x.seller_id)
                OR EXISTS (SELECT FROM public.quote AS q WHERE q.rfq_id = r.id AND q.seller_id = x.seller_id
                    AND (q.opened_at IS NOT NULL OR x.seller_id = public.app_company()))
                OR (r.mode = 'open' AND r.published_at IS NOT NULL AND x.seller_id = public.app_company())
                -- A supplier who found the request and asked is answered.
                OR EXISTS (SELECT FROM public.thread_side AS s WHERE s.company_id = public.app_company()
                    AND s.subject_id = r.id AND s.other_id = x.seller_id))
        UNION ALL
        SELECT q.buyer_id, q.seller_id, q.rfq_id, NULL, r.number, q.opened_at IS NOT NULL, q.opened_at IS NULL
        FROM public.quote AS q JOIN public.rfq AS r ON r.id = q.rfq_id
        WHERE about = 'quote' AND q.id = subject AND (q.seller_id = public.app_company()
            OR (q.buyer_id = public.app_company() AND q.opened_at IS NOT NULL))
        UNION ALL
        SELECT o.buyer_id, o.seller_id, NULL, o.id, o.number, o.placed_at IS NOT NULL, false
        FROM public.purchase_order AS o
        WHERE about = 'order' AND o.id = subject AND (o.buyer_id = public.app_company()
            OR (o.seller_id = public.app_company() AND o.placed_at IS NOT NULL))
        UNION ALL
        SELECT d.buyer_id, d.seller_id, NULL, d.order_id, d.number, true, false
        FROM public.delivery AS d
        WHERE about = 'delivery' AND d.id = subject AND (d.buyer_id = public.app_company() OR d.seller_id = public.app_company())
    )
    SELECT md5(about || ':' || subject || ':' || f.seller_id)::uuid, about, subject, f.buyer_id, f.seller_id, f.rfq_id, f.order_id,
        f.number, f.shared, f.sealed,
        EXISTS (SELECT FROM public.award AS a WHERE a.status = 'binding'
            AND (a.buyer_id, a.seller_id) IN ((f.buyer_id, f.seller_id), (f.seller_id, f.buyer_id)))
        OR EXISTS (SELECT FROM public.contract AS c WHERE c.status IN ('active', 'completed')
            AND (c.buyer_id, c.seller_id) IN ((f.buyer_id, f.seller_id), (f.seller_id, f.buyer_id)))
    FROM found AS f
    $$;

CREATE FUNCTION public.title_words(title text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT coalesce((SELECT string_agg(DISTINCT w.word, ' ' ORDER BY w.word)
        FROM regexp_split_to_table(regexp_replace(normalize(replace(lower(title), 'đ', 'd'), NFKD), '[\u0300-\u036f]', '', 'g'),
            '[^[:alnum:]]+') AS w (word) WHERE w.word <> ''), '')
    $$;

CREATE TABLE public.absence (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    deputy_id uuid,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    set_by uuid NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT absence_check CHECK (((deputy_id IS NULL) OR (deputy_id <> person_id))),
    CONSTRAINT absence_check1 CHECK ((ends_at > starts_at))
);

CREATE TABLE public.access_log (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    what text NOT NULL,
    object_id uuid NOT NULL,
    company_id uuid,
    actor_id uuid,
    actor_company_id uuid,
    operator boolean NOT NULL,
    request_id text,
    CONSTRAINT access_log_what_check CHECK ((what ~ '^[a-z_]+\.[a-z_]+$'::text))
);

CREATE TABLE public.affiliation (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    status text DEFAULT 'declared'::text NOT NULL,
    company_id uuid NOT NULL,
    kind text NOT NULL,
    other_id uuid,
    owner_name text,
    owner_number text,
    owner_country text,
    percent numeric(6,3),
    declared_by uuid NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    decided_by uuid,
    decided_as text,
    decided_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT affiliation_check CHECK ((other_id <> company_id)),
    CONSTRAINT affiliation_check1 CHECK (((other_id IS NULL) = ((owner_name IS NOT NULL) AND (owner_number IS NOT NULL) AND (owner_country IS NOT NULL)))),
    CONSTRAINT affiliation_check2 CHECK (((other_id IS NOT NULL) OR (kind = 'owner'::text))),
    CONSTRAINT affiliation_check3 CHECK (((decided_as IS NOT NULL) = (status = ANY (ARRAY['confirmed'::text, 'refused'::text, 'end_asked'::text, 'ended'::text])))),
    CONSTRAINT affiliation_check4 CHECK ((((decided_by IS NULL) = (decided_as IS NULL)) AND ((decided_at IS NULL) = (decided_as IS NULL)))),
    CONSTRAINT affiliation_check5 CHECK (((other_id IS NOT NULL) OR (decided_as IS DISTINCT FROM 'other'::text))),
    CONSTRAINT affiliation_decided_as_check CHECK ((decided_as = ANY (ARRAY['other'::text, 'operator'::text]))),
    CONSTRAINT affiliation_kind_check CHECK ((kind = ANY (ARRAY['owner'::text, 'subsidiary'::text, 'sister'::text]))),
    CONSTRAINT affiliation_owner_country_check CHECK ((owner_country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT affiliation_owner_name_check CHECK (((length(owner_name) >= 1) AND (length(owner_name) <= 200))),
    CONSTRAINT affiliation_owner_number_check CHECK (((length(owner_number) >= 3) AND (length(owner_number) <= 40))),
    CONSTRAINT affiliation_percent_check CHECK (((percent > (0)::numeric) AND (percent <= (100)::numeric))),
    CONSTRAINT affiliation_status_check CHECK ((status = ANY (ARRAY['declared'::text, 'confirmed'::text, 'refused'::text, 'withdrawn'::text, 'end_asked'::text, 'ended'::text])))
);

CREATE TABLE public.api_key (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    networks cidr[] DEFAULT '{}'::cidr[] NOT NULL,
    last_used_at timestamp with time zone,
    old_secret_hash bytea,
    old_prefix text,
    old_until timestamp with time zone,
    rotated_at timestamp with time zone,
    warn_at timestamp with time zone,
    CONSTRAINT api_key_name_check CHECK (((length(name) >= 1) AND (length(name) <= 80))),
    CONSTRAINT api_key_networks CHECK ((cardinality(networks) <= 20)),
    CONSTRAINT api_key_overlap CHECK ((((old_secret_hash IS NULL) = (old_until IS NULL)) AND ((old_secret_hash IS NULL) = (old_prefix IS NULL)) AND ((old_secret_hash IS NULL) OR (length(old_secret_hash) = 32)) AND ((old_until IS NULL) OR (old_until <= (rotated_at + '7 days'::interval))))),
    CONSTRAINT api_key_secret_hash_check CHECK ((length(secret_hash) = 32))
);

CREATE TABLE public.approval_decision (
    request_id uuid NOT NULL,
    step smallint NOT NULL,
    person_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    company_id uuid NOT NULL,
    decision text NOT NULL,
    comment text DEFAULT ''::text NOT NULL,
    escalated boolean DEFAULT false NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT approval_decision_check CHECK (((step = 0) = (decision = ANY (ARRAY['favour'::text, 'against'::text])))),
    CONSTRAINT approval_decision_decision_check CHECK ((decision = ANY (ARRAY['approve'::text, 'reject'::text, 'favour'::text, 'against'::text]))),
    CONSTRAINT approval_decision_step_check CHECK ((step >= 0))
);

CREATE TABLE public.approval_policy (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    active boolean NOT NULL,
    currency text NOT NULL,
    tiers jsonb NOT NULL,
    changed_by uuid,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT approval_policy_check CHECK (((NOT active) OR (jsonb_array_length(tiers) > 0))),
    CONSTRAINT approval_policy_kind_check CHECK ((kind = ANY (ARRAY['rfq'::text, 'award'::text, 'contract'::text, 'order'::text, 'call_off'::text, 'price_list'::text, 'bank_account'::text]))),
    CONSTRAINT approval_policy_tiers_check CHECK ((jsonb_typeof(tiers) = 'array'::text)),
    CONSTRAINT approval_policy_version_check CHECK ((version > 0))
);

CREATE TABLE public.approval_request (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    kind text NOT NULL,
    object_id uuid NOT NULL,
    object_version integer NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    currency text NOT NULL,
    gross_minor bigint,
    requested_by uuid NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    comment text DEFAULT ''::text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    policy_version integer,
    from_minor bigint,
    why text DEFAULT 'value'::text NOT NULL,
    steps jsonb DEFAULT '[{"mode": "any", "count": 1, "roles": ["owner", "approver"], "people": []}]'::jsonb NOT NULL,
    opinion_roles jsonb DEFAULT '[]'::jsonb NOT NULL,
    opinion_people jsonb DEFAULT '[]'::jsonb NOT NULL,
    step smallint DEFAULT 1 NOT NULL,
    remind_at timestamp with time zone,
    escalate_at timestamp with time zone,
    escalated_at timestamp with time zone,
    until timestamp with time zone,
    own boolean DEFAULT false NOT NULL,
    CONSTRAINT approval_own CHECK (((NOT own) OR (policy_version IS NULL))),
    CONSTRAINT approval_request_check CHECK (((decided_by IS NULL) OR (status = 'recalled'::text) OR (decided_by <> requested_by) OR own)),
    CONSTRAINT approval_request_check1 CHECK (((status = 'pending'::text) = (decided_at IS NULL))),
    CONSTRAINT approval_request_kind_check CHECK ((kind = ANY (ARRAY['rfq'::text, 'award'::text, 'contract'::text, 'order'::text, 'call_off'::text, 'price_list'::text, 'bank_account'::text]))),
    CONSTRAINT approval_request_opinion_people_check CHECK ((jsonb_typeof(opinion_people) = 'array'::text)),
    CONSTRAINT approval_request_opinion_roles_check CHECK ((jsonb_typeof(opinion_roles) = 'array'::text)),
    CONSTRAINT approval_request_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'recalled'::text, 'expired'::text]))),
    CONSTRAINT approval_request_steps_check CHECK ((jsonb_typeof(steps) = 'array'::text)),
    CONSTRAINT approval_request_why_check CHECK ((why = ANY (ARRAY['value'::text, 'currency'::text, 'unknown'::text, 'default'::text]))),
    CONSTRAINT approval_step CHECK (((step >= 1) AND (step <= jsonb_array_length(steps)))),
    CONSTRAINT approval_value CHECK (((gross_minor IS NOT NULL) OR (why = 'unknown'::text)))
);

CREATE TABLE public.award (
    id uuid NOT NULL,
    rfq_id uuid NOT NULL,
    quote_id uuid NOT NULL,
    quote_version integer NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    currency text NOT NULL,
    net_minor bigint NOT NULL,
    vat_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    reason_for_others text DEFAULT ''::text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    bound_at timestamp with time zone,
    CONSTRAINT award_check CHECK ((gross_minor = (net_minor + vat_minor))),
    CONSTRAINT award_check1 CHECK (((status = 'binding'::text) = (bound_at IS NOT NULL))),
    CONSTRAINT award_net_minor_check CHECK ((net_minor > 0)),
    CONSTRAINT award_status_check CHECK ((status = ANY (ARRAY['proposed'::text, 'binding'::text, 'rejected'::text, 'recalled'::text]))),
    CONSTRAINT award_vat_minor_check CHECK ((vat_minor >= 0))
);

CREATE TABLE public.bank_account (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    holder text NOT NULL,
    bank_name text NOT NULL,
    number text NOT NULL,
    currency text NOT NULL,
    verified_at timestamp with time zone,
    verified_by uuid,
    version integer DEFAULT 1 NOT NULL,
    status text DEFAULT 'proposed'::text NOT NULL,
    proposed_by uuid,
    proposed_at timestamp with time zone,
    confirmed_by uuid,
    confirmed_at timestamp with time zone,
    decided_by uuid,
    decided_at timestamp with time zone,
    reason text,
    paused_until timestamp with time zone,
    replaced_at timestamp with time zone,
    number_hash bytea,
    by_policy boolean DEFAULT false NOT NULL,
    CONSTRAINT bank_account_number_check CHECK ((number ~ '^([A-Z0-9]{5,34}|sealed:[0-9]+:[A-Za-z0-9_=-]+)$'::text)),
    CONSTRAINT bank_account_number_hash_check CHECK ((length(number_hash) = 32)),
    CONSTRAINT bank_account_status_check CHECK ((status = ANY (ARRAY['proposed'::text, 'confirmed'::text, 'verified'::text, 'rejected'::text, 'withdrawn'::text, 'replaced'::text]))),
    CONSTRAINT bank_account_two_people CHECK (((confirmed_by <> proposed_by) AND (verified_by <> proposed_by) AND (verified_by <> confirmed_by))),
    CONSTRAINT bank_account_verified_check CHECK (((status = ANY (ARRAY['verified'::text, 'replaced'::text])) = (verified_at IS NOT NULL)))
);

CREATE TABLE public.category (
    code text NOT NULL,
    parent_code text,
    path text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    name_en text NOT NULL,
    name_vi text NOT NULL,
    links jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT category_check CHECK (((parent_code IS NOT NULL) OR (path = code))),
    CONSTRAINT category_code_check CHECK ((code ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
);

CREATE TABLE public.category_attribute (
    category_code text NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    unit text,
    name_en text NOT NULL,
    name_vi text NOT NULL,
    required boolean DEFAULT false NOT NULL,
    filterable boolean DEFAULT true NOT NULL,
    choices text[] DEFAULT '{}'::text[] NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    CONSTRAINT category_attribute_key_check CHECK ((key ~ '^[a-z][a-z0-9_]{0,62}$'::text)),
    CONSTRAINT category_attribute_kind_check CHECK ((kind = ANY (ARRAY['number'::text, 'text'::text, 'boolean'::text, 'choice'::text])))
);

CREATE TABLE public.category_price (
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    category_code text NOT NULL,
    currency text NOT NULL,
    unit text NOT NULL,
    offers integer NOT NULL,
    median_micro bigint NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    spread double precision,
    CONSTRAINT category_price_median_micro_check CHECK ((median_micro > 0)),
    CONSTRAINT category_price_offers_check CHECK ((offers > 0)),
    CONSTRAINT category_price_spread_check CHECK ((spread >= (0)::double precision))
);

CREATE TABLE public.category_tree (
    only_row boolean DEFAULT true NOT NULL,
    version uuid NOT NULL,
    CONSTRAINT category_tree_only_row_check CHECK (only_row)
);

CREATE TABLE public.ceremony (
    id uuid NOT NULL,
    kind text NOT NULL,
    person_id uuid,
    payload bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT ceremony_kind_check CHECK ((kind = ANY (ARRAY['register'::text, 'enter'::text, 'prove'::text, 'provider'::text]))),
    CONSTRAINT ceremony_payload_check CHECK (((length(payload) >= 16) AND (length(payload) <= 8000)))
);

CREATE TABLE public.closing_proposal (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    proposed_by_company uuid NOT NULL,
    proposed_by uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    answer_by timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    lines jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT closing_proposal_check CHECK (((proposed_by_company = buyer_id) OR (proposed_by_company = seller_id))),
    CONSTRAINT closing_proposal_lines_check CHECK ((jsonb_typeof(lines) = 'array'::text)),
    CONSTRAINT closing_proposal_status_check CHECK ((status = ANY (ARRAY['proposed'::text, 'agreed'::text, 'declined'::text, 'escalated'::text])))
);

CREATE TABLE public.company (
    id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    legal_name text NOT NULL,
    display_name text NOT NULL,
    sort_key text NOT NULL,
    country text NOT NULL,
    profile text NOT NULL,
    region text NOT NULL,
    registration_id text NOT NULL,
    tax_id text NOT NULL,
    base_currency text NOT NULL,
    trade_roles text[] DEFAULT '{}'::text[] NOT NULL,
    about text DEFAULT ''::text NOT NULL,
    website text,
    group_id uuid,
    applied_at timestamp with time zone NOT NULL,
    active_at timestamp with time zone,
    suspended_until timestamp with time zone,
    lei text,
    capabilities text[] DEFAULT '{}'::text[] NOT NULL,
    closed_at timestamp with time zone,
    verified_name text,
    CONSTRAINT company_capabilities_check CHECK (public.short_lines(capabilities)),
    CONSTRAINT company_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT company_display_name_check CHECK (((length(display_name) >= 2) AND (length(display_name) <= 80))),
    CONSTRAINT company_legal_name_check CHECK (((length(legal_name) >= 2) AND (length(legal_name) <= 200))),
    CONSTRAINT company_profile_check CHECK ((profile = ANY (ARRAY['vn'::text, 'default'::text]))),
    CONSTRAINT company_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'applied'::text, 'in_review'::text, 'changes_requested'::text, 'active'::text, 'rejected'::text, 'suspended'::text, 'closed'::text])))
);

CREATE TABLE public.company_address (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    kind text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    street text NOT NULL,
    commune text DEFAULT ''::text NOT NULL,
    province text NOT NULL,
    country text NOT NULL,
    hours text DEFAULT ''::text NOT NULL,
    branch_tax_id text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT company_address_branch_tax_id_check CHECK ((branch_tax_id ~ '^[0-9]{13}$'::text)),
    CONSTRAINT company_address_check CHECK (((kind <> 'warehouse'::text) OR (hours <> ''::text))),
    CONSTRAINT company_address_check1 CHECK (((branch_tax_id IS NULL) OR (kind = 'branch'::text))),
    CONSTRAINT company_address_commune_check CHECK ((length(commune) <= 120)),
    CONSTRAINT company_address_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT company_address_hours_check CHECK ((length(hours) <= 300)),
    CONSTRAINT company_address_kind_check CHECK ((kind = ANY (ARRAY['registered'::text, 'warehouse'::text, 'billing'::text, 'branch'::text]))),
    CONSTRAINT company_address_name_check CHECK ((length(name) <= 120)),
    CONSTRAINT company_address_street_check CHECK (((length(street) >= 2) AND (length(street) <= 200)))
);

CREATE TABLE public.company_application (
    company_id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    body text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    warn_at timestamp with time zone,
    delete_at timestamp with time zone
);

CREATE TABLE public.company_check (
    company_id uuid NOT NULL,
    field text NOT NULL,
    result text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    checked_by uuid NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    CONSTRAINT company_check_check CHECK (((result = 'ok'::text) OR (length(note) >= 3))),
    CONSTRAINT company_check_field_check CHECK ((field = ANY (ARRAY['legal_name'::text, 'registration_id'::text, 'tax_id'::text, 'address'::text, 'representative'::text, 'bank'::text, 'documents'::text]))),
    CONSTRAINT company_check_note_check CHECK ((length(note) <= 1000)),
    CONSTRAINT company_check_result_check CHECK ((result = ANY (ARRAY['ok'::text, 'change'::text])))
);

CREATE TABLE public.company_export (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    status text DEFAULT 'asked'::text NOT NULL,
    company_id uuid NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    file_id uuid,
    ready_at timestamp with time zone,
    CONSTRAINT company_export_check CHECK ((((status = 'ready'::text) = (ready_at IS NOT NULL)) AND ((file_id IS NULL) = (ready_at IS NULL)))),
    CONSTRAINT company_export_status_check CHECK ((status = ANY (ARRAY['asked'::text, 'ready'::text])))
);

CREATE TABLE public.company_file (
    company_id uuid NOT NULL,
    address text NOT NULL,
    representative text NOT NULL,
    representative_title text DEFAULT ''::text NOT NULL,
    phone text DEFAULT ''::text NOT NULL,
    contact_email text NOT NULL,
    approval_limit_minor bigint,
    signing_limit_minor bigint,
    decision_reason text,
    decided_by uuid,
    decided_at timestamp with time zone,
    reviewer_id uuid,
    CONSTRAINT company_file_approval_limit_minor_check CHECK ((approval_limit_minor >= 0)),
    CONSTRAINT company_file_signing_limit_minor_check CHECK ((signing_limit_minor >= 0))
);

CREATE TABLE public.company_key (
    company_id uuid NOT NULL,
    key_no integer NOT NULL,
    master_id text,
    wrapped bytea,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    retired_at timestamp with time zone,
    destroyed_at timestamp with time zone,
    CONSTRAINT company_key_check CHECK (((wrapped IS NULL) = (destroyed_at IS NOT NULL))),
    CONSTRAINT company_key_check1 CHECK (((wrapped IS NULL) = (master_id IS NULL))),
    CONSTRAINT company_key_key_no_check CHECK ((key_no > 0)),
    CONSTRAINT company_key_wrapped_check CHECK ((length(wrapped) = 60))
);

CREATE TABLE public.company_mark (
    company_id uuid NOT NULL,
    kind text NOT NULL,
    hash bytea NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT company_mark_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT company_mark_kind_check CHECK ((kind = ANY (ARRAY['bank'::text, 'address'::text, 'domain'::text, 'phone'::text, 'device'::text])))
);

CREATE TABLE public.company_provider (
    company_id uuid NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    sealed_secret bytea NOT NULL,
    domains text[] NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT company_provider_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 200))),
    CONSTRAINT company_provider_domains_check CHECK (((cardinality(domains) >= 1) AND (cardinality(domains) <= 20))),
    CONSTRAINT company_provider_issuer_check CHECK (((length(issuer) >= 8) AND (length(issuer) <= 300))),
    CONSTRAINT company_provider_sealed_secret_check CHECK (((length(sealed_secret) >= 29) AND (length(sealed_secret) <= 1000)))
);

CREATE TABLE public.company_role (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    name text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT company_role_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60)))
);

CREATE TABLE public.company_role_permission (
    company_id uuid NOT NULL,
    role_id uuid NOT NULL,
    permission text NOT NULL
);

CREATE TABLE public.company_tax_status (
    company_id uuid NOT NULL,
    status text NOT NULL,
    checked_on date NOT NULL,
    source text NOT NULL,
    checked_by uuid NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    CONSTRAINT company_tax_status_source_check CHECK (((length(source) >= 3) AND (length(source) <= 200))),
    CONSTRAINT company_tax_status_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'closed'::text, 'unknown'::text])))
);

CREATE TABLE public.contract (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    rfq_id uuid,
    award_id uuid,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    currency text NOT NULL,
    gross_minor bigint NOT NULL,
    body text NOT NULL,
    digest bytea NOT NULL,
    pdf_file_id uuid,
    pdf_digest bytea,
    created_at timestamp with time zone NOT NULL,
    active_at timestamp with time zone,
    sign_by timestamp with time zone,
    refused_by uuid,
    refused_reason text,
    CONSTRAINT contract_check CHECK ((digest = sha256(convert_to(body, 'UTF8'::name)))),
    CONSTRAINT contract_check1 CHECK ((buyer_id <> seller_id)),
    CONSTRAINT contract_check2 CHECK (((kind = 'signed'::text) = (award_id IS NOT NULL))),
    CONSTRAINT contract_check3 CHECK (((kind = 'signed'::text) OR (status = ANY (ARRAY['active'::text, 'completed'::text, 'terminated'::text])))),
    CONSTRAINT contract_check4 CHECK (((status = ANY (ARRAY['active'::text, 'completed'::text, 'terminated'::text])) = (active_at IS NOT NULL))),
    CONSTRAINT contract_check5 CHECK (((pdf_file_id IS NULL) = (pdf_digest IS NULL))),
    CONSTRAINT contract_gross_minor_check CHECK ((gross_minor > 0)),
    CONSTRAINT contract_kind_check CHECK ((kind = ANY (ARRAY['signed'::text, 'standard'::text]))),
    CONSTRAINT contract_pdf_digest_check CHECK ((length(pdf_digest) = 32)),
    CONSTRAINT contract_refusal CHECK ((((refused_by IS NULL) = (refused_reason IS NULL)) AND ((refused_by IS NULL) OR ((status = 'refused'::text) AND ((refused_by = buyer_id) OR (refused_by = seller_id)))) AND ((length(refused_reason) >= 1) AND (length(refused_reason) <= 1000)))),
    CONSTRAINT contract_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'pending_approval'::text, 'signing'::text, 'changes_requested'::text, 'active'::text, 'refused'::text, 'completed'::text, 'terminated'::text])))
);

CREATE TABLE public.contract_signature (
    contract_id uuid NOT NULL,
    company_id uuid NOT NULL,
    contract_version integer NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    person_id uuid NOT NULL,
    person_name text NOT NULL,
    digest bytea NOT NULL,
    method text NOT NULL,
    basis text NOT NULL,
    at timestamp with time zone NOT NULL,
    signatory_id uuid,
    authorisation text,
    CONSTRAINT contract_signature_check CHECK (((company_id = buyer_id) OR (company_id = seller_id))),
    CONSTRAINT contract_signature_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT contract_signature_method_check CHECK ((method = 'password'::text))
);

CREATE TABLE public.currency (
    code text NOT NULL,
    digits smallint NOT NULL,
    CONSTRAINT currency_code_check CHECK ((code ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT currency_digits_check CHECK (((digits >= 0) AND (digits <= 4)))
);

CREATE TABLE public.delivery (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    number text NOT NULL,
    order_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    lines jsonb NOT NULL,
    carrier text DEFAULT ''::text NOT NULL,
    tracking text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    despatched_at timestamp with time zone,
    arrived_at timestamp with time zone,
    inspect_by timestamp with time zone,
    inspected_at timestamp with time zone,
    CONSTRAINT delivery_status_check CHECK ((status = ANY (ARRAY['planned'::text, 'despatched'::text, 'arrived'::text, 'inspected'::text])))
);

CREATE TABLE public.deposit (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    company_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    bank_reference text NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    entered_by uuid NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT deposit_amount_minor_check CHECK (((amount_minor > 0) AND (amount_minor <= '100000000000000000'::bigint))),
    CONSTRAINT deposit_bank_reference_check CHECK ((((length(bank_reference) >= 1) AND (length(bank_reference) <= 100)) AND (bank_reference = btrim(bank_reference)))),
    CONSTRAINT deposit_check CHECK ((decided_by <> entered_by)),
    CONSTRAINT deposit_check1 CHECK (((status = 'entered'::text) = (decided_by IS NULL))),
    CONSTRAINT deposit_check2 CHECK (((decided_by IS NULL) = (decided_at IS NULL))),
    CONSTRAINT deposit_note_check CHECK ((length(note) <= 500)),
    CONSTRAINT deposit_status_check CHECK ((status = ANY (ARRAY['entered'::text, 'released'::text, 'rejected'::text]))),
    CONSTRAINT deposit_version_check CHECK ((version > 0))
);

CREATE TABLE public.document (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    status text DEFAULT 'submitted'::text NOT NULL,
    company_id uuid NOT NULL,
    scheme text NOT NULL,
    certificate boolean NOT NULL,
    number text NOT NULL,
    issuer text NOT NULL,
    scope text DEFAULT ''::text NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    warn_month_at timestamp with time zone,
    warn_week_at timestamp with time zone,
    expires_at timestamp with time zone,
    file_id uuid NOT NULL,
    submitted_by uuid NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    reason text,
    CONSTRAINT document_check CHECK ((valid_until >= valid_from)),
    CONSTRAINT document_check1 CHECK ((decided_by <> submitted_by)),
    CONSTRAINT document_check2 CHECK (((valid_until IS NULL) = (expires_at IS NULL))),
    CONSTRAINT document_check3 CHECK ((num_nulls(warn_month_at, warn_week_at, expires_at) = ANY (ARRAY[0, 3]))),
    CONSTRAINT document_check4 CHECK (((status <> ALL (ARRAY['verified'::text, 'rejected'::text, 'expired'::text])) OR (decided_by IS NOT NULL))),
    CONSTRAINT document_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 200))),
    CONSTRAINT document_number_check CHECK (((length(number) >= 1) AND (length(number) <= 80))),
    CONSTRAINT document_scope_check CHECK ((length(scope) <= 1000)),
    CONSTRAINT document_status_check CHECK ((status = ANY (ARRAY['submitted'::text, 'verified'::text, 'rejected'::text, 'withdrawn'::text, 'expired'::text])))
);

CREATE TABLE public.document_scheme (
    code text NOT NULL,
    name_en text NOT NULL,
    name_vi text NOT NULL,
    certificate boolean NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT document_scheme_code_check CHECK ((code ~ '^[a-z0-9_]{2,40}$'::text))
);

CREATE TABLE public.erasure_request (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    asked_by uuid NOT NULL,
    company_id uuid,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT erasure_request_check CHECK ((due_at > asked_at)),
    CONSTRAINT erasure_request_check1 CHECK (((status = 'waiting'::text) = (ended_at IS NULL))),
    CONSTRAINT erasure_request_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'withdrawn'::text, 'done'::text, 'refused'::text]))),
    CONSTRAINT erasure_request_version_check CHECK ((version > 0))
);

CREATE TABLE public.event (
    id uuid NOT NULL,
    seq bigint NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    "position" bigint,
    hash bytea,
    type text NOT NULL,
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    version integer NOT NULL,
    actor_id uuid,
    company_id uuid,
    audience uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    request_id text,
    from_state text,
    to_state text,
    at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT event_check CHECK ((("position" IS NULL) = (hash IS NULL))),
    CONSTRAINT event_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT event_position_check CHECK (("position" > 0)),
    CONSTRAINT event_type_check CHECK ((type ~ '^[a-z_]+\.[a-z_]+$'::text)),
    CONSTRAINT event_version_check CHECK ((version > 0))
);

CREATE TABLE public.event_recipient (
    company_id uuid NOT NULL,
    "position" bigint NOT NULL,
    event_id uuid NOT NULL
);

ALTER TABLE public.event ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.event_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.factor_removal (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    reason text NOT NULL,
    proof text NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    stop_hash bytea NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    confirmed_by uuid,
    confirmed_at timestamp with time zone,
    due_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT factor_removal_check CHECK ((asked_by <> person_id)),
    CONSTRAINT factor_removal_check1 CHECK (((confirmed_by <> person_id) AND (confirmed_by <> asked_by))),
    CONSTRAINT factor_removal_check2 CHECK ((due_at > asked_at)),
    CONSTRAINT factor_removal_check3 CHECK (((confirmed_by IS NULL) = (confirmed_at IS NULL))),
    CONSTRAINT factor_removal_check4 CHECK (((status <> ALL (ARRAY['confirmed'::text, 'done'::text])) OR (confirmed_at IS NOT NULL))),
    CONSTRAINT factor_removal_check5 CHECK (((confirmed_at IS NULL) OR (due_at >= (confirmed_at + '24:00:00'::interval)))),
    CONSTRAINT factor_removal_check6 CHECK (((status <> 'done'::text) OR (ended_at >= due_at))),
    CONSTRAINT factor_removal_check7 CHECK (((status = ANY (ARRAY['asked'::text, 'confirmed'::text])) = (ended_at IS NULL))),
    CONSTRAINT factor_removal_proof_check CHECK (((length(proof) >= 10) AND (length(proof) <= 1000))),
    CONSTRAINT factor_removal_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 1000))),
    CONSTRAINT factor_removal_status_check CHECK ((status = ANY (ARRAY['asked'::text, 'confirmed'::text, 'stopped'::text, 'refused'::text, 'lapsed'::text, 'done'::text]))),
    CONSTRAINT factor_removal_stop_hash_check CHECK ((length(stop_hash) = 32)),
    CONSTRAINT factor_removal_version_check CHECK ((version > 0))
);

CREATE TABLE public.fee_invoice (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    serial bigint NOT NULL,
    number text NOT NULL,
    seller_id uuid NOT NULL,
    instalment_id uuid NOT NULL,
    currency text NOT NULL,
    net_minor bigint NOT NULL,
    vat_percent numeric(6,3) NOT NULL,
    vat_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT fee_invoice_check CHECK ((gross_minor = (net_minor + vat_minor))),
    CONSTRAINT fee_invoice_serial_check CHECK ((serial > 0))
);

CREATE TABLE public.fee_invoice_series (
    only_row boolean DEFAULT true NOT NULL,
    last bigint DEFAULT 0 NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    CONSTRAINT fee_invoice_series_only_row_check CHECK (only_row)
);

CREATE TABLE public.fee_rate (
    valid_from date NOT NULL,
    percent numeric(6,3) NOT NULL,
    vat_code text NOT NULL,
    vat_percent numeric(6,3) NOT NULL,
    CONSTRAINT fee_rate_percent_check CHECK (((percent >= (0)::numeric) AND (percent <= (100)::numeric))),
    CONSTRAINT fee_rate_vat_percent_check CHECK (((vat_percent >= (0)::numeric) AND (vat_percent <= (100)::numeric)))
);

CREATE TABLE public.file (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    audience uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    purpose text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    attached_at timestamp with time zone,
    CONSTRAINT file_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT file_purpose_check CHECK ((purpose = ANY (ARRAY['invoice'::text, 'photo'::text, 'contract'::text, 'attachment'::text, 'import'::text, 'document'::text, 'export'::text]))),
    CONSTRAINT file_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT file_size_check CHECK (((size >= 1) AND (size <= 20971520)))
);

CREATE TABLE public.grantable_permission (
    name text NOT NULL
);

CREATE TABLE public.idempotency_key (
    company_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status smallint,
    resource_id uuid,
    resource_version integer,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    CONSTRAINT idempotency_key_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);

CREATE TABLE public.instalment (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    order_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    "position" smallint NOT NULL,
    method text NOT NULL,
    trigger text NOT NULL,
    days_after smallint DEFAULT 0 NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    to_seller_minor bigint DEFAULT 0 NOT NULL,
    returned_minor bigint DEFAULT 0 NOT NULL,
    fee_minor bigint DEFAULT 0 NOT NULL,
    fee_vat_minor bigint DEFAULT 0 NOT NULL,
    hold_id uuid,
    reference text NOT NULL,
    due_at timestamp with time zone,
    announced_at timestamp with time zone,
    confirm_by timestamp with time zone,
    settled_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT instalment_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT instalment_check CHECK (((method = 'protected'::text) OR (((hold_id IS NULL) AND (returned_minor = 0)) OR (status = 'settled'::text)))),
    CONSTRAINT instalment_check1 CHECK (((status <> ALL (ARRAY['held'::text, 'released'::text, 'refunded'::text])) OR (hold_id IS NOT NULL))),
    CONSTRAINT instalment_check2 CHECK (((method <> 'protected'::text) OR (status <> ALL (ARRAY['released'::text, 'settled'::text, 'refunded'::text])) OR ((((to_seller_minor + returned_minor) + fee_minor) + fee_vat_minor) = amount_minor))),
    CONSTRAINT instalment_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT instalment_fee_vat_minor_check CHECK ((fee_vat_minor >= 0)),
    CONSTRAINT instalment_method_check CHECK ((method = ANY (ARRAY['protected'::text, 'direct'::text]))),
    CONSTRAINT instalment_returned_minor_check CHECK ((returned_minor >= 0)),
    CONSTRAINT instalment_status_check CHECK ((status = ANY (ARRAY['planned'::text, 'due'::text, 'held'::text, 'released'::text, 'settled'::text, 'refunded'::text, 'announced'::text, 'lapsed'::text]))),
    CONSTRAINT instalment_to_seller_minor_check CHECK ((to_seller_minor >= 0)),
    CONSTRAINT instalment_trigger_check CHECK ((trigger = ANY (ARRAY['order_confirmation'::text, 'before_despatch'::text, 'arrival'::text, 'acceptance'::text, 'invoice'::text])))
);

CREATE TABLE public.invitation (
    rfq_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    reason text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT invitation_status_check CHECK ((status = ANY (ARRAY['sent'::text, 'seen'::text, 'will_quote'::text, 'declined'::text])))
);

CREATE TABLE public.invitation_mail (
    address_hash bytea NOT NULL,
    day date NOT NULL,
    company_id uuid NOT NULL,
    sent smallint NOT NULL,
    CONSTRAINT invitation_mail_address_hash_check CHECK ((length(address_hash) = 32)),
    CONSTRAINT invitation_mail_sent_check CHECK (((sent >= 1) AND (sent <= 5)))
);

CREATE TABLE public.invoice (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    order_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    number text,
    issued_on date,
    currency text NOT NULL,
    expected_net_minor bigint NOT NULL,
    expected_vat_minor bigint NOT NULL,
    net_minor bigint,
    vat_minor bigint,
    gross_minor bigint,
    seller_tax_id text,
    buyer_tax_id text,
    file_id uuid,
    differences jsonb DEFAULT '[]'::jsonb NOT NULL,
    replaces_id uuid,
    created_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone,
    CONSTRAINT invoice_check CHECK (((status = 'expected'::text) OR ((number IS NOT NULL) AND (issued_on IS NOT NULL) AND (net_minor IS NOT NULL) AND (vat_minor IS NOT NULL) AND (gross_minor IS NOT NULL) AND (received_at IS NOT NULL)))),
    CONSTRAINT invoice_check1 CHECK (((gross_minor IS NULL) OR (gross_minor = (net_minor + vat_minor)))),
    CONSTRAINT invoice_status_check CHECK ((status = ANY (ARRAY['expected'::text, 'received'::text, 'matched'::text, 'difference'::text, 'adjusted'::text, 'replaced'::text])))
);

CREATE TABLE public.job (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    kind text NOT NULL,
    dedupe_key text NOT NULL,
    payload jsonb NOT NULL,
    priority smallint DEFAULT 5 NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lease_token uuid,
    last_error text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['new'::text, 'running'::text, 'done'::text, 'dead'::text])))
);

CREATE TABLE public.ledger_account (
    id uuid DEFAULT uuidv7() NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    book_id smallint DEFAULT 1 NOT NULL,
    company_id uuid,
    kind text NOT NULL,
    currency text NOT NULL,
    balance_minor bigint DEFAULT 0 NOT NULL,
    held_minor bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    CONSTRAINT ledger_account_check CHECK (((company_id IS NOT NULL) = (kind = ANY (ARRAY['member'::text, 'receivable'::text])))),
    CONSTRAINT ledger_account_check1 CHECK (((held_minor >= 0) AND ((held_minor = 0) OR (kind = 'member'::text)))),
    CONSTRAINT ledger_account_check2 CHECK (((kind <> 'member'::text) OR ((balance_minor - held_minor) >= 0))),
    CONSTRAINT ledger_account_check3 CHECK (((kind <> 'receivable'::text) OR (balance_minor <= 0))),
    CONSTRAINT ledger_account_check4 CHECK (((kind = ANY (ARRAY['member'::text, 'receivable'::text])) OR ((balance_minor = 0) AND (version = 0)))),
    CONSTRAINT ledger_account_kind_check CHECK ((kind = ANY (ARRAY['member'::text, 'receivable'::text, 'fee'::text, 'fee_vat'::text, 'clearing'::text]))),
    CONSTRAINT ledger_account_version_check CHECK ((version >= 0))
)
WITH (fillfactor='60');

CREATE TABLE public.ledger_entry (
    id bigint NOT NULL,
    transfer_id uuid NOT NULL,
    account_id uuid NOT NULL,
    company_id uuid,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    balance_after_minor bigint,
    account_version bigint,
    CONSTRAINT ledger_entry_account_version_check CHECK ((account_version > 0)),
    CONSTRAINT ledger_entry_amount_minor_check CHECK (((amount_minor <> 0) AND ((amount_minor >= '-100000000000000000'::bigint) AND (amount_minor <= '100000000000000000'::bigint)))),
    CONSTRAINT ledger_entry_check CHECK (((company_id IS NULL) = (account_version IS NULL))),
    CONSTRAINT ledger_entry_check1 CHECK (((balance_after_minor IS NULL) = (account_version IS NULL)))
);

ALTER TABLE public.ledger_entry ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ledger_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.ledger_hold_resolution (
    hold_id uuid NOT NULL,
    company_id uuid NOT NULL,
    kind text NOT NULL,
    ref text NOT NULL,
    posted_minor bigint NOT NULL,
    transfer_id uuid,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ledger_hold_resolution_check CHECK (((kind = 'post'::text) = (transfer_id IS NOT NULL))),
    CONSTRAINT ledger_hold_resolution_check1 CHECK (((kind = 'post'::text) = (posted_minor > 0))),
    CONSTRAINT ledger_hold_resolution_kind_check CHECK ((kind = ANY (ARRAY['post'::text, 'void'::text, 'expire'::text]))),
    CONSTRAINT ledger_hold_resolution_posted_minor_check CHECK ((posted_minor >= 0)),
    CONSTRAINT ledger_hold_resolution_ref_check CHECK (((length(ref) >= 3) AND (length(ref) <= 200)))
);

CREATE TABLE public.ledger_rollup (
    account_id uuid NOT NULL,
    up_to_entry bigint NOT NULL,
    balance_minor bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.ledger_transfer (
    id uuid DEFAULT uuidv7() NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    book_id smallint NOT NULL,
    ref text NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    reason jsonb NOT NULL,
    companies uuid[] NOT NULL,
    CONSTRAINT ledger_transfer_kind_check CHECK ((kind ~ '^[a-z][a-z_]{1,39}$'::text)),
    CONSTRAINT ledger_transfer_reason_check CHECK (((jsonb_typeof(reason) = 'object'::text) AND (length((reason)::text) <= 2000))),
    CONSTRAINT ledger_transfer_ref_check CHECK (((length(ref) >= 3) AND (length(ref) <= 200)))
);

CREATE TABLE public.mail_proof (
    id uuid NOT NULL,
    purpose text NOT NULL,
    person_id uuid,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT mail_proof_purpose_check CHECK ((purpose = ANY (ARRAY['verify'::text, 'reset'::text]))),
    CONSTRAINT mail_proof_token_hash_check CHECK ((length(token_hash) = 32))
);

CREATE TABLE public.market (
    id uuid NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.market_clock (
    only_row boolean DEFAULT true NOT NULL,
    sandbox boolean NOT NULL,
    ahead interval DEFAULT '00:00:00'::interval NOT NULL,
    CONSTRAINT market_clock_ahead_check CHECK (((ahead >= '00:00:00'::interval) AND (ahead <= '3660 days'::interval))),
    CONSTRAINT market_clock_check CHECK ((sandbox OR (ahead = '00:00:00'::interval))),
    CONSTRAINT market_clock_only_row_check CHECK (only_row)
);

CREATE TABLE public.master_key (
    id text NOT NULL,
    fingerprint bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT master_key_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT master_key_id_check CHECK ((id ~ '^[a-z0-9]{1,32}$'::text))
);

CREATE TABLE public.member_invitation (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    email text NOT NULL,
    roles text[] NOT NULL,
    locale text NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    token_hash bytea NOT NULL,
    sends integer DEFAULT 1 NOT NULL,
    invited_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    accepted_by uuid,
    own_roles uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    CONSTRAINT member_invitation_check CHECK (((status = 'accepted'::text) = (accepted_by IS NOT NULL))),
    CONSTRAINT member_invitation_email_check CHECK (((email = lower(email)) AND ((length(email) >= 3) AND (length(email) <= 254)))),
    CONSTRAINT member_invitation_locale_check CHECK ((locale = ANY (ARRAY['vi'::text, 'en'::text]))),
    CONSTRAINT member_invitation_own_roles_check CHECK ((cardinality(own_roles) <= 50)),
    CONSTRAINT member_invitation_roles_check CHECK (((cardinality(roles) > 0) AND (roles <@ ARRAY['owner'::text, 'admin'::text, 'buyer'::text, 'seller'::text, 'approver'::text, 'evaluator'::text, 'signatory'::text, 'finance'::text, 'warehouse'::text, 'viewer'::text]))),
    CONSTRAINT member_invitation_sends_check CHECK ((sends > 0)),
    CONSTRAINT member_invitation_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'revoked'::text, 'expired'::text]))),
    CONSTRAINT member_invitation_token_hash_check CHECK ((length(token_hash) = 32))
);

CREATE TABLE public.member_role (
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role_id uuid NOT NULL
);

CREATE TABLE public.member_view (
    id uuid NOT NULL,
    session_hash bytea NOT NULL,
    operator_id uuid NOT NULL,
    company_id uuid NOT NULL,
    reason text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ends_at timestamp with time zone DEFAULT (clock_timestamp() + '00:30:00'::interval) NOT NULL,
    ended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT member_view_check CHECK ((ends_at <= (started_at + '00:31:00'::interval))),
    CONSTRAINT member_view_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 500))),
    CONSTRAINT member_view_session_hash_check CHECK ((length(session_hash) = 32))
);

CREATE TABLE public.membership (
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    roles text[] NOT NULL,
    ended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    began_at timestamp with time zone DEFAULT public.market_now() NOT NULL,
    CONSTRAINT membership_roles_check CHECK (((cardinality(roles) > 0) AND (roles <@ ARRAY['owner'::text, 'admin'::text, 'buyer'::text, 'seller'::text, 'approver'::text, 'evaluator'::text, 'signatory'::text, 'finance'::text, 'warehouse'::text, 'viewer'::text])))
);

CREATE TABLE public.message (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    thread_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    company_id uuid NOT NULL,
    author_id uuid NOT NULL,
    internal boolean NOT NULL,
    hinted boolean NOT NULL,
    body text NOT NULL,
    files uuid[] NOT NULL,
    by_mail boolean NOT NULL,
    mail_key bytea,
    words tsvector NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT message_body_check CHECK ((length(body) <= 10000)),
    CONSTRAINT message_check CHECK (((company_id = buyer_id) OR (company_id = seller_id))),
    CONSTRAINT message_check1 CHECK ((NOT (internal AND hinted))),
    CONSTRAINT message_check2 CHECK (((body <> ''::text) OR (cardinality(files) > 0))),
    CONSTRAINT message_check3 CHECK (((mail_key IS NOT NULL) = by_mail)),
    CONSTRAINT message_files_check CHECK ((cardinality(files) <= 10)),
    CONSTRAINT message_mail_key_check CHECK ((length(mail_key) = 32))
);

CREATE TABLE public.message_mention (
    message_id uuid NOT NULL,
    person_id uuid NOT NULL,
    company_id uuid NOT NULL
);

CREATE TABLE public.moderation_case (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    kind text NOT NULL,
    object_id uuid NOT NULL,
    company_id uuid NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    hits jsonb DEFAULT '[]'::jsonb NOT NULL,
    owner_id uuid,
    outcome text,
    template text,
    reason text DEFAULT ''::text NOT NULL,
    appeal_of uuid,
    appeal_text text DEFAULT ''::text NOT NULL,
    not_by uuid,
    opened_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    CONSTRAINT another_operator CHECK ((decided_by <> not_by)),
    CONSTRAINT moderation_case_appeal_text_check CHECK ((length(appeal_text) <= 2000)),
    CONSTRAINT moderation_case_check CHECK ((((status = 'decided'::text) = (outcome IS NOT NULL)) AND ((status = 'decided'::text) = (decided_at IS NOT NULL)))),
    CONSTRAINT moderation_case_check1 CHECK ((((outcome = ANY (ARRAY['approved'::text, 'rejected'::text])) = (decided_by IS NOT NULL)) OR (outcome IS NULL))),
    CONSTRAINT moderation_case_check2 CHECK (((status <> 'taken'::text) OR (owner_id IS NOT NULL))),
    CONSTRAINT moderation_case_check3 CHECK (((outcome <> 'rejected'::text) OR (template IS NOT NULL) OR (reason <> ''::text))),
    CONSTRAINT moderation_case_check4 CHECK ((((kind = 'appeal'::text) = (appeal_of IS NOT NULL)) AND ((appeal_of IS NULL) OR (not_by IS NOT NULL)))),
    CONSTRAINT moderation_case_hits_check CHECK ((jsonb_typeof(hits) = 'array'::text)),
    CONSTRAINT moderation_case_kind_check CHECK ((kind = ANY (ARRAY['company'::text, 'offer'::text, 'document'::text, 'bank_account'::text, 'affiliation'::text, 'review'::text, 'message'::text, 'appeal'::text, 'flag'::text]))),
    CONSTRAINT moderation_case_outcome_check CHECK ((outcome = ANY (ARRAY['approved'::text, 'rejected'::text, 'dropped'::text]))),
    CONSTRAINT moderation_case_reason_check CHECK ((length(reason) <= 2000)),
    CONSTRAINT moderation_case_status_check CHECK ((status = ANY (ARRAY['open'::text, 'taken'::text, 'decided'::text])))
);

CREATE TABLE public.notification (
    id uuid NOT NULL,
    company_id uuid,
    person_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone
);

CREATE TABLE public.offer (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    company_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    external_id text,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    category_code text NOT NULL,
    mpn text,
    gtins text[] DEFAULT '{}'::text[] NOT NULL,
    unit text NOT NULL,
    currency text NOT NULL,
    tiers jsonb NOT NULL,
    price_micro bigint NOT NULL,
    vat_code text NOT NULL,
    vat_percent numeric(6,3) NOT NULL,
    firm boolean NOT NULL,
    moq numeric(18,6) NOT NULL,
    increment numeric(18,6) NOT NULL,
    available numeric(18,6),
    lead_time_days integer NOT NULL,
    ship_from text NOT NULL,
    regions text[] NOT NULL,
    terms jsonb NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    extra jsonb DEFAULT '{}'::jsonb NOT NULL,
    visibility text DEFAULT 'all'::text NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    taken numeric(18,6) DEFAULT 0 NOT NULL,
    CONSTRAINT offer_available_check CHECK ((available >= (0)::numeric)),
    CONSTRAINT offer_description_check CHECK ((length(description) <= 10000)),
    CONSTRAINT offer_external_id_check CHECK (((length(external_id) >= 1) AND (length(external_id) <= 250))),
    CONSTRAINT offer_increment_check CHECK ((increment > (0)::numeric)),
    CONSTRAINT offer_lead_time_days_check CHECK (((lead_time_days >= 0) AND (lead_time_days <= 730))),
    CONSTRAINT offer_moq_check CHECK ((moq > (0)::numeric)),
    CONSTRAINT offer_mpn_check CHECK ((length(mpn) <= 250)),
    CONSTRAINT offer_price_micro_check CHECK ((price_micro > 0)),
    CONSTRAINT offer_regions_check CHECK (((cardinality(regions) >= 1) AND (cardinality(regions) <= 100))),
    CONSTRAINT offer_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'in_review'::text, 'live'::text, 'paused'::text, 'expired'::text, 'withdrawn'::text, 'rejected'::text]))),
    CONSTRAINT offer_taken_check CHECK ((taken >= (0)::numeric)),
    CONSTRAINT offer_tiers_check CHECK (((jsonb_typeof(tiers) = 'array'::text) AND ((jsonb_array_length(tiers) >= 1) AND (jsonb_array_length(tiers) <= 20)))),
    CONSTRAINT offer_title_check CHECK (((length(title) >= 3) AND (length(title) <= 500))),
    CONSTRAINT offer_vat_percent_check CHECK (((vat_percent >= (0)::numeric) AND (vat_percent <= (100)::numeric))),
    CONSTRAINT offer_visibility_check CHECK ((visibility = ANY (ARRAY['all'::text, 'own'::text])))
);

CREATE TABLE public.offer_version (
    offer_id uuid NOT NULL,
    version integer NOT NULL,
    company_id uuid NOT NULL,
    visibility text NOT NULL,
    body jsonb NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.opportunity (
    id uuid NOT NULL,
    rfq_id uuid NOT NULL,
    rfq_version integer NOT NULL,
    line_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    offer_version integer NOT NULL,
    seller_id uuid NOT NULL,
    score bigint NOT NULL,
    reasons jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.order_line (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    "position" smallint NOT NULL,
    offer_id uuid,
    offer_version integer,
    category_code text NOT NULL,
    title text NOT NULL,
    mpn text,
    unit text NOT NULL,
    quantity numeric(18,6) NOT NULL,
    price numeric(18,6) NOT NULL,
    vat_code text NOT NULL,
    vat_percent numeric(6,3) NOT NULL,
    net_minor bigint NOT NULL,
    vat_minor bigint NOT NULL,
    despatched numeric(18,6) DEFAULT 0 NOT NULL,
    received numeric(18,6) DEFAULT 0 NOT NULL,
    accepted numeric(18,6) DEFAULT 0 NOT NULL,
    rejected numeric(18,6) DEFAULT 0 NOT NULL,
    closed numeric(18,6) DEFAULT 0 NOT NULL,
    taken numeric(18,6) DEFAULT 0 NOT NULL,
    placed boolean DEFAULT false NOT NULL,
    CONSTRAINT order_line_check CHECK (((accepted >= (0)::numeric) AND (rejected >= (0)::numeric) AND (closed >= (0)::numeric))),
    CONSTRAINT order_line_check1 CHECK ((((accepted + rejected) <= received) AND (received <= despatched))),
    CONSTRAINT order_line_check2 CHECK ((((despatched - rejected) + closed) <= quantity)),
    CONSTRAINT order_line_check3 CHECK (((taken = (0)::numeric) OR (taken = quantity))),
    CONSTRAINT order_line_position_check CHECK (("position" > 0)),
    CONSTRAINT order_line_price_check CHECK ((price > (0)::numeric)),
    CONSTRAINT order_line_quantity_check CHECK ((quantity > (0)::numeric))
);

CREATE TABLE public.passkey (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_used_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT passkey_credential_id_check CHECK (((length(credential_id) >= 8) AND (length(credential_id) <= 1023))),
    CONSTRAINT passkey_name_check CHECK (((length(name) >= 1) AND (length(name) <= 80))),
    CONSTRAINT passkey_public_key_check CHECK (((length(public_key) >= 16) AND (length(public_key) <= 2000))),
    CONSTRAINT passkey_sign_count_check CHECK ((sign_count >= 0))
);

CREATE TABLE public.passport (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    status text DEFAULT 'granted'::text NOT NULL,
    company_id uuid NOT NULL,
    reader_id uuid NOT NULL,
    fields text[] NOT NULL,
    until timestamp with time zone NOT NULL,
    granted_by uuid NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    revoked_by uuid,
    revoked_at timestamp with time zone,
    CONSTRAINT passport_check CHECK ((reader_id <> company_id)),
    CONSTRAINT passport_check1 CHECK ((((status = 'revoked'::text) = (revoked_at IS NOT NULL)) AND ((revoked_by IS NULL) = (revoked_at IS NULL)))),
    CONSTRAINT passport_fields_check CHECK (((cardinality(fields) > 0) AND (fields <@ ARRAY['identity'::text, 'address'::text, 'representative'::text, 'contact'::text, 'tax'::text, 'bank'::text, 'documents'::text, 'group'::text]))),
    CONSTRAINT passport_status_check CHECK ((status = ANY (ARRAY['granted'::text, 'revoked'::text])))
);

CREATE TABLE public.person (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    locale text DEFAULT 'vi'::text NOT NULL,
    operator_roles text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    verified_at timestamp with time zone,
    CONSTRAINT person_email_check CHECK (((email = lower(email)) AND ((length(email) >= 3) AND (length(email) <= 254)))),
    CONSTRAINT person_locale_check CHECK ((locale = ANY (ARRAY['vi'::text, 'en'::text]))),
    CONSTRAINT person_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT person_operator_roles_check CHECK ((operator_roles <@ ARRAY['moderator'::text, 'compliance'::text, 'finance'::text, 'arbiter'::text, 'administrator'::text]))
);

CREATE TABLE public.provider_link (
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    subject text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT provider_link_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 255)))
);

CREATE TABLE public.purchase_order (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    number text NOT NULL,
    contract_id uuid,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    currency text NOT NULL,
    net_minor bigint NOT NULL,
    vat_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    fee_percent numeric(6,3) NOT NULL,
    fee_vat_percent numeric(6,3) NOT NULL,
    terms jsonb NOT NULL,
    delivery jsonb NOT NULL,
    buyer_reference text,
    cost_centre text,
    placed_by uuid,
    reason text,
    created_at timestamp with time zone NOT NULL,
    placed_at timestamp with time zone,
    confirm_by timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    placed boolean GENERATED ALWAYS AS ((placed_at IS NOT NULL)) STORED NOT NULL,
    CONSTRAINT purchase_order_buyer_reference_check CHECK ((length(buyer_reference) <= 80)),
    CONSTRAINT purchase_order_check CHECK ((buyer_id <> seller_id)),
    CONSTRAINT purchase_order_check1 CHECK ((gross_minor = (net_minor + vat_minor))),
    CONSTRAINT purchase_order_check2 CHECK (((status = ANY (ARRAY['confirmed'::text, 'in_progress'::text, 'completed'::text])) <= ((contract_id IS NOT NULL) AND (confirmed_at IS NOT NULL)))),
    CONSTRAINT purchase_order_cost_centre_check CHECK ((length(cost_centre) <= 80)),
    CONSTRAINT purchase_order_net_minor_check CHECK ((net_minor > 0)),
    CONSTRAINT purchase_order_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'pending_approval'::text, 'placed'::text, 'confirmed'::text, 'refused'::text, 'lapsed'::text, 'in_progress'::text, 'completed'::text, 'cancelled'::text]))),
    CONSTRAINT purchase_order_vat_minor_check CHECK ((vat_minor >= 0))
);

CREATE TABLE public.quote (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    number text NOT NULL,
    rfq_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    body_version integer NOT NULL,
    rfq_version integer NOT NULL,
    lost_reason text,
    submitted_at timestamp with time zone,
    opened_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT quote_check CHECK ((buyer_id <> seller_id)),
    CONSTRAINT quote_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'submitted'::text, 'needs_confirmation'::text, 'opened'::text, 'shortlisted'::text, 'awarded'::text, 'part_awarded'::text, 'lost'::text, 'expired'::text, 'withdrawn'::text])))
);

CREATE TABLE public.quote_body (
    quote_id uuid NOT NULL,
    version integer CONSTRAINT quote_body_version_not_null1 NOT NULL,
    rfq_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    opened boolean DEFAULT false NOT NULL,
    body jsonb NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.reason_template (
    code text NOT NULL,
    kinds text[] NOT NULL,
    place smallint NOT NULL,
    text_en text NOT NULL,
    text_vi text NOT NULL,
    CONSTRAINT reason_template_code_check CHECK ((code ~ '^[a-z][a-z_]{1,40}$'::text))
);

CREATE TABLE public.recovery_code (
    person_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_code_code_hash_check CHECK ((length(code_hash) = 32))
);

CREATE TABLE public.retention_run (
    rule text NOT NULL,
    ran_at timestamp with time zone NOT NULL,
    removed bigint NOT NULL,
    removed_total bigint NOT NULL,
    CONSTRAINT retention_run_check CHECK ((removed_total >= removed)),
    CONSTRAINT retention_run_removed_check CHECK ((removed >= 0)),
    CONSTRAINT retention_run_rule_check CHECK ((rule ~ '^[a-z_]{1,40}$'::text))
);

CREATE TABLE public.review (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    author_company_id uuid NOT NULL,
    subject_company_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    score smallint NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    author_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    publish_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT review_check CHECK ((author_company_id <> subject_company_id)),
    CONSTRAINT review_check1 CHECK (((status = 'published'::text) = (published_at IS NOT NULL))),
    CONSTRAINT review_score_check CHECK (((score >= 1) AND (score <= 5))),
    CONSTRAINT review_status_check CHECK ((status = ANY (ARRAY['written'::text, 'published'::text]))),
    CONSTRAINT review_text_check CHECK ((length(text) <= 4000))
);

CREATE TABLE public.rfq (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    number text NOT NULL,
    buyer_id uuid NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    sealed boolean NOT NULL,
    mode text NOT NULL,
    audience uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    currency text NOT NULL,
    lines jsonb NOT NULL,
    terms jsonb NOT NULL,
    own_reference text,
    due_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    opened_at timestamp with time zone,
    outcome_reason text,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT rfq_check CHECK ((((status = ANY (ARRAY['draft'::text, 'pending_approval'::text])) = (published_at IS NULL)) OR (status = 'cancelled'::text))),
    CONSTRAINT rfq_description_check CHECK ((length(description) <= 10000)),
    CONSTRAINT rfq_lines_check CHECK (((jsonb_typeof(lines) = 'array'::text) AND ((jsonb_array_length(lines) >= 1) AND (jsonb_array_length(lines) <= 100)))),
    CONSTRAINT rfq_mode_check CHECK ((mode = ANY (ARRAY['open'::text, 'invited'::text]))),
    CONSTRAINT rfq_own_reference_check CHECK ((length(own_reference) <= 80)),
    CONSTRAINT rfq_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'pending_approval'::text, 'open'::text, 'deadline_passed'::text, 'evaluating'::text, 'award_pending'::text, 'awarded'::text, 'no_award'::text, 'cancelled'::text]))),
    CONSTRAINT rfq_title_check CHECK (((length(title) >= 3) AND (length(title) <= 200)))
);

CREATE TABLE public.rfq_match (
    rfq_id uuid NOT NULL,
    rfq_version integer NOT NULL,
    line_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    result jsonb NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.schedule_slot (
    name text NOT NULL,
    slot timestamp with time zone NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL
);

CREATE TABLE public.schema_migration (
    version text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.screening_rule (
    code text NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    place smallint NOT NULL,
    enabled boolean NOT NULL,
    holds boolean NOT NULL,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone,
    updated_by uuid,
    CONSTRAINT screening_rule_code_check CHECK ((code = ANY (ARRAY['price_far'::text, 'banned_terms'::text, 'double'::text, 'contact_phone'::text, 'contact_email'::text, 'contact_url'::text, 'contact_handle'::text, 'first_offers'::text, 'rejected_before'::text]))),
    CONSTRAINT screening_rule_parameters_check CHECK ((jsonb_typeof(parameters) = 'object'::text))
);

CREATE TABLE public.second_factor (
    person_id uuid NOT NULL,
    sealed_secret bytea,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT second_factor_check CHECK (((confirmed_at IS NULL) OR (sealed_secret IS NOT NULL))),
    CONSTRAINT second_factor_sealed_secret_check CHECK (((length(sealed_secret) >= 29) AND (length(sealed_secret) <= 200)))
);

CREATE TABLE public.session (
    token_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    company_id uuid,
    operator boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    stepped_up_at timestamp with time zone,
    user_agent text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    bound boolean DEFAULT false NOT NULL,
    CONSTRAINT session_check CHECK ((NOT (operator AND (company_id IS NOT NULL)))),
    CONSTRAINT session_token_hash_check CHECK ((length(token_hash) = 32))
);

CREATE TABLE public.sign_in_counter (
    key bytea NOT NULL,
    failures integer NOT NULL,
    locked_until timestamp with time zone,
    last_at timestamp with time zone NOT NULL
);

CREATE TABLE public.signatory (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    basis text NOT NULL,
    status text NOT NULL,
    number text,
    issued_on date,
    scope text[] DEFAULT '{}'::text[] NOT NULL,
    limit_minor bigint,
    limit_currency text,
    valid_from date,
    valid_until date,
    file_id uuid,
    verified_by uuid,
    verified_at timestamp with time zone,
    CONSTRAINT signatory_basis_check CHECK ((basis = ANY (ARRAY['legal_representative'::text, 'authorisation'::text]))),
    CONSTRAINT signatory_check CHECK (((limit_minor IS NULL) = (limit_currency IS NULL))),
    CONSTRAINT signatory_check1 CHECK ((valid_until >= valid_from)),
    CONSTRAINT signatory_check2 CHECK (((status <> 'verified'::text) OR (verified_at IS NOT NULL))),
    CONSTRAINT signatory_check3 CHECK (((basis = 'legal_representative'::text) OR (status <> ALL (ARRAY['proposed'::text, 'verified'::text])) OR ((number IS NOT NULL) AND (issued_on IS NOT NULL) AND (cardinality(scope) > 0) AND (valid_from IS NOT NULL)))),
    CONSTRAINT signatory_limit_minor_check CHECK ((limit_minor > 0)),
    CONSTRAINT signatory_number_check CHECK (((length(number) >= 1) AND (length(number) <= 60))),
    CONSTRAINT signatory_scope_check CHECK ((scope <@ ARRAY['purchase'::text, 'sale'::text])),
    CONSTRAINT signatory_status_check CHECK ((status = ANY (ARRAY['incomplete'::text, 'proposed'::text, 'verified'::text, 'revoked'::text])))
);

CREATE TABLE public.suspension (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    suspended_by uuid,
    suspended_at timestamp with time zone NOT NULL,
    lift_proposed_by uuid,
    lift_proposed_at timestamp with time zone,
    lifted_by uuid,
    lifted_at timestamp with time zone,
    CONSTRAINT suspension_check CHECK (((lift_proposed_by IS NULL) = (lift_proposed_at IS NULL))),
    CONSTRAINT suspension_check1 CHECK (((lifted_by IS NULL) = (lifted_at IS NULL))),
    CONSTRAINT suspension_check2 CHECK (((lifted_by IS NULL) OR (lift_proposed_by IS NOT NULL))),
    CONSTRAINT suspension_two_operators CHECK ((lifted_by <> lift_proposed_by))
);

CREATE TABLE public.thread (
    id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    CONSTRAINT thread_check CHECK ((buyer_id <> seller_id)),
    CONSTRAINT thread_kind_check CHECK ((kind = ANY (ARRAY['rfq'::text, 'quote'::text, 'order'::text, 'delivery'::text])))
);

CREATE TABLE public.thread_read (
    person_id uuid NOT NULL,
    company_id uuid NOT NULL,
    thread_id uuid NOT NULL,
    read_at timestamp with time zone NOT NULL
);

CREATE TABLE public.thread_side (
    company_id uuid NOT NULL,
    thread_id uuid NOT NULL,
    market_id uuid DEFAULT '00000000-0000-7000-8000-000000000001'::uuid NOT NULL,
    other_id uuid NOT NULL,
    buying boolean NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    rfq_id uuid,
    order_id uuid,
    last_at timestamp with time zone NOT NULL,
    last_id uuid,
    CONSTRAINT thread_side_check CHECK (((rfq_id IS NULL) <> (order_id IS NULL))),
    CONSTRAINT thread_side_kind_check CHECK ((kind = ANY (ARRAY['rfq'::text, 'quote'::text, 'order'::text, 'delivery'::text])))
);

CREATE TABLE public.unit (
    code text NOT NULL,
    symbol text NOT NULL,
    name_en text NOT NULL,
    name_vi text NOT NULL,
    CONSTRAINT unit_code_check CHECK ((code ~ '^[A-Z0-9]{2,3}$'::text))
);

CREATE TABLE public.webhook_delivery (
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    company_id uuid NOT NULL,
    event_id uuid NOT NULL,
    status text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_status smallint,
    last_error text,
    created_at timestamp with time zone NOT NULL,
    delivered_at timestamp with time zone,
    CONSTRAINT webhook_delivery_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text])))
);

CREATE TABLE public.webhook_endpoint (
    id uuid NOT NULL,
    company_id uuid NOT NULL,
    url text NOT NULL,
    secret text NOT NULL,
    events text[] DEFAULT '{}'::text[] NOT NULL,
    status text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    person_id uuid,
    CONSTRAINT somebody_answers CHECK (((person_id IS NOT NULL) OR (status = 'disabled'::text))),
    CONSTRAINT webhook_endpoint_status_check CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text]))),
    CONSTRAINT webhook_endpoint_url_check CHECK (((url ~ '^https?://'::text) AND (length(url) <= 500)))
);

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_log
    ADD CONSTRAINT access_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.affiliation
    ADD CONSTRAINT affiliation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_secret_hash_key UNIQUE (secret_hash);

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT approval_decision_pkey PRIMARY KEY (request_id, step, person_id);

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT approval_decision_request_id_step_principal_id_key UNIQUE (request_id, step, principal_id);

ALTER TABLE ONLY public.approval_policy
    ADD CONSTRAINT approval_policy_company_id_kind_version_key UNIQUE (company_id, kind, version);

ALTER TABLE ONLY public.approval_policy
    ADD CONSTRAINT approval_policy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.approval_request
    ADD CONSTRAINT approval_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT award_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bank_account
    ADD CONSTRAINT bank_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.category_attribute
    ADD CONSTRAINT category_attribute_pkey PRIMARY KEY (category_code, key);

ALTER TABLE ONLY public.category
    ADD CONSTRAINT category_path_key UNIQUE (path);

ALTER TABLE ONLY public.category
    ADD CONSTRAINT category_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.category_price
    ADD CONSTRAINT category_price_pkey PRIMARY KEY (market_id, category_code, currency, unit);

ALTER TABLE ONLY public.category_tree
    ADD CONSTRAINT category_tree_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.ceremony
    ADD CONSTRAINT ceremony_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.closing_proposal
    ADD CONSTRAINT closing_proposal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.company_address
    ADD CONSTRAINT company_address_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.company_application
    ADD CONSTRAINT company_application_pkey PRIMARY KEY (company_id);

ALTER TABLE ONLY public.company_check
    ADD CONSTRAINT company_check_pkey PRIMARY KEY (company_id, field);

ALTER TABLE ONLY public.company
    ADD CONSTRAINT company_country_registration_id_key UNIQUE (country, registration_id);

ALTER TABLE ONLY public.company_export
    ADD CONSTRAINT company_export_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.company_file
    ADD CONSTRAINT company_file_pkey PRIMARY KEY (company_id);

ALTER TABLE ONLY public.company_key
    ADD CONSTRAINT company_key_pkey PRIMARY KEY (company_id, key_no);

ALTER TABLE ONLY public.company_mark
    ADD CONSTRAINT company_mark_pkey PRIMARY KEY (company_id, kind, hash);

ALTER TABLE ONLY public.company
    ADD CONSTRAINT company_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.company_provider
    ADD CONSTRAINT company_provider_pkey PRIMARY KEY (company_id);

ALTER TABLE ONLY public.company_role
    ADD CONSTRAINT company_role_company_id_id_key UNIQUE (company_id, id);

ALTER TABLE ONLY public.company_role_permission
    ADD CONSTRAINT company_role_permission_pkey PRIMARY KEY (role_id, permission);

ALTER TABLE ONLY public.company_role
    ADD CONSTRAINT company_role_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.company_tax_status
    ADD CONSTRAINT company_tax_status_pkey PRIMARY KEY (company_id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_award_id_key UNIQUE (award_id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_number_buyer_id_key UNIQUE (number, buyer_id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contract_signature
    ADD CONSTRAINT contract_signature_pkey PRIMARY KEY (contract_id, company_id);

ALTER TABLE ONLY public.currency
    ADD CONSTRAINT currency_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_number_seller_id_key UNIQUE (number, seller_id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.document_scheme
    ADD CONSTRAINT document_scheme_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.erasure_request
    ADD CONSTRAINT erasure_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_position_key UNIQUE ("position");

ALTER TABLE ONLY public.event_recipient
    ADD CONSTRAINT event_recipient_pkey PRIMARY KEY (company_id, "position");

ALTER TABLE ONLY public.factor_removal
    ADD CONSTRAINT factor_removal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.factor_removal
    ADD CONSTRAINT factor_removal_stop_hash_key UNIQUE (stop_hash);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_instalment_id_key UNIQUE (instalment_id);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_number_key UNIQUE (number);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_serial_key UNIQUE (serial);

ALTER TABLE ONLY public.fee_invoice_series
    ADD CONSTRAINT fee_invoice_series_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.fee_rate
    ADD CONSTRAINT fee_rate_pkey PRIMARY KEY (valid_from);

ALTER TABLE ONLY public.file
    ADD CONSTRAINT file_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.grantable_permission
    ADD CONSTRAINT grantable_permission_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (company_id, actor_id, route, key);

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_order_id_position_key UNIQUE (order_id, "position");

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_seller_id_reference_key UNIQUE (seller_id, reference);

ALTER TABLE ONLY public.invitation_mail
    ADD CONSTRAINT invitation_mail_pkey PRIMARY KEY (address_hash, day, company_id);

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (rfq_id, seller_id);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_dedupe_key_key UNIQUE (dedupe_key);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_book_id_company_id_kind_currency_key UNIQUE NULLS NOT DISTINCT (book_id, company_id, kind, currency);

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_id_currency_key UNIQUE (id, currency);

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_transfer_id_account_id_key UNIQUE (transfer_id, account_id);

ALTER TABLE ONLY public.ledger_hold
    ADD CONSTRAINT ledger_hold_book_id_ref_key UNIQUE (book_id, ref);

ALTER TABLE ONLY public.ledger_hold
    ADD CONSTRAINT ledger_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ledger_hold_resolution
    ADD CONSTRAINT ledger_hold_resolution_pkey PRIMARY KEY (hold_id);

ALTER TABLE ONLY public.ledger_hold_resolution
    ADD CONSTRAINT ledger_hold_resolution_transfer_id_key UNIQUE (transfer_id);

ALTER TABLE ONLY public.ledger_rollup
    ADD CONSTRAINT ledger_rollup_pkey PRIMARY KEY (account_id, up_to_entry);

ALTER TABLE ONLY public.ledger_transfer
    ADD CONSTRAINT ledger_transfer_book_id_ref_key UNIQUE (book_id, ref);

ALTER TABLE ONLY public.ledger_transfer
    ADD CONSTRAINT ledger_transfer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mail_proof
    ADD CONSTRAINT mail_proof_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mail_proof
    ADD CONSTRAINT mail_proof_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.market_clock
    ADD CONSTRAINT market_clock_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.market
    ADD CONSTRAINT market_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.master_key
    ADD CONSTRAINT master_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.member_invitation
    ADD CONSTRAINT member_invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.member_invitation
    ADD CONSTRAINT member_invitation_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.member_role
    ADD CONSTRAINT member_role_pkey PRIMARY KEY (company_id, person_id, role_id);

ALTER TABLE ONLY public.member_view
    ADD CONSTRAINT member_view_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_pkey PRIMARY KEY (company_id, person_id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_mail_key_key UNIQUE (mail_key);

ALTER TABLE ONLY public.message_mention
    ADD CONSTRAINT message_mention_pkey PRIMARY KEY (message_id, person_id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_appeal_of_key UNIQUE (appeal_of);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_person_id_event_id_key UNIQUE (person_id, event_id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_company_id_external_id_key UNIQUE (company_id, external_id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offer_version
    ADD CONSTRAINT offer_version_pkey PRIMARY KEY (offer_id, version);

ALTER TABLE ONLY public.opportunity
    ADD CONSTRAINT opportunity_line_id_offer_id_rfq_version_key UNIQUE (line_id, offer_id, rfq_version);

ALTER TABLE ONLY public.opportunity
    ADD CONSTRAINT opportunity_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT order_line_order_id_position_key UNIQUE (order_id, "position");

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT order_line_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_credential_id_key UNIQUE (credential_id);

ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.passport
    ADD CONSTRAINT passport_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_email_key UNIQUE (email);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.provider_link
    ADD CONSTRAINT provider_link_company_id_subject_key UNIQUE (company_id, subject);

ALTER TABLE ONLY public.provider_link
    ADD CONSTRAINT provider_link_pkey PRIMARY KEY (company_id, person_id);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_number_buyer_id_key UNIQUE (number, buyer_id);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_placed_key UNIQUE (id, placed);

ALTER TABLE ONLY public.quote_body
    ADD CONSTRAINT quote_body_pkey PRIMARY KEY (quote_id, version);

ALTER TABLE ONLY public.quote
    ADD CONSTRAINT quote_number_seller_id_key UNIQUE (number, seller_id);

ALTER TABLE ONLY public.quote
    ADD CONSTRAINT quote_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quote
    ADD CONSTRAINT quote_rfq_id_seller_id_key UNIQUE (rfq_id, seller_id);

ALTER TABLE ONLY public.reason_template
    ADD CONSTRAINT reason_template_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (person_id, code_hash);

ALTER TABLE ONLY public.retention_run
    ADD CONSTRAINT retention_run_pkey PRIMARY KEY (rule);

ALTER TABLE ONLY public.review
    ADD CONSTRAINT review_order_id_author_company_id_key UNIQUE (order_id, author_company_id);

ALTER TABLE ONLY public.review
    ADD CONSTRAINT review_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rfq_match
    ADD CONSTRAINT rfq_match_pkey PRIMARY KEY (rfq_id, rfq_version, line_id);

ALTER TABLE ONLY public.rfq
    ADD CONSTRAINT rfq_number_buyer_id_key UNIQUE (number, buyer_id);

ALTER TABLE ONLY public.rfq
    ADD CONSTRAINT rfq_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schedule_slot
    ADD CONSTRAINT schedule_slot_pkey PRIMARY KEY (name, slot);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.screening_rule
    ADD CONSTRAINT screening_rule_id_key UNIQUE (id);

ALTER TABLE ONLY public.screening_rule
    ADD CONSTRAINT screening_rule_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.sign_in_counter
    ADD CONSTRAINT sign_in_counter_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.signatory
    ADD CONSTRAINT signatory_company_id_person_id_key UNIQUE (company_id, person_id);

ALTER TABLE ONLY public.signatory
    ADD CONSTRAINT signatory_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.suspension
    ADD CONSTRAINT suspension_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.thread
    ADD CONSTRAINT thread_id_buyer_id_seller_id_key UNIQUE (id, buyer_id, seller_id);

ALTER TABLE ONLY public.thread
    ADD CONSTRAINT thread_kind_subject_id_seller_id_key UNIQUE (kind, subject_id, seller_id);

ALTER TABLE ONLY public.thread
    ADD CONSTRAINT thread_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.thread_read
    ADD CONSTRAINT thread_read_pkey PRIMARY KEY (person_id, company_id, thread_id);

ALTER TABLE ONLY public.thread_side
    ADD CONSTRAINT thread_side_pkey PRIMARY KEY (company_id, thread_id);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_endpoint_id_event_id_key UNIQUE (endpoint_id, event_id);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_pkey PRIMARY KEY (id);

CREATE INDEX absence_company ON public.absence USING btree (company_id, ends_at) WHERE (ended_at IS NULL);

CREATE INDEX access_log_actor ON public.access_log USING btree (actor_id, id);

CREATE INDEX access_log_company ON public.access_log USING btree (company_id, id);

CREATE INDEX access_log_object ON public.access_log USING btree (object_id, id);

CREATE INDEX affiliation_company ON public.affiliation USING btree (company_id, declared_at);

CREATE INDEX affiliation_other ON public.affiliation USING btree (other_id, declared_at);

CREATE UNIQUE INDEX affiliation_owner ON public.affiliation USING btree (company_id, owner_country, owner_number) WHERE ((other_id IS NULL) AND (status = ANY (ARRAY['declared'::text, 'confirmed'::text, 'end_asked'::text])));

CREATE UNIQUE INDEX affiliation_pair ON public.affiliation USING btree (LEAST(company_id, other_id), GREATEST(company_id, other_id)) WHERE ((other_id IS NOT NULL) AND (status = ANY (ARRAY['declared'::text, 'confirmed'::text, 'end_asked'::text])));

CREATE INDEX affiliation_shared_owner ON public.affiliation USING btree (owner_country, owner_number) WHERE ((other_id IS NULL) AND (status = ANY (ARRAY['confirmed'::text, 'end_asked'::text])));

CREATE INDEX affiliation_waiting ON public.affiliation USING btree (declared_at, id) WHERE (status = ANY (ARRAY['declared'::text, 'end_asked'::text]));

CREATE INDEX api_key_company ON public.api_key USING btree (company_id, created_at);

CREATE UNIQUE INDEX api_key_old_secret ON public.api_key USING btree (old_secret_hash) WHERE (old_secret_hash IS NOT NULL);

CREATE INDEX api_key_person ON public.api_key USING btree (company_id, person_id) WHERE (revoked_at IS NULL);

CREATE INDEX api_key_warn ON public.api_key USING btree (warn_at, id) WHERE ((warn_at IS NOT NULL) AND (revoked_at IS NULL));

CREATE INDEX approval_company ON public.approval_request USING btree (company_id, requested_at DESC, id DESC);

CREATE INDEX approval_due ON public.approval_request USING btree (due_at) WHERE (status = 'pending'::text);

CREATE INDEX approval_escalate ON public.approval_request USING btree (escalate_at) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX approval_one_pending ON public.approval_request USING btree (object_id, company_id) WHERE (status = 'pending'::text);

CREATE INDEX approval_pending ON public.approval_request USING btree (company_id) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX approval_policy_active ON public.approval_policy USING btree (company_id, kind) WHERE active;

CREATE INDEX approval_remind ON public.approval_request USING btree (remind_at) WHERE (status = 'pending'::text);

CREATE INDEX award_buyer ON public.award USING btree (buyer_id, proposed_at DESC);

CREATE UNIQUE INDEX award_one_per_rfq ON public.award USING btree (rfq_id) WHERE (status = ANY (ARRAY['proposed'::text, 'binding'::text]));

CREATE INDEX award_pair ON public.award USING btree (buyer_id, seller_id) WHERE (status = 'binding'::text);

CREATE INDEX bank_account_clear ON public.bank_account USING btree (id) WHERE ((NOT starts_with(number, 'sealed:'::text)) OR (number_hash IS NULL));

CREATE INDEX bank_account_company ON public.bank_account USING btree (company_id, proposed_at);

CREATE UNIQUE INDEX bank_account_in_force ON public.bank_account USING btree (company_id, currency) WHERE (status = 'verified'::text);

CREATE UNIQUE INDEX bank_account_pending ON public.bank_account USING btree (company_id, currency) WHERE (status = ANY (ARRAY['proposed'::text, 'confirmed'::text]));

CREATE INDEX bank_account_same ON public.bank_account USING btree (number_hash);

CREATE INDEX bank_account_waiting ON public.bank_account USING btree (proposed_at, id) WHERE (status = ANY (ARRAY['proposed'::text, 'confirmed'::text]));

CREATE INDEX ceremony_expires_at_idx ON public.ceremony USING btree (expires_at);

CREATE INDEX ceremony_person_id_idx ON public.ceremony USING btree (person_id);

CREATE INDEX closing_answer ON public.closing_proposal USING btree (answer_by) WHERE (status = 'proposed'::text);

CREATE UNIQUE INDEX closing_one_open ON public.closing_proposal USING btree (order_id) WHERE (status = ANY (ARRAY['proposed'::text, 'escalated'::text]));

CREATE UNIQUE INDEX company_address_branch ON public.company_address USING btree (branch_tax_id) WHERE (branch_tax_id IS NOT NULL);

CREATE INDEX company_address_company ON public.company_address USING btree (company_id, created_at);

CREATE UNIQUE INDEX company_address_registered ON public.company_address USING btree (company_id) WHERE (kind = 'registered'::text);

CREATE UNIQUE INDEX company_export_asked ON public.company_export USING btree (company_id) WHERE (status = 'asked'::text);

CREATE INDEX company_export_company ON public.company_export USING btree (company_id, asked_at);

CREATE INDEX company_file_clear ON public.company_file USING btree (company_id) WHERE ((NOT starts_with(representative, 'sealed:'::text)) OR (NOT starts_with(contact_email, 'sealed:'::text)) OR ((phone <> ''::text) AND (NOT starts_with(phone, 'sealed:'::text))));

CREATE INDEX company_group ON public.company USING btree (group_id) WHERE (group_id IS NOT NULL);

CREATE UNIQUE INDEX company_key_current ON public.company_key USING btree (company_id) WHERE ((retired_at IS NULL) AND (destroyed_at IS NULL));

CREATE INDEX company_key_master ON public.company_key USING btree (master_id);

CREATE INDEX company_key_retired ON public.company_key USING btree (retired_at) WHERE ((retired_at IS NOT NULL) AND (destroyed_at IS NULL));

CREATE INDEX company_mark_same ON public.company_mark USING btree (kind, hash);

CREATE UNIQUE INDEX company_role_name ON public.company_role USING btree (company_id, lower(name));

CREATE INDEX company_sort ON public.company USING btree (sort_key, id);

CREATE INDEX company_status ON public.company USING btree (status, applied_at);

CREATE INDEX contract_buyer ON public.contract USING btree (buyer_id, created_at DESC, id DESC);

CREATE INDEX contract_pair ON public.contract USING btree (buyer_id, seller_id) WHERE (status = ANY (ARRAY['active'::text, 'completed'::text]));

CREATE INDEX contract_seller ON public.contract USING btree (seller_id, created_at DESC, id DESC);

CREATE INDEX contract_unsigned ON public.contract USING btree (sign_by) WHERE (status = ANY (ARRAY['draft'::text, 'pending_approval'::text, 'signing'::text]));

CREATE INDEX delivery_buyer_waiting ON public.delivery USING btree (buyer_id, status) WHERE (status = ANY (ARRAY['despatched'::text, 'arrived'::text]));

CREATE INDEX delivery_inspect ON public.delivery USING btree (inspect_by) WHERE (status = 'arrived'::text);

CREATE INDEX delivery_order ON public.delivery USING btree (order_id);

CREATE UNIQUE INDEX deposit_bank_reference ON public.deposit USING btree (currency, bank_reference) WHERE (status <> 'rejected'::text);

CREATE INDEX deposit_company ON public.deposit USING btree (company_id, id);

CREATE INDEX deposit_status ON public.deposit USING btree (status, id);

CREATE INDEX document_company ON public.document USING btree (company_id, submitted_at);

CREATE INDEX document_expires ON public.document USING btree (expires_at, id) WHERE (status = 'verified'::text);

CREATE INDEX document_waiting ON public.document USING btree (submitted_at, id) WHERE (status = 'submitted'::text);

CREATE INDEX document_warn_month ON public.document USING btree (warn_month_at, id) WHERE (status = 'verified'::text);

CREATE INDEX document_warn_week ON public.document USING btree (warn_week_at, id) WHERE (status = 'verified'::text);

CREATE INDEX erasure_request_due ON public.erasure_request USING btree (due_at, id) WHERE (status = 'waiting'::text);

CREATE INDEX erasure_request_list ON public.erasure_request USING btree (asked_at DESC, id DESC);

CREATE UNIQUE INDEX erasure_request_open ON public.erasure_request USING btree (person_id) WHERE (status = 'waiting'::text);

CREATE INDEX event_actor ON public.event USING btree (actor_id, "position");

CREATE INDEX event_aggregate ON public.event USING btree (aggregate_id, version);

CREATE INDEX event_company ON public.event USING btree (company_id, "position");

CREATE INDEX event_kind ON public.event USING btree (aggregate, "position");

CREATE INDEX event_request ON public.event USING btree (request_id);

CREATE INDEX event_unsequenced ON public.event USING btree (seq) WHERE ("position" IS NULL);

CREATE INDEX factor_removal_due ON public.factor_removal USING btree (due_at, id) WHERE (status = ANY (ARRAY['asked'::text, 'confirmed'::text]));

CREATE INDEX factor_removal_ended ON public.factor_removal USING btree (ended_at) WHERE (status <> ALL (ARRAY['asked'::text, 'confirmed'::text]));

CREATE UNIQUE INDEX factor_removal_open ON public.factor_removal USING btree (person_id) WHERE (status = ANY (ARRAY['asked'::text, 'confirmed'::text]));

CREATE INDEX fee_invoice_seller ON public.fee_invoice USING btree (seller_id, at DESC, id DESC);

CREATE INDEX file_unused ON public.file USING btree (company_id, created_at) WHERE (attached_at IS NULL);

CREATE INDEX file_unused_age ON public.file USING btree (created_at) WHERE (attached_at IS NULL);

CREATE INDEX idempotency_key_age ON public.idempotency_key USING btree (created_at);

CREATE INDEX instalment_buyer ON public.instalment USING btree (buyer_id, created_at DESC, id DESC);

CREATE INDEX instalment_buyer_open ON public.instalment USING btree (buyer_id, status) WHERE (status = ANY (ARRAY['planned'::text, 'due'::text, 'held'::text, 'announced'::text, 'released'::text]));

CREATE INDEX instalment_confirm ON public.instalment USING btree (confirm_by) WHERE (status = 'announced'::text);

CREATE INDEX instalment_due ON public.instalment USING btree (due_at) WHERE ((status = 'due'::text) AND (method = 'protected'::text));

CREATE INDEX instalment_seller ON public.instalment USING btree (seller_id, created_at DESC, id DESC);

CREATE INDEX instalment_seller_open ON public.instalment USING btree (seller_id, status) WHERE (status = ANY (ARRAY['planned'::text, 'due'::text, 'held'::text, 'announced'::text, 'released'::text]));

CREATE INDEX invitation_mail_day ON public.invitation_mail USING btree (day);

CREATE INDEX invitation_seller ON public.invitation USING btree (seller_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX invoice_number ON public.invoice USING btree (seller_id, number) WHERE ((status <> 'replaced'::text) AND (number IS NOT NULL));

CREATE UNIQUE INDEX invoice_one_per_delivery ON public.invoice USING btree (delivery_id) WHERE (status <> 'replaced'::text);

CREATE INDEX invoice_order ON public.invoice USING btree (order_id);

CREATE INDEX invoice_seller_waiting ON public.invoice USING btree (seller_id, status) WHERE (status = ANY (ARRAY['expected'::text, 'difference'::text]));

CREATE INDEX job_claimable ON public.job USING btree (priority, next_at) WHERE (state = ANY (ARRAY['new'::text, 'running'::text]));

CREATE INDEX job_dead ON public.job USING btree (created_at) WHERE (state = 'dead'::text);

CREATE INDEX ledger_account_company ON public.ledger_account USING btree (company_id, currency);

CREATE INDEX ledger_entry_appended ON public.ledger_entry USING btree (account_id, id) WHERE (account_version IS NULL);

CREATE INDEX ledger_entry_company ON public.ledger_entry USING btree (company_id, id) WHERE (company_id IS NOT NULL);

CREATE UNIQUE INDEX ledger_entry_version ON public.ledger_entry USING btree (account_id, account_version) WHERE (account_version IS NOT NULL);

CREATE INDEX ledger_hold_account ON public.ledger_hold USING btree (account_id);

CREATE INDEX ledger_hold_company ON public.ledger_hold USING btree (company_id, id);

CREATE INDEX ledger_hold_expiry ON public.ledger_hold USING btree (expires_at) WHERE (expires_at IS NOT NULL);

CREATE INDEX mail_proof_expires_at_idx ON public.mail_proof USING btree (expires_at);

CREATE INDEX mail_proof_person_id_idx ON public.mail_proof USING btree (person_id, created_at);

CREATE INDEX member_invitation_company ON public.member_invitation USING btree (company_id, created_at DESC, id DESC);

CREATE INDEX member_invitation_due ON public.member_invitation USING btree (due_at, id) WHERE (status = 'pending'::text);

CREATE INDEX member_invitation_ended ON public.member_invitation USING btree (due_at) WHERE (status <> 'pending'::text);

CREATE UNIQUE INDEX member_invitation_open ON public.member_invitation USING btree (company_id, email) WHERE (status = 'pending'::text);

CREATE INDEX member_role_role ON public.member_role USING btree (company_id, role_id);

CREATE INDEX member_view_company ON public.member_view USING btree (company_id, started_at DESC);

CREATE INDEX member_view_ends ON public.member_view USING btree (ends_at, id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX member_view_running ON public.member_view USING btree (session_hash) WHERE (ended_at IS NULL);

CREATE INDEX membership_person ON public.membership USING btree (person_id);

CREATE INDEX message_buyer ON public.message USING btree (buyer_id, created_at DESC, id DESC);

CREATE INDEX message_seller ON public.message USING btree (seller_id, created_at DESC, id DESC);

CREATE INDEX message_thread ON public.message USING btree (thread_id, created_at DESC, id DESC);

CREATE INDEX message_words ON public.message USING gin (words);

CREATE INDEX moderation_case_company ON public.moderation_case USING btree (company_id, opened_at DESC);

CREATE INDEX moderation_case_due ON public.moderation_case USING btree (due_at) WHERE (status <> 'decided'::text);

CREATE INDEX moderation_case_object ON public.moderation_case USING btree (object_id, opened_at DESC);

CREATE UNIQUE INDEX moderation_case_open ON public.moderation_case USING btree (kind, object_id) WHERE (status <> 'decided'::text);

CREATE INDEX moderation_case_queue ON public.moderation_case USING btree (opened_at, id) WHERE (status <> 'decided'::text);

CREATE INDEX notification_age ON public.notification USING btree (created_at);

CREATE INDEX notification_inbox ON public.notification USING btree (person_id, company_id, created_at DESC, id DESC);

CREATE INDEX notification_operator ON public.notification USING btree (person_id, created_at DESC, id DESC) WHERE (company_id IS NULL);

CREATE INDEX notification_unread ON public.notification USING btree (person_id, company_id) WHERE (read_at IS NULL);

CREATE INDEX offer_category ON public.offer USING btree (category_code, updated_at DESC, id DESC) WHERE ((status = 'live'::text) AND (visibility = 'all'::text));

CREATE INDEX offer_company ON public.offer USING btree (company_id, updated_at DESC, id DESC);

CREATE INDEX offer_company_status ON public.offer USING btree (company_id, status);

CREATE INDEX offer_expiry ON public.offer USING btree (valid_until) WHERE (status = ANY (ARRAY['live'::text, 'paused'::text]));

CREATE INDEX offer_newest ON public.offer USING btree (updated_at DESC, id DESC) WHERE ((status = 'live'::text) AND (visibility = 'all'::text));

CREATE INDEX offer_price ON public.offer USING btree (currency, price_micro, id) WHERE ((status = 'live'::text) AND (visibility = 'all'::text));

CREATE INDEX offer_words ON public.offer USING btree (company_id, md5(public.title_words(title))) WHERE (status = ANY (ARRAY['in_review'::text, 'live'::text, 'paused'::text]));

CREATE INDEX opportunity_rfq ON public.opportunity USING btree (rfq_id, seller_id);

CREATE INDEX opportunity_seller ON public.opportunity USING btree (seller_id, created_at DESC, id DESC);

CREATE INDEX passkey_person_id_idx ON public.passkey USING btree (person_id, created_at);

CREATE INDEX passport_company ON public.passport USING btree (company_id, granted_at);

CREATE UNIQUE INDEX passport_pair ON public.passport USING btree (company_id, reader_id) WHERE (status = 'granted'::text);

CREATE INDEX passport_reader ON public.passport USING btree (reader_id, granted_at);

CREATE INDEX provider_link_person_id_idx ON public.provider_link USING btree (person_id);

CREATE INDEX purchase_order_bought ON public.purchase_order USING btree (buyer_id, completed_at) WHERE (status = 'completed'::text);

CREATE INDEX purchase_order_buyer ON public.purchase_order USING btree (buyer_id, created_at DESC, id DESC);

CREATE INDEX purchase_order_buying ON public.purchase_order USING btree (buyer_id, status) WHERE (status = ANY (ARRAY['pending_approval'::text, 'placed'::text, 'confirmed'::text, 'in_progress'::text]));

CREATE INDEX purchase_order_confirm ON public.purchase_order USING btree (confirm_by) WHERE (status = 'placed'::text);

CREATE INDEX purchase_order_contract ON public.purchase_order USING btree (contract_id);

CREATE INDEX purchase_order_reference ON public.purchase_order USING btree (buyer_id, lower(buyer_reference) text_pattern_ops) WHERE (buyer_reference IS NOT NULL);

CREATE INDEX purchase_order_seller ON public.purchase_order USING btree (seller_id, created_at DESC, id DESC);

CREATE INDEX purchase_order_selling ON public.purchase_order USING btree (seller_id, status) WHERE (status = ANY (ARRAY['pending_approval'::text, 'placed'::text, 'confirmed'::text, 'in_progress'::text]));

CREATE INDEX purchase_order_sold ON public.purchase_order USING btree (seller_id, completed_at) WHERE (status = 'completed'::text);

CREATE INDEX quote_body_rfq ON public.quote_body USING btree (rfq_id) WHERE opened;

CREATE INDEX quote_buyer ON public.quote USING btree (buyer_id, updated_at DESC, id DESC);

CREATE INDEX quote_seller ON public.quote USING btree (seller_id, updated_at DESC, id DESC);

CREATE INDEX quote_seller_waiting ON public.quote USING btree (seller_id) WHERE (status = ANY (ARRAY['submitted'::text, 'opened'::text, 'shortlisted'::text, 'needs_confirmation'::text]));

CREATE INDEX review_publish ON public.review USING btree (publish_at) WHERE (status = 'written'::text);

CREATE INDEX review_subject ON public.review USING btree (subject_company_id, published_at DESC, id DESC) WHERE (status = 'published'::text);

CREATE INDEX rfq_buyer ON public.rfq USING btree (buyer_id, created_at DESC, id DESC);

CREATE INDEX rfq_buyer_due ON public.rfq USING btree (buyer_id, due_at, id);

CREATE INDEX rfq_buyer_running ON public.rfq USING btree (buyer_id, status) WHERE (status = ANY (ARRAY['open'::text, 'deadline_passed'::text, 'evaluating'::text, 'award_pending'::text]));

CREATE INDEX rfq_due ON public.rfq USING btree (due_at) WHERE (status = 'open'::text);

CREATE INDEX rfq_newest ON public.rfq USING btree (published_at DESC, id DESC) WHERE (status = 'open'::text);

CREATE INDEX rfq_own_reference ON public.rfq USING btree (buyer_id, lower(own_reference) text_pattern_ops) WHERE (own_reference IS NOT NULL);

CREATE INDEX session_age ON public.session USING btree (expires_at);

CREATE INDEX session_person ON public.session USING btree (person_id);

CREATE INDEX sign_in_counter_age ON public.sign_in_counter USING btree (last_at);

CREATE UNIQUE INDEX suspension_running ON public.suspension USING btree (company_id) WHERE (lifted_at IS NULL);

CREATE INDEX suspension_until ON public.suspension USING btree (until, id) WHERE (lifted_at IS NULL);

CREATE INDEX thread_side_kind ON public.thread_side USING btree (company_id, kind, last_at DESC, thread_id DESC);

CREATE INDEX thread_side_newest ON public.thread_side USING btree (company_id, last_at DESC, thread_id DESC);

CREATE INDEX thread_side_order ON public.thread_side USING btree (company_id, order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX thread_side_subject ON public.thread_side USING btree (company_id, subject_id);

CREATE INDEX webhook_delivery_age ON public.webhook_delivery USING btree (created_at) WHERE (status <> 'waiting'::text);

CREATE INDEX webhook_delivery_company ON public.webhook_delivery USING btree (company_id, created_at DESC, id DESC);

CREATE INDEX webhook_delivery_failed ON public.webhook_delivery USING btree (created_at) WHERE (status = 'failed'::text);

CREATE INDEX webhook_endpoint_company ON public.webhook_endpoint USING btree (company_id) WHERE (status = 'active'::text);

CREATE INDEX webhook_endpoint_person ON public.webhook_endpoint USING btree (company_id, person_id) WHERE (status = 'active'::text);

CREATE TRIGGER a_standing_is_held BEFORE UPDATE OF status ON public.company FOR EACH ROW WHEN (((new.status = ANY (ARRAY['closed'::text, 'suspended'::text])) AND (old.status IS DISTINCT FROM new.status))) EXECUTE FUNCTION public.company_standing_is_held();

CREATE TRIGGER access_log_append_only BEFORE DELETE OR UPDATE ON public.access_log FOR EACH ROW EXECUTE FUNCTION public.access_log_is_append_only();

CREATE TRIGGER access_log_stays_whole BEFORE TRUNCATE ON public.access_log FOR EACH STATEMENT EXECUTE FUNCTION public.access_log_is_append_only();

CREATE TRIGGER affiliation_regroup AFTER INSERT OR UPDATE OF status ON public.affiliation FOR EACH ROW WHEN ((new.status = ANY (ARRAY['confirmed'::text, 'ended'::text]))) EXECUTE FUNCTION public.affiliation_regroup();

CREATE TRIGGER affiliation_steps BEFORE UPDATE OF status ON public.affiliation FOR EACH ROW EXECUTE FUNCTION public.affiliation_steps();

CREATE TRIGGER an_administrator_stays BEFORE UPDATE OF operator_roles, erased_at ON public.person FOR EACH ROW WHEN ((('administrator'::text = ANY (old.operator_roles)) AND (old.erased_at IS NULL) AND ((NOT ('administrator'::text = ANY (new.operator_roles))) OR (new.erased_at IS NOT NULL)))) EXECUTE FUNCTION public.an_administrator_stays();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_hold FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_hold_resolution FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_rollup FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_transfer FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();

CREATE TRIGGER application_is_kept BEFORE INSERT OR UPDATE OF saved_at ON public.company_application FOR EACH ROW EXECUTE FUNCTION public.application_is_kept();

CREATE TRIGGER approval_decision_stands BEFORE INSERT ON public.approval_decision FOR EACH ROW EXECUTE FUNCTION public.approval_decision_stands();

CREATE TRIGGER approval_is_earned BEFORE UPDATE OF status, step ON public.approval_request FOR EACH ROW WHEN (((old.status = 'pending'::text) AND ((new.status = 'approved'::text) OR (new.step <> old.step)))) EXECUTE FUNCTION public.approval_is_earned();

CREATE TRIGGER authorisation_ends AFTER UPDATE OF roles, ended_at ON public.membership FOR EACH ROW WHEN ((('signatory'::text = ANY (old.roles)) AND (old.ended_at IS NULL) AND ((new.ended_at IS NOT NULL) OR (NOT ('signatory'::text = ANY (new.roles)))))) EXECUTE FUNCTION public.authorisation_ends_with_its_person();

CREATE TRIGGER bank_account_steps BEFORE UPDATE OF status ON public.bank_account FOR EACH ROW EXECUTE FUNCTION public.bank_account_steps();

CREATE TRIGGER begins_open BEFORE INSERT ON public.award FOR EACH ROW EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER begins_open BEFORE INSERT ON public.contract FOR EACH ROW EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER begins_open BEFORE INSERT ON public.deposit FOR EACH ROW EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER begins_open BEFORE INSERT ON public.offer FOR EACH ROW WHEN ((new.status = ANY (ARRAY['live'::text, 'paused'::text, 'in_review'::text]))) EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER begins_open BEFORE INSERT ON public.purchase_order FOR EACH ROW EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER begins_open BEFORE INSERT ON public.quote FOR EACH ROW WHEN ((new.status = 'submitted'::text)) EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER begins_open BEFORE INSERT ON public.rfq FOR EACH ROW WHEN ((new.status = ANY (ARRAY['pending_approval'::text, 'open'::text]))) EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER by_its_side BEFORE INSERT OR UPDATE OF status ON public.closing_proposal FOR EACH ROW WHEN ((CURRENT_USER = 'exchange_api'::name)) EXECUTE FUNCTION public.closing_by_its_side();

CREATE TRIGGER by_its_side BEFORE INSERT OR UPDATE ON public.delivery FOR EACH ROW WHEN ((CURRENT_USER = 'exchange_api'::name)) EXECUTE FUNCTION public.delivery_by_its_side();

CREATE TRIGGER by_its_side BEFORE UPDATE ON public.instalment FOR EACH ROW WHEN ((CURRENT_USER = 'exchange_api'::name)) EXECUTE FUNCTION public.instalment_by_its_side();

CREATE TRIGGER comes_open BEFORE UPDATE OF status ON public.award FOR EACH ROW WHEN (((new.status = 'binding'::text) AND (old.status <> 'binding'::text))) EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER comes_open BEFORE UPDATE OF status ON public.offer FOR EACH ROW WHEN (((new.status = ANY (ARRAY['live'::text, 'paused'::text, 'in_review'::text])) AND (old.status <> ALL (ARRAY['live'::text, 'paused'::text, 'in_review'::text])))) EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER comes_open BEFORE UPDATE OF status ON public.quote FOR EACH ROW WHEN (((new.status = 'submitted'::text) AND (old.status = ANY (ARRAY['draft'::text, 'withdrawn'::text])))) EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER comes_open BEFORE UPDATE OF status ON public.rfq FOR EACH ROW WHEN (((old.status = 'draft'::text) AND (new.status = ANY (ARRAY['pending_approval'::text, 'open'::text])))) EXECUTE FUNCTION public.nothing_begins_in_a_closed_company();

CREATE TRIGGER company_closes BEFORE UPDATE OF status ON public.company FOR EACH ROW WHEN (((new.status = 'closed'::text) AND (old.status <> 'closed'::text))) EXECUTE FUNCTION public.company_closes();

CREATE TRIGGER company_identity BEFORE UPDATE OF legal_name, country, profile, region, registration_id, tax_id, base_currency ON public.company FOR EACH ROW WHEN ((((((((old.legal_name IS DISTINCT FROM new.legal_name) OR (old.country IS DISTINCT FROM new.country)) OR (old.profile IS DISTINCT FROM new.profile)) OR (old.region IS DISTINCT FROM new.region)) OR (old.registration_id IS DISTINCT FROM new.registration_id)) OR (old.tax_id IS DISTINCT FROM new.tax_id)) OR (old.base_currency IS DISTINCT FROM new.base_currency))) EXECUTE FUNCTION public.company_identity_is_checked();

CREATE TRIGGER company_standing BEFORE UPDATE OF status, active_at, suspended_until ON public.company FOR EACH ROW WHEN ((((old.status IS DISTINCT FROM new.status) OR (old.active_at IS DISTINCT FROM new.active_at)) OR (old.suspended_until IS DISTINCT FROM new.suspended_until))) EXECUTE FUNCTION public.company_standing_is_given();

CREATE TRIGGER contract_guard BEFORE INSERT OR UPDATE ON public.contract FOR EACH ROW EXECUTE FUNCTION public.contract_needs_both_signatures();

CREATE TRIGGER contract_of_award BEFORE INSERT ON public.contract FOR EACH ROW WHEN ((new.kind = 'signed'::text)) EXECUTE FUNCTION public.contract_is_of_its_award();

CREATE TRIGGER contract_waits BEFORE UPDATE OF status ON public.contract FOR EACH ROW WHEN (((new.status = ANY (ARRAY['signing'::text, 'active'::text])) AND (old.status <> new.status))) EXECUTE FUNCTION public.contract_waits_for_its_people();

CREATE TRIGGER event_append_only BEFORE DELETE OR UPDATE ON public.event FOR EACH ROW EXECUTE FUNCTION public.event_is_append_only();

CREATE TRIGGER event_stays_whole BEFORE TRUNCATE ON public.event FOR EACH STATEMENT EXECUTE FUNCTION public.event_is_append_only();

CREATE TRIGGER grows BEFORE UPDATE OF despatched, received, accepted, rejected, closed ON public.order_line FOR EACH ROW EXECUTE FUNCTION public.order_line_grows();

CREATE TRIGGER invited_is_verified AFTER UPDATE OF status ON public.member_invitation FOR EACH ROW WHEN (((new.status = 'accepted'::text) AND (old.status <> 'accepted'::text))) EXECUTE FUNCTION public.invited_is_verified();

CREATE TRIGGER membership_begins BEFORE UPDATE OF ended_at ON public.membership FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND (new.ended_at IS NULL))) EXECUTE FUNCTION public.membership_begins();

CREATE TRIGGER message_append_only BEFORE UPDATE ON public.message FOR EACH ROW EXECUTE FUNCTION public.message_is_append_only();

CREATE TRIGGER of_its_instalment BEFORE INSERT ON public.fee_invoice FOR EACH ROW EXECUTE FUNCTION public.fee_invoice_is_of_its_instalment();

CREATE TRIGGER offer_judged BEFORE UPDATE OF status ON public.offer FOR EACH ROW WHEN (((old.status = ANY (ARRAY['in_review'::text, 'rejected'::text])) AND (new.status = 'live'::text) AND (CURRENT_USER = 'exchange_api'::name) AND (NOT (((((((old.title IS DISTINCT FROM new.title) OR (old.description IS DISTINCT FROM new.description)) OR (old.category_code IS DISTINCT FROM new.category_code)) OR (old.mpn IS DISTINCT FROM new.mpn)) OR (old.tiers IS DISTINCT FROM new.tiers)) OR (old.unit IS DISTINCT FROM new.unit)) OR (old.currency IS DISTINCT FROM new.currency))))) EXECUTE FUNCTION public.offer_waits_for_judgement();

CREATE TRIGGER operator_posts_deposits BEFORE INSERT ON public.ledger_transfer FOR EACH ROW WHEN (((SESSION_USER = 'exchange_api'::name) AND public.app_operator())) EXECUTE FUNCTION public.ledger_operator_posts_deposits();

CREATE TRIGGER order_comes_under_contract BEFORE UPDATE OF contract_id ON public.purchase_order FOR EACH ROW WHEN ((new.contract_id IS DISTINCT FROM old.contract_id)) EXECUTE FUNCTION public.order_is_under_its_contract();

CREATE TRIGGER order_under_contract BEFORE INSERT ON public.purchase_order FOR EACH ROW WHEN ((new.contract_id IS NOT NULL)) EXECUTE FUNCTION public.order_is_under_its_contract();

CREATE TRIGGER own_group BEFORE INSERT ON public.contract FOR EACH ROW WHEN (((new.kind = 'standard'::text) AND (new.buyer_id <> new.seller_id))) EXECUTE FUNCTION public.no_deal_in_own_group();

CREATE TRIGGER own_group BEFORE INSERT ON public.purchase_order FOR EACH ROW WHEN (((new.contract_id IS NULL) AND (new.buyer_id <> new.seller_id))) EXECUTE FUNCTION public.no_deal_in_own_group();

CREATE TRIGGER own_group BEFORE INSERT ON public.quote FOR EACH ROW WHEN ((new.buyer_id <> new.seller_id)) EXECUTE FUNCTION public.no_deal_in_own_group();

CREATE TRIGGER own_group_later BEFORE UPDATE OF status ON public.quote FOR EACH ROW WHEN (((old.status = ANY (ARRAY['draft'::text, 'withdrawn'::text])) AND (new.status = ANY (ARRAY['submitted'::text, 'opened'::text])))) EXECUTE FUNCTION public.no_deal_in_own_group();

CREATE TRIGGER own_paper BEFORE INSERT OR UPDATE OF file_id, status ON public.signatory FOR EACH ROW WHEN ((new.file_id IS NOT NULL)) EXECUTE FUNCTION public.signatory_paper_is_its_own();

CREATE TRIGGER policy_applies BEFORE INSERT ON public.bank_account FOR EACH ROW EXECUTE FUNCTION public.bank_account_policy_applies();

CREATE TRIGGER removal_goes AFTER UPDATE OF erased_at ON public.person FOR EACH ROW WHEN (((new.erased_at IS NOT NULL) AND (old.erased_at IS NULL))) EXECUTE FUNCTION public.removal_goes_with_the_person();

CREATE TRIGGER rfq_frozen BEFORE UPDATE ON public.rfq FOR EACH ROW EXECUTE FUNCTION public.rfq_is_frozen();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.approval_request FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.category_price FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.contract FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.delivery FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.deposit FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.event FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.fee_invoice FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.fee_invoice_series FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.idempotency_key FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.instalment FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.invoice FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.job FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.ledger_account FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.ledger_transfer FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.message FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.moderation_case FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.offer FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.purchase_order FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.quote FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.rfq FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.schedule_slot FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.thread FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON public.thread_side FOR EACH ROW EXECUTE FUNCTION public.refuse_another_market();

CREATE TRIGGER signatory_basis AFTER INSERT OR UPDATE OF roles ON public.membership FOR EACH ROW WHEN ((('signatory'::text = ANY (new.roles)) AND (new.ended_at IS NULL))) EXECUTE FUNCTION public.signatory_has_a_basis();

CREATE TRIGGER verified_by_owner BEFORE UPDATE ON public.signatory FOR EACH ROW WHEN ((new.status = 'verified'::text)) EXECUTE FUNCTION public.signatory_is_verified_by_an_owner();

CREATE TRIGGER verified_name BEFORE INSERT OR UPDATE ON public.company FOR EACH ROW EXECUTE FUNCTION public.company_keeps_its_verified_name();

CREATE TRIGGER within_basis BEFORE INSERT ON public.contract_signature FOR EACH ROW EXECUTE FUNCTION public.signature_is_within_its_basis();

CREATE CONSTRAINT TRIGGER zero_sum AFTER INSERT ON public.ledger_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.ledger_transfer_is_balanced();

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.affiliation
    ADD CONSTRAINT affiliation_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.affiliation
    ADD CONSTRAINT affiliation_other_id_fkey FOREIGN KEY (other_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT approval_decision_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT approval_decision_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.approval_request(id);

ALTER TABLE ONLY public.approval_policy
    ADD CONSTRAINT approval_policy_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.approval_policy
    ADD CONSTRAINT approval_policy_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.approval_request
    ADD CONSTRAINT approval_request_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.approval_request
    ADD CONSTRAINT approval_request_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT award_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT award_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT award_quote_id_fkey FOREIGN KEY (quote_id) REFERENCES public.quote(id);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT award_rfq_id_fkey FOREIGN KEY (rfq_id) REFERENCES public.rfq(id);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT award_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.bank_account
    ADD CONSTRAINT bank_account_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.bank_account
    ADD CONSTRAINT bank_account_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.category_attribute
    ADD CONSTRAINT category_attribute_category_code_fkey FOREIGN KEY (category_code) REFERENCES public.category(code);

ALTER TABLE ONLY public.category_attribute
    ADD CONSTRAINT category_attribute_unit_fkey FOREIGN KEY (unit) REFERENCES public.unit(code);

ALTER TABLE ONLY public.category
    ADD CONSTRAINT category_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES public.category(code);

ALTER TABLE ONLY public.category_price
    ADD CONSTRAINT category_price_category_code_fkey FOREIGN KEY (category_code) REFERENCES public.category(code);

ALTER TABLE ONLY public.category_price
    ADD CONSTRAINT category_price_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.category_price
    ADD CONSTRAINT category_price_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.category_price
    ADD CONSTRAINT category_price_unit_fkey FOREIGN KEY (unit) REFERENCES public.unit(code);

ALTER TABLE ONLY public.ceremony
    ADD CONSTRAINT ceremony_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.closing_proposal
    ADD CONSTRAINT closing_proposal_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.purchase_order(id);

ALTER TABLE ONLY public.company_address
    ADD CONSTRAINT company_address_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_application
    ADD CONSTRAINT company_application_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company
    ADD CONSTRAINT company_base_currency_fkey FOREIGN KEY (base_currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.company_check
    ADD CONSTRAINT company_check_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_export
    ADD CONSTRAINT company_export_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_export
    ADD CONSTRAINT company_export_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.file(id);

ALTER TABLE ONLY public.company_file
    ADD CONSTRAINT company_file_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_key
    ADD CONSTRAINT company_key_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_key
    ADD CONSTRAINT company_key_master_id_fkey FOREIGN KEY (master_id) REFERENCES public.master_key(id);

ALTER TABLE ONLY public.company_mark
    ADD CONSTRAINT company_mark_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_provider
    ADD CONSTRAINT company_provider_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_role
    ADD CONSTRAINT company_role_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.company_role_permission
    ADD CONSTRAINT company_role_permission_company_id_role_id_fkey FOREIGN KEY (company_id, role_id) REFERENCES public.company_role(company_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.company_role_permission
    ADD CONSTRAINT company_role_permission_permission_fkey FOREIGN KEY (permission) REFERENCES public.grantable_permission(name);

ALTER TABLE ONLY public.company_tax_status
    ADD CONSTRAINT company_tax_status_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_award_id_fkey FOREIGN KEY (award_id) REFERENCES public.award(id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_rfq_id_fkey FOREIGN KEY (rfq_id) REFERENCES public.rfq(id);

ALTER TABLE ONLY public.contract
    ADD CONSTRAINT contract_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.contract_signature
    ADD CONSTRAINT contract_signature_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.contract_signature
    ADD CONSTRAINT contract_signature_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES public.contract(id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.purchase_order(id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_entered_by_fkey FOREIGN KEY (entered_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.file(id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_scheme_fkey FOREIGN KEY (scheme) REFERENCES public.document_scheme(code);

ALTER TABLE ONLY public.erasure_request
    ADD CONSTRAINT erasure_request_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.erasure_request
    ADD CONSTRAINT erasure_request_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.erasure_request
    ADD CONSTRAINT erasure_request_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.event_recipient
    ADD CONSTRAINT event_recipient_event_id_fkey FOREIGN KEY (event_id) REFERENCES public.event(id);

ALTER TABLE ONLY public.factor_removal
    ADD CONSTRAINT factor_removal_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.factor_removal
    ADD CONSTRAINT factor_removal_confirmed_by_fkey FOREIGN KEY (confirmed_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.factor_removal
    ADD CONSTRAINT factor_removal_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_instalment_id_fkey FOREIGN KEY (instalment_id) REFERENCES public.instalment(id);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.fee_invoice
    ADD CONSTRAINT fee_invoice_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.file
    ADD CONSTRAINT file_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.purchase_order(id);

ALTER TABLE ONLY public.instalment
    ADD CONSTRAINT instalment_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.invitation_mail
    ADD CONSTRAINT invitation_mail_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_rfq_id_fkey FOREIGN KEY (rfq_id) REFERENCES public.rfq(id);

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.delivery(id);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.purchase_order(id);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_replaces_id_fkey FOREIGN KEY (replaces_id) REFERENCES public.invoice(id);

ALTER TABLE ONLY public.invoice
    ADD CONSTRAINT invoice_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_account_id_currency_fkey FOREIGN KEY (account_id, currency) REFERENCES public.ledger_account(id, currency);

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES public.ledger_transfer(id);

ALTER TABLE ONLY public.ledger_hold
    ADD CONSTRAINT ledger_hold_account_id_currency_fkey FOREIGN KEY (account_id, currency) REFERENCES public.ledger_account(id, currency);

ALTER TABLE ONLY public.ledger_hold_resolution
    ADD CONSTRAINT ledger_hold_resolution_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES public.ledger_hold(id);

ALTER TABLE ONLY public.ledger_hold_resolution
    ADD CONSTRAINT ledger_hold_resolution_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES public.ledger_transfer(id);

ALTER TABLE ONLY public.ledger_rollup
    ADD CONSTRAINT ledger_rollup_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.ledger_account(id);

ALTER TABLE ONLY public.ledger_rollup
    ADD CONSTRAINT ledger_rollup_up_to_entry_fkey FOREIGN KEY (up_to_entry) REFERENCES public.ledger_entry(id);

ALTER TABLE ONLY public.ledger_transfer
    ADD CONSTRAINT ledger_transfer_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.mail_proof
    ADD CONSTRAINT mail_proof_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.member_invitation
    ADD CONSTRAINT member_invitation_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.member_invitation
    ADD CONSTRAINT member_invitation_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.member_invitation
    ADD CONSTRAINT member_invitation_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.member_role
    ADD CONSTRAINT member_role_company_id_person_id_fkey FOREIGN KEY (company_id, person_id) REFERENCES public.membership(company_id, person_id);

ALTER TABLE ONLY public.member_role
    ADD CONSTRAINT member_role_company_id_role_id_fkey FOREIGN KEY (company_id, role_id) REFERENCES public.company_role(company_id, id);

ALTER TABLE ONLY public.member_view
    ADD CONSTRAINT member_view_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.member_view
    ADD CONSTRAINT member_view_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.message_mention
    ADD CONSTRAINT message_mention_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.message_mention
    ADD CONSTRAINT message_mention_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.message(id);

ALTER TABLE ONLY public.message_mention
    ADD CONSTRAINT message_mention_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_thread_id_buyer_id_seller_id_fkey FOREIGN KEY (thread_id, buyer_id, seller_id) REFERENCES public.thread(id, buyer_id, seller_id);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_appeal_of_fkey FOREIGN KEY (appeal_of) REFERENCES public.moderation_case(id);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_not_by_fkey FOREIGN KEY (not_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.moderation_case
    ADD CONSTRAINT moderation_case_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_event_id_fkey FOREIGN KEY (event_id) REFERENCES public.event(id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_category_code_fkey FOREIGN KEY (category_code) REFERENCES public.category(code);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_unit_fkey FOREIGN KEY (unit) REFERENCES public.unit(code);

ALTER TABLE ONLY public.offer_version
    ADD CONSTRAINT offer_version_offer_id_fkey FOREIGN KEY (offer_id) REFERENCES public.offer(id);

ALTER TABLE ONLY public.opportunity
    ADD CONSTRAINT opportunity_offer_id_fkey FOREIGN KEY (offer_id) REFERENCES public.offer(id);

ALTER TABLE ONLY public.opportunity
    ADD CONSTRAINT opportunity_rfq_id_fkey FOREIGN KEY (rfq_id) REFERENCES public.rfq(id);

ALTER TABLE ONLY public.opportunity
    ADD CONSTRAINT opportunity_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT order_line_offer_id_fkey FOREIGN KEY (offer_id) REFERENCES public.offer(id);

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT order_line_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.purchase_order(id);

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT order_line_placed_fkey FOREIGN KEY (order_id, placed) REFERENCES public.purchase_order(id, placed) ON UPDATE CASCADE;

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT order_line_unit_fkey FOREIGN KEY (unit) REFERENCES public.unit(code);

ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.passport
    ADD CONSTRAINT passport_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.passport
    ADD CONSTRAINT passport_reader_id_fkey FOREIGN KEY (reader_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.provider_link
    ADD CONSTRAINT provider_link_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.provider_link
    ADD CONSTRAINT provider_link_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES public.contract(id);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.purchase_order
    ADD CONSTRAINT purchase_order_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.quote_body
    ADD CONSTRAINT quote_body_quote_id_fkey FOREIGN KEY (quote_id) REFERENCES public.quote(id);

ALTER TABLE ONLY public.quote
    ADD CONSTRAINT quote_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.quote
    ADD CONSTRAINT quote_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.quote
    ADD CONSTRAINT quote_rfq_id_fkey FOREIGN KEY (rfq_id) REFERENCES public.rfq(id);

ALTER TABLE ONLY public.quote
    ADD CONSTRAINT quote_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.review
    ADD CONSTRAINT review_author_company_id_fkey FOREIGN KEY (author_company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.review
    ADD CONSTRAINT review_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.purchase_order(id);

ALTER TABLE ONLY public.review
    ADD CONSTRAINT review_subject_company_id_fkey FOREIGN KEY (subject_company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.rfq
    ADD CONSTRAINT rfq_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.rfq
    ADD CONSTRAINT rfq_currency_fkey FOREIGN KEY (currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.rfq
    ADD CONSTRAINT rfq_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.rfq_match
    ADD CONSTRAINT rfq_match_rfq_id_fkey FOREIGN KEY (rfq_id) REFERENCES public.rfq(id);

ALTER TABLE ONLY public.screening_rule
    ADD CONSTRAINT screening_rule_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.signatory
    ADD CONSTRAINT signatory_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.signatory
    ADD CONSTRAINT signatory_limit_currency_fkey FOREIGN KEY (limit_currency) REFERENCES public.currency(code);

ALTER TABLE ONLY public.signatory
    ADD CONSTRAINT signatory_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.suspension
    ADD CONSTRAINT suspension_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.thread
    ADD CONSTRAINT thread_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.thread
    ADD CONSTRAINT thread_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.thread_read
    ADD CONSTRAINT thread_read_company_id_thread_id_fkey FOREIGN KEY (company_id, thread_id) REFERENCES public.thread_side(company_id, thread_id);

ALTER TABLE ONLY public.thread_read
    ADD CONSTRAINT thread_read_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.thread
    ADD CONSTRAINT thread_seller_id_fkey FOREIGN KEY (seller_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.thread_side
    ADD CONSTRAINT thread_side_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.thread_side
    ADD CONSTRAINT thread_side_market_id_fkey FOREIGN KEY (market_id) REFERENCES public.market(id);

ALTER TABLE ONLY public.thread_side
    ADD CONSTRAINT thread_side_other_id_fkey FOREIGN KEY (other_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.thread_side
    ADD CONSTRAINT thread_side_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES public.thread(id);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES public.webhook_endpoint(id);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_event_id_fkey FOREIGN KEY (event_id) REFERENCES public.event(id);

ALTER TABLE ONLY public.webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.company(id);

ALTER TABLE ONLY public.webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE public.absence ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.access_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.affiliation ENABLE ROW LEVEL SECURITY;

CREATE POLICY api_again ON public.webhook_delivery FOR UPDATE TO exchange_api USING ((company_id = public.app_company())) WITH CHECK (((company_id = public.app_company()) AND (status = 'waiting'::text)));

CREATE POLICY api_answer ON public.invitation FOR UPDATE TO exchange_api USING ((seller_id = public.app_company())) WITH CHECK ((seller_id = public.app_company()));

CREATE POLICY api_append ON public.access_log FOR INSERT TO exchange_api WITH CHECK (((NOT (actor_id IS DISTINCT FROM public.app_actor())) AND (NOT (actor_company_id IS DISTINCT FROM public.app_company())) AND (operator = public.app_operator())));

CREATE POLICY api_append ON public.event FOR INSERT TO exchange_api WITH CHECK (((NOT (company_id IS DISTINCT FROM public.app_company())) AND (NOT (actor_id IS DISTINCT FROM public.app_actor())) AND ("position" IS NULL)));

CREATE POLICY api_append ON public.job FOR INSERT TO exchange_api WITH CHECK (((state = 'new'::text) AND (attempts = 0)));

CREATE POLICY api_apply ON public.company FOR INSERT TO exchange_api WITH CHECK (((status = ANY (ARRAY['draft'::text, 'applied'::text])) AND (id = public.app_company()) AND (active_at IS NULL)));

CREATE POLICY api_ask ON public.company_export FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (status = 'asked'::text) AND (asked_by = public.app_actor())));

CREATE POLICY api_between_us ON public.message FOR SELECT TO exchange_api USING (((NOT internal) AND ((buyer_id = public.app_company()) OR (seller_id = public.app_company()))));

CREATE POLICY api_change ON public.affiliation FOR UPDATE TO exchange_api USING ((public.app_operator() OR ((company_id = public.app_company()) AND (status = ANY (ARRAY['declared'::text, 'confirmed'::text]))) OR ((other_id = public.app_company()) AND (status = ANY (ARRAY['declared'::text, 'confirmed'::text]))))) WITH CHECK (((public.app_operator() AND (status = ANY (ARRAY['confirmed'::text, 'refused'::text, 'ended'::text])) AND (decided_as = 'operator'::text) AND (decided_by = public.app_actor()) AND (decided_by <> declared_by)) OR ((other_id = public.app_company()) AND (status = ANY (ARRAY['confirmed'::text, 'refused'::text])) AND (decided_as = 'other'::text) AND (decided_by = public.app_actor())) OR ((company_id = public.app_company()) AND (status = 'withdrawn'::text)) OR (((public.app_company() = company_id) OR (public.app_company() = other_id)) AND (status = 'end_asked'::text))));

CREATE POLICY api_check ON public.company_check FOR INSERT TO exchange_api WITH CHECK ((public.app_operator() AND (checked_by = public.app_actor())));

CREATE POLICY api_confirm ON public.bank_account FOR UPDATE TO exchange_api USING (((company_id = public.app_company()) AND (status = ANY (ARRAY['proposed'::text, 'confirmed'::text])))) WITH CHECK (((company_id = public.app_company()) AND (verified_at IS NULL) AND (verified_by IS NULL) AND (((status = 'confirmed'::text) AND (confirmed_by = public.app_actor())) OR (status = 'withdrawn'::text))));

CREATE POLICY api_decide ON public.deposit FOR UPDATE TO exchange_api USING (public.app_operator()) WITH CHECK ((public.app_operator() AND (decided_by = public.app_actor())));

CREATE POLICY api_decide ON public.document FOR UPDATE TO exchange_api USING ((public.app_operator() AND (status = 'submitted'::text))) WITH CHECK ((public.app_operator() AND (status = ANY (ARRAY['verified'::text, 'rejected'::text])) AND (decided_by = public.app_actor())));

CREATE POLICY api_declare ON public.affiliation FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (status = 'declared'::text) AND (declared_by = public.app_actor())));

CREATE POLICY api_delete ON public.company_address FOR DELETE TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_end ON public.session FOR DELETE TO exchange_api USING ((person_id = public.app_actor()));

CREATE POLICY api_enter ON public.bank_account FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (status = 'proposed'::text) AND (proposed_by = public.app_actor()) AND (verified_at IS NULL) AND (verified_by IS NULL) AND (confirmed_by IS NULL)));

CREATE POLICY api_enter ON public.deposit FOR INSERT TO exchange_api WITH CHECK ((public.app_operator() AND (status = 'entered'::text) AND (entered_by = public.app_actor())));

CREATE POLICY api_grant ON public.passport FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (status = 'granted'::text) AND (granted_by = public.app_actor())));

CREATE POLICY api_insert ON public.approval_decision FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (person_id = public.app_actor())));

CREATE POLICY api_insert ON public.award FOR INSERT TO exchange_api WITH CHECK ((buyer_id = public.app_company()));

CREATE POLICY api_insert ON public.company_address FOR INSERT TO exchange_api WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_insert ON public.fee_invoice FOR INSERT TO exchange_api WITH CHECK ((seller_id = public.app_company()));

CREATE POLICY api_insert ON public.file FOR INSERT TO exchange_api WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_insert ON public.offer FOR INSERT TO exchange_api WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_insert ON public.offer_version FOR INSERT TO exchange_api WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_insert ON public.quote FOR INSERT TO exchange_api WITH CHECK ((seller_id = public.app_company()));

CREATE POLICY api_insert ON public.quote_body FOR INSERT TO exchange_api WITH CHECK (((seller_id = public.app_company()) AND (NOT opened)));

CREATE POLICY api_insert ON public.rfq FOR INSERT TO exchange_api WITH CHECK ((buyer_id = public.app_company()));

ALTER TABLE public.api_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY api_lift ON public.suspension FOR UPDATE TO exchange_api USING ((public.app_operator() AND (lifted_at IS NULL))) WITH CHECK ((public.app_operator() AND ((lifted_by = public.app_actor()) OR ((lifted_by IS NULL) AND (lift_proposed_by = public.app_actor())))));

CREATE POLICY api_make ON public.api_key FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (person_id = public.app_actor())));

CREATE POLICY api_none ON public.ceremony TO exchange_api USING (false) WITH CHECK (false);

CREATE POLICY api_none ON public.invitation_mail TO exchange_api USING (false) WITH CHECK (false);

CREATE POLICY api_operator ON public.ledger_rollup FOR SELECT TO exchange_api USING (public.app_operator());

CREATE POLICY api_operator ON public.retention_run FOR SELECT TO exchange_api USING (public.app_operator());

CREATE POLICY api_own ON public.absence TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_own ON public.approval_request TO exchange_api USING ((company_id = public.app_company())) WITH CHECK (((company_id = public.app_company()) AND ((decided_by IS NULL) OR (decided_by = public.app_actor()))));

CREATE POLICY api_own ON public.company_application TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_own ON public.company_file TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator())) WITH CHECK (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_own ON public.company_provider TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_own ON public.company_role TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_own ON public.company_role_permission TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_own ON public.deposit FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_own ON public.idempotency_key TO exchange_api USING (((actor_id = public.app_actor()) AND (company_id = COALESCE(public.app_company(), '00000000-0000-0000-0000-000000000000'::uuid)))) WITH CHECK (((actor_id = public.app_actor()) AND (company_id = COALESCE(public.app_company(), '00000000-0000-0000-0000-000000000000'::uuid))));

CREATE POLICY api_own ON public.ledger_account FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_own ON public.ledger_entry FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_own ON public.ledger_hold FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_own ON public.ledger_hold_resolution FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_own ON public.ledger_transfer FOR SELECT TO exchange_api USING (((public.app_company() = ANY (companies)) OR public.app_operator()));

CREATE POLICY api_own ON public.message_mention FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_own ON public.notification TO exchange_api USING (((person_id = public.app_actor()) AND (NOT (company_id IS DISTINCT FROM public.app_company()))));

CREATE POLICY api_own ON public.passkey TO exchange_api USING ((person_id = public.app_actor())) WITH CHECK ((person_id = public.app_actor()));

CREATE POLICY api_own ON public.provider_link TO exchange_api USING ((company_id = public.app_company())) WITH CHECK (false);

CREATE POLICY api_own ON public.recovery_code TO exchange_api USING ((person_id = public.app_actor())) WITH CHECK ((person_id = public.app_actor()));

CREATE POLICY api_own ON public.second_factor TO exchange_api USING ((person_id = public.app_actor())) WITH CHECK ((person_id = public.app_actor()));

CREATE POLICY api_own ON public.session FOR SELECT TO exchange_api USING ((person_id = public.app_actor()));

CREATE POLICY api_own ON public.signatory TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_own ON public.thread_read TO exchange_api USING (((person_id = public.app_actor()) AND (company_id = public.app_company()))) WITH CHECK (((person_id = public.app_actor()) AND (company_id = public.app_company())));

CREATE POLICY api_own ON public.thread_side FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_own ON public.webhook_delivery FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_own ON public.webhook_endpoint TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_own_notes ON public.message FOR SELECT TO exchange_api USING ((internal AND (company_id = public.app_company())));

CREATE POLICY api_parties ON public.closing_proposal TO exchange_api USING (((buyer_id = public.app_company()) OR (seller_id = public.app_company()) OR public.app_operator())) WITH CHECK (((buyer_id = public.app_company()) OR (seller_id = public.app_company())));

CREATE POLICY api_parties ON public.contract TO exchange_api USING (((buyer_id = public.app_company()) OR (seller_id = public.app_company()) OR public.app_operator())) WITH CHECK (((buyer_id = public.app_company()) OR (seller_id = public.app_company())));

CREATE POLICY api_parties ON public.delivery TO exchange_api USING (((buyer_id = public.app_company()) OR (seller_id = public.app_company()) OR public.app_operator())) WITH CHECK (((buyer_id = public.app_company()) OR (seller_id = public.app_company())));

CREATE POLICY api_parties ON public.instalment TO exchange_api USING (((buyer_id = public.app_company()) OR (seller_id = public.app_company()) OR public.app_operator())) WITH CHECK (((buyer_id = public.app_company()) OR (seller_id = public.app_company())));

CREATE POLICY api_parties ON public.invoice TO exchange_api USING (((buyer_id = public.app_company()) OR (seller_id = public.app_company()) OR public.app_operator())) WITH CHECK (((buyer_id = public.app_company()) OR (seller_id = public.app_company())));

CREATE POLICY api_parties ON public.order_line TO exchange_api USING (((buyer_id = public.app_company()) OR ((seller_id = public.app_company()) AND placed) OR public.app_operator())) WITH CHECK (((buyer_id = public.app_company()) OR (seller_id = public.app_company())));

CREATE POLICY api_parties ON public.purchase_order TO exchange_api USING (((buyer_id = public.app_company()) OR ((seller_id = public.app_company()) AND (placed_at IS NOT NULL)) OR public.app_operator())) WITH CHECK (((buyer_id = public.app_company()) OR ((seller_id = public.app_company()) AND (placed_at IS NOT NULL))));

CREATE POLICY api_read ON public.access_log FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.affiliation FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR (other_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.api_key FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_read ON public.approval_decision FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_read ON public.approval_policy FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_read ON public.award FOR SELECT TO exchange_api USING (((buyer_id = public.app_company()) OR ((seller_id = public.app_company()) AND (status = 'binding'::text))));

CREATE POLICY api_read ON public.bank_account FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.company FOR SELECT TO exchange_api USING (((status = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])) OR (id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.company_address FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.company_check FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.company_export FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_read ON public.company_tax_status FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.contract_signature FOR SELECT TO exchange_api USING (((buyer_id = public.app_company()) OR (seller_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.document FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator() OR (certificate AND (status = 'verified'::text))));

CREATE POLICY api_read ON public.erasure_request FOR SELECT TO exchange_api USING (((person_id = public.app_actor()) OR (company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.event FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR (public.app_company() = ANY (audience)) OR public.app_operator()));

CREATE POLICY api_read ON public.event_recipient FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_read ON public.factor_removal FOR SELECT TO exchange_api USING ((public.app_operator() OR (person_id = public.app_actor())));

CREATE POLICY api_read ON public.fee_invoice FOR SELECT TO exchange_api USING (((seller_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.file FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR (public.app_company() = ANY (audience)) OR public.app_operator()));

CREATE POLICY api_read ON public.invitation FOR SELECT TO exchange_api USING (((seller_id = public.app_company()) OR (buyer_id = public.app_company())));

CREATE POLICY api_read ON public.master_key FOR SELECT TO exchange_api USING (true);

CREATE POLICY api_read ON public.member_invitation FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_read ON public.member_role FOR SELECT TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_read ON public.member_view FOR SELECT TO exchange_api USING ((public.app_operator() OR (company_id = public.app_company())));

CREATE POLICY api_read ON public.membership FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR (person_id = public.app_actor()) OR public.app_operator()));

CREATE POLICY api_read ON public.moderation_case FOR SELECT TO exchange_api USING ((public.app_operator() OR ((company_id = public.app_company()) AND (kind <> ALL (ARRAY['flag'::text, 'message'::text])))));

CREATE POLICY api_read ON public.offer FOR SELECT TO exchange_api USING ((((visibility = 'all'::text) AND (status = 'live'::text)) OR (company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.offer_version FOR SELECT TO exchange_api USING (((visibility = 'all'::text) OR (company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.opportunity FOR SELECT TO exchange_api USING ((seller_id = public.app_company()));

CREATE POLICY api_read ON public.passport FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR (reader_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_read ON public.quote FOR SELECT TO exchange_api USING (((seller_id = public.app_company()) OR ((buyer_id = public.app_company()) AND (opened_at IS NOT NULL))));

CREATE POLICY api_read ON public.quote_body FOR SELECT TO exchange_api USING (((seller_id = public.app_company()) OR ((buyer_id = public.app_company()) AND opened)));

CREATE POLICY api_read ON public.review FOR SELECT TO exchange_api USING (((author_company_id = public.app_company()) OR (status = 'published'::text) OR public.app_operator()));

CREATE POLICY api_read ON public.rfq FOR SELECT TO exchange_api USING (((buyer_id = public.app_company()) OR public.app_operator() OR ((published_at IS NOT NULL) AND ((mode = 'open'::text) OR (public.app_company() = ANY (audience))))));

CREATE POLICY api_read ON public.rfq_match FOR SELECT TO exchange_api USING ((buyer_id = public.app_company()));

CREATE POLICY api_read ON public.suspension FOR SELECT TO exchange_api USING (((company_id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_recheck ON public.company_check FOR UPDATE TO exchange_api USING (public.app_operator()) WITH CHECK ((public.app_operator() AND (checked_by = public.app_actor())));

CREATE POLICY api_revoke ON public.api_key FOR UPDATE TO exchange_api USING ((company_id = public.app_company())) WITH CHECK (((company_id = public.app_company()) AND (revoked_at IS NOT NULL)));

CREATE POLICY api_revoke ON public.member_invitation FOR UPDATE TO exchange_api USING (((company_id = public.app_company()) AND (status = 'pending'::text))) WITH CHECK (((company_id = public.app_company()) AND (status = 'revoked'::text)));

CREATE POLICY api_revoke ON public.passport FOR UPDATE TO exchange_api USING ((company_id = public.app_company())) WITH CHECK (((company_id = public.app_company()) AND (status = 'revoked'::text) AND (revoked_by = public.app_actor())));

CREATE POLICY api_rewrite ON public.company_tax_status FOR UPDATE TO exchange_api USING (public.app_operator()) WITH CHECK ((public.app_operator() AND (checked_by = public.app_actor())));

CREATE POLICY api_self ON public.person FOR SELECT TO exchange_api USING (((id = public.app_actor()) OR public.app_operator()));

CREATE POLICY api_self_update ON public.person FOR UPDATE TO exchange_api USING ((id = public.app_actor())) WITH CHECK ((id = public.app_actor()));

CREATE POLICY api_sign ON public.contract_signature FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (person_id = public.app_actor())));

CREATE POLICY api_submit ON public.document FOR INSERT TO exchange_api WITH CHECK (((company_id = public.app_company()) AND (status = 'submitted'::text) AND (submitted_by = public.app_actor()) AND (decided_by IS NULL)));

CREATE POLICY api_suspend ON public.suspension FOR INSERT TO exchange_api WITH CHECK ((public.app_operator() AND (suspended_by = public.app_actor()) AND (lift_proposed_by IS NULL)));

CREATE POLICY api_take_back ON public.erasure_request FOR UPDATE TO exchange_api USING (((person_id = public.app_actor()) OR (company_id = public.app_company()) OR public.app_operator())) WITH CHECK ((status = 'withdrawn'::text));

CREATE POLICY api_uncheck ON public.company_check FOR DELETE TO exchange_api USING ((company_id = public.app_company()));

CREATE POLICY api_update ON public.award FOR UPDATE TO exchange_api USING ((buyer_id = public.app_company())) WITH CHECK ((buyer_id = public.app_company()));

CREATE POLICY api_update ON public.company FOR UPDATE TO exchange_api USING (((id = public.app_company()) OR public.app_operator())) WITH CHECK (((id = public.app_company()) OR public.app_operator()));

CREATE POLICY api_update ON public.offer FOR UPDATE TO exchange_api USING ((company_id = public.app_company())) WITH CHECK ((company_id = public.app_company()));

CREATE POLICY api_update ON public.quote FOR UPDATE TO exchange_api USING (((seller_id = public.app_company()) OR ((buyer_id = public.app_company()) AND (opened_at IS NOT NULL)))) WITH CHECK (((seller_id = public.app_company()) OR ((buyer_id = public.app_company()) AND (opened_at IS NOT NULL))));

CREATE POLICY api_update ON public.rfq FOR UPDATE TO exchange_api USING ((buyer_id = public.app_company())) WITH CHECK ((buyer_id = public.app_company()));

CREATE POLICY api_verify ON public.bank_account FOR UPDATE TO exchange_api USING (public.app_operator()) WITH CHECK ((public.app_operator() AND (((status = 'verified'::text) AND (verified_by = public.app_actor())) OR ((status = 'rejected'::text) AND (decided_by = public.app_actor())) OR (status = 'replaced'::text))));

CREATE POLICY api_withdraw ON public.document FOR UPDATE TO exchange_api USING (((company_id = public.app_company()) AND (status = ANY (ARRAY['submitted'::text, 'verified'::text, 'expired'::text])))) WITH CHECK (((company_id = public.app_company()) AND (status = 'withdrawn'::text)));

CREATE POLICY api_write ON public.company_tax_status FOR INSERT TO exchange_api WITH CHECK ((public.app_operator() AND (checked_by = public.app_actor())));

CREATE POLICY api_write ON public.review FOR INSERT TO exchange_api WITH CHECK ((author_company_id = public.app_company()));

ALTER TABLE public.approval_decision ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.approval_policy ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.approval_request ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.award ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bank_account ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.category_price ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ceremony ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.closing_proposal ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_address ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_application ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_check ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_export ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_file ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_mark ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_provider ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_role ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_role_permission ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.company_tax_status ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contract ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contract_signature ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.deposit ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.document ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.erasure_request ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_recipient ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.factor_removal ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fee_invoice ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.file ENABLE ROW LEVEL SECURITY;

CREATE POLICY hidden_from_operators ON public.api_key AS RESTRICTIVE FOR SELECT TO exchange_api USING ((NOT public.app_viewing()));

CREATE POLICY hidden_from_operators ON public.message AS RESTRICTIVE FOR SELECT TO exchange_api USING ((NOT public.app_viewing()));

CREATE POLICY hidden_from_operators ON public.webhook_endpoint AS RESTRICTIVE FOR SELECT TO exchange_api USING ((NOT public.app_viewing()));

ALTER TABLE public.idempotency_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.instalment ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invitation ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invitation_mail ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoice ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger_account ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger_entry ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger_hold ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger_hold_resolution ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger_rollup ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger_transfer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.mail_proof ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.master_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY matcher_read ON public.company FOR SELECT TO exchange_matcher USING (true);

CREATE POLICY matcher_read ON public.event FOR SELECT TO exchange_matcher USING (true);

CREATE POLICY matcher_read ON public.offer FOR SELECT TO exchange_matcher USING (true);

ALTER TABLE public.member_invitation ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.member_role ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.member_view ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.membership ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message_mention ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.moderation_case ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.offer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.offer_version ENABLE ROW LEVEL SECURITY;

CREATE POLICY operator_change ON public.screening_rule FOR UPDATE TO exchange_api USING (public.app_operator()) WITH CHECK ((public.app_operator() AND (updated_by = public.app_actor())));

CREATE POLICY operator_decide ON public.moderation_case FOR UPDATE TO exchange_api USING ((public.app_operator() AND (status <> 'decided'::text))) WITH CHECK ((public.app_operator() AND ((decided_by IS NULL) OR (decided_by = public.app_actor())) AND (outcome IS DISTINCT FROM 'dropped'::text)));

CREATE POLICY operator_hinted ON public.message FOR SELECT TO exchange_api USING ((hinted AND public.app_operator()));

CREATE POLICY operator_read ON public.job FOR SELECT TO exchange_api USING (public.app_operator());

CREATE POLICY operator_read ON public.screening_rule FOR SELECT TO exchange_api USING (public.app_operator());

CREATE POLICY operator_retry ON public.job FOR UPDATE TO exchange_api USING (public.app_operator()) WITH CHECK ((state = 'new'::text));

ALTER TABLE public.opportunity ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.order_line ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.passkey ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.passport ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.person ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.provider_link ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.purchase_order ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quote ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quote_body ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.recovery_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.retention_run ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.review ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rfq ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rfq_match ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.screening_rule ENABLE ROW LEVEL SECURITY;

CREATE POLICY sealed_for_operators ON public.quote_body AS RESTRICTIVE FOR SELECT TO exchange_api USING ((opened OR (NOT public.app_viewing())));

ALTER TABLE public.second_factor ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.session ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sign_in_counter ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.signatory ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.suspension ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.thread ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.thread_read ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.thread_side ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_endpoint ENABLE ROW LEVEL SECURITY;

CREATE POLICY worker_all ON public.access_log TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.affiliation FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.approval_request TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.award TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.bank_account TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.category_price TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.closing_proposal TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.company TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.company_export TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.company_file TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.company_key TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.company_mark TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.contract TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.contract_signature FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.delivery TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.deposit FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.document TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.erasure_request TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.event TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.event_recipient TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.fee_invoice TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.file TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.idempotency_key TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.instalment TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.invitation TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.invoice TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.job TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.ledger_account FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.ledger_entry FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.ledger_hold FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.ledger_hold_resolution FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.ledger_rollup FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.ledger_transfer FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.master_key TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.member_view TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.membership FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.moderation_case TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.notification TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.offer TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.offer_version TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.opportunity TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.order_line TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.passport FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.person FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.purchase_order TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.quote TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.retention_run TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.review TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.rfq TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.rfq_match TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.session TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.sign_in_counter TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.suspension FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_all ON public.webhook_delivery TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_all ON public.webhook_endpoint TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_clean ON public.factor_removal FOR DELETE TO exchange_worker USING ((status <> ALL (ARRAY['asked'::text, 'confirmed'::text])));

CREATE POLICY worker_expire ON public.member_invitation FOR UPDATE TO exchange_worker USING ((status = 'pending'::text)) WITH CHECK ((status = 'expired'::text));

CREATE POLICY worker_opened ON public.quote_body FOR SELECT TO exchange_worker USING (opened);

CREATE POLICY worker_read ON public.absence FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.api_key FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.approval_decision FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.approval_policy FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.factor_removal FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.mail_proof FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.member_invitation FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.message FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.message_mention FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.signatory FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.thread FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.thread_read FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_read ON public.thread_side FOR SELECT TO exchange_worker USING (true);

CREATE POLICY worker_seal ON public.company_application TO exchange_worker USING (true) WITH CHECK (true);

CREATE POLICY worker_warn ON public.api_key FOR UPDATE TO exchange_worker USING (true) WITH CHECK (true);

REVOKE ALL ON FUNCTION public.above_limit(limit_minor bigint, base text, currency text, gross_minor bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.affiliation_regroup() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.affiliation_steps() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.an_administrator_stays() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.application_is_kept() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.approval_decision_stands() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.approval_is_earned() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.approval_policy_put(policy uuid, wanted text, seen integer, new_tiers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.approval_policy_put(policy uuid, wanted text, seen integer, new_tiers jsonb) TO exchange_api;

REVOKE ALL ON FUNCTION public.authorisation_ends_with_its_person() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.bank_account_policy_applies() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.bank_account_steps() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.case_appeal(appealed uuid, appeal uuid, words text, due_hours integer, OUT outcome text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.case_appeal(appealed uuid, appeal uuid, words text, due_hours integer, OUT outcome text) TO exchange_api;

REVOKE ALL ON FUNCTION public.case_drop(of_kind text, object uuid, event uuid, request text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.case_drop(of_kind text, object uuid, event uuid, request text) TO exchange_api;
GRANT ALL ON FUNCTION public.case_drop(of_kind text, object uuid, event uuid, request text) TO exchange_worker;

REVOKE ALL ON FUNCTION public.case_open(cases jsonb, request text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.case_open(cases jsonb, request text) TO exchange_api;
GRANT ALL ON FUNCTION public.case_open(cases jsonb, request text) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ceremony_open(id uuid, kind text, person uuid, payload bytea, lifetime interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ceremony_open(id uuid, kind text, person uuid, payload bytea, lifetime interval) TO exchange_api;

REVOKE ALL ON FUNCTION public.ceremony_take(wanted uuid, wanted_kind text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ceremony_take(wanted uuid, wanted_kind text) TO exchange_api;

REVOKE ALL ON FUNCTION public.closing_by_its_side() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.company_badges(wanted uuid, OUT identity_verified boolean, OUT tax_checked boolean, OUT bank_verified boolean, OUT certificates integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.company_badges(wanted uuid, OUT identity_verified boolean, OUT tax_checked boolean, OUT bank_verified boolean, OUT certificates integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.company_closes() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.company_identity_is_checked() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.company_keeps_its_verified_name() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.company_key_first(company uuid, master text, print bytea, sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.company_key_first(company uuid, master text, print bytea, sealed bytea) TO exchange_api;
GRANT ALL ON FUNCTION public.company_key_first(company uuid, master text, print bytea, sealed bytea) TO exchange_worker;

REVOKE ALL ON FUNCTION public.company_key_of(company uuid, number integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.company_key_of(company uuid, number integer) TO exchange_api;
GRANT ALL ON FUNCTION public.company_key_of(company uuid, number integer) TO exchange_worker;

REVOKE ALL ON FUNCTION public.company_obligations(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.company_obligations(wanted uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.company_people() FROM PUBLIC;
GRANT ALL ON FUNCTION public.company_people() TO exchange_api;

REVOKE ALL ON FUNCTION public.company_record(wanted uuid, OUT capabilities text[], OUT deals bigint, OUT deliveries bigint, OUT on_time_percent integer, OUT reviews bigint, OUT rating numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION public.company_record(wanted uuid, OUT capabilities text[], OUT deals bigint, OUT deliveries bigint, OUT on_time_percent integer, OUT reviews bigint, OUT rating numeric) TO exchange_api;

REVOKE ALL ON FUNCTION public.company_standing_is_held() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.consume_capacity(wanted uuid, quantity numeric) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.contract_is_of_its_award() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.contract_waits_for_its_people() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ctx(company uuid, actor uuid, operator boolean, standing text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ctx(company uuid, actor uuid, operator boolean, standing text) TO exchange_api;
GRANT ALL ON FUNCTION public.ctx(company uuid, actor uuid, operator boolean, standing text) TO exchange_worker;

REVOKE ALL ON FUNCTION public.deal_parties(seller uuid, currency text, gross_minor bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.deal_parties(seller uuid, currency text, gross_minor bigint) TO exchange_api;

REVOKE ALL ON FUNCTION public.delivery_by_its_side() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.device_seen(device bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.device_seen(device bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.erasure_ask(request uuid, wanted uuid, wait interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.erasure_ask(request uuid, wanted uuid, wait interval) TO exchange_api;

REVOKE ALL ON FUNCTION public.event_position_at(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.event_position_at(moment timestamp with time zone) TO exchange_api;
GRANT ALL ON FUNCTION public.event_position_at(moment timestamp with time zone) TO exchange_worker;

REVOKE ALL ON FUNCTION public.event_shown(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.event_shown(wanted uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.event_shown(wanted uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.factor_removal_ask(request uuid, wanted uuid, why text, shown text, hash bytea, wait interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.factor_removal_ask(request uuid, wanted uuid, why text, shown text, hash bytea, wait interval) TO exchange_api;

REVOKE ALL ON FUNCTION public.factor_removal_confirm(request uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.factor_removal_confirm(request uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.factor_removal_end(request uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.factor_removal_end(request uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.factor_removal_hold() FROM PUBLIC;
GRANT ALL ON FUNCTION public.factor_removal_hold() TO exchange_api;

REVOKE ALL ON FUNCTION public.factor_removal_refuse(request uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.factor_removal_refuse(request uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.factor_removal_stop(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.factor_removal_stop(hash bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.fee_invoice_is_of_its_instalment() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.file_shown(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.file_shown(wanted uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.file_shown(wanted uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.former_people() FROM PUBLIC;
GRANT ALL ON FUNCTION public.former_people() TO exchange_api;

REVOKE ALL ON FUNCTION public.give_back_stock(ended uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.give_back_stock(ended uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.group_reach(start uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.hold_standing(company uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hold_standing(company uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.instalment_by_its_side() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.invitation_mail_counted(address text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.invited_is_verified() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.is_last_owner(wanted uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.key_lookup(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.key_lookup(hash bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.key_rotate(key uuid, hash bytea, beginning text, overlap interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.key_rotate(key uuid, hash bytea, beginning text, overlap interval) TO exchange_api;

REVOKE ALL ON FUNCTION public.keys_used(keys uuid[], seconds_ago integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.keys_used(keys uuid[], seconds_ago integer[]) TO exchange_api;

REVOKE ALL ON FUNCTION public.ledger_check_lines(accounts uuid[], amounts bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_check_open(hold uuid, hold_expires_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_hold_end(hold uuid, end_ref text, end_kind text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_hold_expire(hold uuid, ref text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_hold_expire(hold uuid, ref text) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_hold_place(new_ref text, account uuid, amount bigint, new_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_hold_place(new_ref text, account uuid, amount bigint, new_expires_at timestamp with time zone) TO exchange_api;
GRANT ALL ON FUNCTION public.ledger_hold_place(new_ref text, account uuid, amount bigint, new_expires_at timestamp with time zone) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_hold_post(hold uuid, ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_hold_post(hold uuid, ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_hold_void(hold uuid, ref text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_hold_void(hold uuid, ref text) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_is_append_only() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_may_debit(company uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_open(company uuid, account_kind text, account_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_open(company uuid, account_kind text, account_currency text) TO exchange_api;
GRANT ALL ON FUNCTION public.ledger_open(company uuid, account_kind text, account_currency text) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_operator_posts_deposits() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_post(ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_post(ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) TO exchange_api;
GRANT ALL ON FUNCTION public.ledger_post(ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_replayed(book smallint, used_ref text, wanted_kind text, accounts uuid[], amounts bigint[], hold uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_roll_up(account uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_roll_up(account uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_transfer_is_balanced() FROM PUBLIC;

GRANT SELECT ON TABLE public.ledger_hold TO exchange_api;
GRANT SELECT ON TABLE public.ledger_hold TO exchange_worker;

REVOKE ALL ON FUNCTION public.ledger_write(new_ref text, new_kind text, accounts uuid[], amounts bigint[], new_reason jsonb, hold public.ledger_hold) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ledger_write_entries(transfer uuid, entry_currency text, accounts uuid[], amounts bigint[], hold public.ledger_hold) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.live_head() FROM PUBLIC;
GRANT ALL ON FUNCTION public.live_head() TO exchange_api;

REVOKE ALL ON FUNCTION public.live_inboxes(people uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.live_inboxes(people uuid[]) TO exchange_api;

REVOKE ALL ON FUNCTION public.live_tail(after bigint, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.live_tail(after bigint, most integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.lock_rfq_for_bid(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_rfq_for_bid(wanted uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.mail_proof_ask(id uuid, purpose text, address text, hash bytea, lifetime interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_proof_ask(id uuid, purpose text, address text, hash bytea, lifetime interval) TO exchange_api;

REVOKE ALL ON FUNCTION public.mail_proof_open(hash bytea, wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_proof_open(hash bytea, wanted text) TO exchange_api;

REVOKE ALL ON FUNCTION public.mail_proof_use(hash bytea, wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_proof_use(hash bytea, wanted text) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_add(person uuid, address text, full_name text, hash text, lang text, member_roles text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_add(person uuid, address text, full_name text, hash text, lang text, member_roles text[]) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_change(person uuid, seen integer, member_roles text[], OUT outcome text, OUT roles_before text[], OUT new_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_change(person uuid, seen integer, member_roles text[], OUT outcome text, OUT roles_before text[], OUT new_version integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_change(person uuid, seen integer, member_roles text[], own_roles uuid[], OUT outcome text, OUT roles_before text[], OUT new_version integer, OUT ended jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_change(person uuid, seen integer, member_roles text[], own_roles uuid[], OUT outcome text, OUT roles_before text[], OUT new_version integer, OUT ended jsonb) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_invitation_accept(hash bytea, person uuid, full_name text, secret text, lang text, OUT outcome text, OUT invitation uuid, OUT invitation_version integer, OUT person_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_invitation_accept(hash bytea, person uuid, full_name text, secret text, lang text, OUT outcome text, OUT invitation uuid, OUT invitation_version integer, OUT person_version integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_invitation_lookup(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_invitation_lookup(hash bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_invitation_renew(invitation uuid, seen integer, hash bytea, OUT outcome text, OUT was text, OUT new_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_invitation_renew(invitation uuid, seen integer, hash bytea, OUT outcome text, OUT was text, OUT new_version integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea, custom uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_invite(invitation uuid, address text, member_roles text[], lang text, hash bytea, custom uuid[]) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_may_invite(member_roles text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.member_view_end(view_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_view_end(view_id uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_view_lookup(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_view_lookup(hash bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.member_view_start(hash bytea, view_id uuid, company uuid, why text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_view_start(hash bytea, view_id uuid, company uuid, why text) TO exchange_api;

REVOKE ALL ON FUNCTION public.membership_begins() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.message_authors(messages uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.message_authors(messages uuid[]) TO exchange_api;

REVOKE ALL ON FUNCTION public.message_is_append_only() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.move_clock(step interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.move_clock(step interval) TO exchange_api;

REVOKE ALL ON FUNCTION public.my_data(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.my_data(most integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.next_fee_invoice() FROM PUBLIC;
GRANT ALL ON FUNCTION public.next_fee_invoice() TO exchange_api;
GRANT ALL ON FUNCTION public.next_fee_invoice() TO exchange_worker;

REVOKE ALL ON FUNCTION public.nothing_begins_in_a_closed_company() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.number_is_known(own uuid, land text, number text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.number_is_known(own uuid, land text, number text) TO exchange_api;

REVOKE ALL ON FUNCTION public.offer_judge(offer uuid, accepted boolean, OUT from_state text, OUT to_state text, OUT new_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.offer_judge(offer uuid, accepted boolean, OUT from_state text, OUT to_state text, OUT new_version integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.open_counterparties(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.open_counterparties(wanted uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.open_quotes(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.open_quotes(wanted uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.open_quotes(wanted uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.order_bank_account(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.order_bank_account(wanted uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.order_is_under_its_contract() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.order_line_grows() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.own_password_hash() FROM PUBLIC;
GRANT ALL ON FUNCTION public.own_password_hash() TO exchange_api;

REVOKE ALL ON FUNCTION public.own_permissions(company uuid, person uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.passkey_lookup(credential bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.passkey_lookup(credential bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.passport_dossier(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.passport_dossier(wanted uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.passport_file(wanted uuid, paper uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.passport_file(wanted uuid, paper uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.password_reset(hash bytea, new_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.password_reset(hash bytea, new_hash text) TO exchange_api;

REVOKE ALL ON FUNCTION public.person_erase(request uuid, OUT ending text, OUT ended jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.person_erase(request uuid, OUT ending text, OUT ended jsonb) TO exchange_worker;

REVOKE ALL ON FUNCTION public.person_register(person uuid, address text, full_name text, hash text, lang text, company uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.person_register(person uuid, address text, full_name text, hash text, lang text, company uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.person_register(person uuid, address text, full_name text, hash text, lang text, company uuid, signs boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.person_register(person uuid, address text, full_name text, hash text, lang text, company uuid, signs boolean) TO exchange_api;

REVOKE ALL ON FUNCTION public.post_message(wanted uuid, about text, subject uuid, supplier uuid, note boolean, said text, contact boolean, found_by text[], attached uuid[], called uuid[], of_mail bytea, OUT outcome text, OUT message uuid, OUT posted_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_message(wanted uuid, about text, subject uuid, supplier uuid, note boolean, said text, contact boolean, found_by text[], attached uuid[], called uuid[], of_mail bytea, OUT outcome text, OUT message uuid, OUT posted_at timestamp with time zone) TO exchange_api;

REVOKE ALL ON FUNCTION public.provider_lookup(company uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.provider_lookup(company uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.provider_person(company uuid, who text, address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.provider_person(company uuid, who text, address text) TO exchange_api;

REVOKE ALL ON FUNCTION public.publish_due_reviews(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.publish_due_reviews(wanted uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.publish_due_reviews(wanted uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.publish_reviews(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.publish_reviews(wanted uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.publish_reviews(wanted uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.removal_goes_with_the_person() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.reply_lookup(notification uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reply_lookup(notification uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.representative_is(person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.representative_is(person uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.representative_signs() FROM PUBLIC;
GRANT ALL ON FUNCTION public.representative_signs() TO exchange_api;

REVOKE ALL ON FUNCTION public.return_pending_order(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.return_pending_order(wanted uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.return_pending_order(wanted uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.rfq_counts(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rfq_counts(wanted uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.rfq_invited(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rfq_invited(wanted uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.rfq_shown(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rfq_shown(wanted uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.rfq_shown(wanted uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.same_group(a uuid, b uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.same_group(a uuid, b uuid) TO exchange_api;
GRANT ALL ON FUNCTION public.same_group(a uuid, b uuid) TO exchange_worker;

REVOKE ALL ON FUNCTION public.screening_grounds(items jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.screening_grounds(items jsonb) TO exchange_api;

REVOKE ALL ON FUNCTION public.search_messages(beginnings text[], before timestamp with time zone, before_id uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.search_messages(beginnings text[], before timestamp with time zone, before_id uuid, most integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_close(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_close(hash bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_lookup(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_lookup(hash bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval, client_address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval, client_address text) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval, client_address text, seen text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_open(hash bytea, person uuid, company uuid, as_operator boolean, agent text, lifetime interval, client_address text, seen text) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_open_bound(hash bytea, person uuid, company uuid, agent text, lifetime interval, client_address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_open_bound(hash bytea, person uuid, company uuid, agent text, lifetime interval, client_address text) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_step_up(old_hash bytea, new_hash bytea, person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_step_up(old_hash bytea, new_hash bytea, person uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.session_switch(old_hash bytea, new_hash bytea, person uuid, company uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_switch(old_hash bytea, new_hash bytea, person uuid, company uuid) TO exchange_api;

REVOKE ALL ON FUNCTION public.share_file(wanted uuid, readers uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.share_file(wanted uuid, readers uuid[]) TO exchange_api;

REVOKE ALL ON FUNCTION public.sign_in_attempt(counter bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sign_in_attempt(counter bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.sign_in_failed(counter bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sign_in_failed(counter bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.sign_in_failed(counter bytea, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sign_in_failed(counter bytea, most integer) TO exchange_api;

REVOKE ALL ON FUNCTION public.sign_in_lookup(address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sign_in_lookup(address text) TO exchange_api;

REVOKE ALL ON FUNCTION public.sign_in_succeeded(counter bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sign_in_succeeded(counter bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.sign_in_wait(counter bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sign_in_wait(counter bytea) TO exchange_api;

REVOKE ALL ON FUNCTION public.signatory_has_a_basis() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.signatory_is_verified_by_an_owner() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.signatory_paper_is_its_own() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.signature_is_within_its_basis() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.take_firm_offers(wanted uuid[], seen integer[], quantities numeric[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.take_firm_offers(wanted uuid[], seen integer[], quantities numeric[]) TO exchange_api;

REVOKE ALL ON FUNCTION public.thread_subject(about text, subject uuid, supplier uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.thread_subject(about text, subject uuid, supplier uuid) TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.absence TO exchange_api;
GRANT SELECT ON TABLE public.absence TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.absence TO exchange_api;

GRANT UPDATE(ended_at) ON TABLE public.absence TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.access_log TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.access_log TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.affiliation TO exchange_api;
GRANT SELECT ON TABLE public.affiliation TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.affiliation TO exchange_api;

GRANT UPDATE(status) ON TABLE public.affiliation TO exchange_api;

GRANT UPDATE(decided_by) ON TABLE public.affiliation TO exchange_api;

GRANT UPDATE(decided_as) ON TABLE public.affiliation TO exchange_api;

GRANT UPDATE(decided_at) ON TABLE public.affiliation TO exchange_api;

GRANT UPDATE(ended_at) ON TABLE public.affiliation TO exchange_api;

GRANT INSERT ON TABLE public.api_key TO exchange_api;

GRANT SELECT(id) ON TABLE public.api_key TO exchange_api;
GRANT SELECT(id) ON TABLE public.api_key TO exchange_worker;

GRANT SELECT(company_id) ON TABLE public.api_key TO exchange_api;
GRANT SELECT(company_id) ON TABLE public.api_key TO exchange_worker;

GRANT SELECT(person_id) ON TABLE public.api_key TO exchange_api;
GRANT SELECT(person_id) ON TABLE public.api_key TO exchange_worker;

GRANT SELECT(name) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(prefix) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(scopes) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(created_at) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(expires_at) ON TABLE public.api_key TO exchange_api;
GRANT SELECT(expires_at) ON TABLE public.api_key TO exchange_worker;

GRANT SELECT(revoked_at),UPDATE(revoked_at) ON TABLE public.api_key TO exchange_api;
GRANT SELECT(revoked_at) ON TABLE public.api_key TO exchange_worker;

GRANT SELECT(version),UPDATE(version) ON TABLE public.api_key TO exchange_api;
GRANT SELECT(version),UPDATE(version) ON TABLE public.api_key TO exchange_worker;

GRANT SELECT(networks) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(last_used_at) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(old_prefix) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(old_until) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(rotated_at) ON TABLE public.api_key TO exchange_api;

GRANT SELECT(warn_at),UPDATE(warn_at) ON TABLE public.api_key TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.approval_decision TO exchange_api;
GRANT SELECT ON TABLE public.approval_decision TO exchange_worker;

GRANT SELECT ON TABLE public.approval_policy TO exchange_api;
GRANT SELECT ON TABLE public.approval_policy TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.approval_request TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(status) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(version) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(decided_by) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(decided_by) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(decided_at) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(decided_at) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(comment) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(comment) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(due_at) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(due_at) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(step) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(step) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(remind_at) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(remind_at) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(escalate_at) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(escalate_at) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(escalated_at) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(escalated_at) ON TABLE public.approval_request TO exchange_worker;

GRANT UPDATE(own) ON TABLE public.approval_request TO exchange_api;
GRANT UPDATE(own) ON TABLE public.approval_request TO exchange_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.award TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.award TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.bank_account TO exchange_api;
GRANT SELECT ON TABLE public.bank_account TO exchange_worker;

GRANT UPDATE(number) ON TABLE public.bank_account TO exchange_worker;

GRANT UPDATE(verified_at) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(verified_by) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(version) ON TABLE public.bank_account TO exchange_api;
GRANT UPDATE(version) ON TABLE public.bank_account TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.bank_account TO exchange_api;
GRANT UPDATE(status) ON TABLE public.bank_account TO exchange_worker;

GRANT UPDATE(confirmed_by) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(confirmed_at) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(decided_by) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(decided_at) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(reason) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(paused_until) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(replaced_at) ON TABLE public.bank_account TO exchange_api;

GRANT UPDATE(number_hash) ON TABLE public.bank_account TO exchange_worker;

GRANT SELECT ON TABLE public.category TO exchange_api;
GRANT SELECT ON TABLE public.category TO exchange_worker;
GRANT SELECT ON TABLE public.category TO exchange_matcher;

GRANT SELECT ON TABLE public.category_attribute TO exchange_api;
GRANT SELECT ON TABLE public.category_attribute TO exchange_worker;
GRANT SELECT ON TABLE public.category_attribute TO exchange_matcher;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.category_price TO exchange_worker;

GRANT SELECT ON TABLE public.category_tree TO exchange_api;
GRANT SELECT ON TABLE public.category_tree TO exchange_worker;
GRANT SELECT ON TABLE public.category_tree TO exchange_matcher;

GRANT SELECT,INSERT ON TABLE public.closing_proposal TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.closing_proposal TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.closing_proposal TO exchange_api;
GRANT UPDATE(status) ON TABLE public.closing_proposal TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.closing_proposal TO exchange_api;
GRANT UPDATE(version) ON TABLE public.closing_proposal TO exchange_worker;

GRANT UPDATE(answered_at) ON TABLE public.closing_proposal TO exchange_api;
GRANT UPDATE(answered_at) ON TABLE public.closing_proposal TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.company TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.company TO exchange_worker;
GRANT SELECT ON TABLE public.company TO exchange_matcher;

GRANT UPDATE(status) ON TABLE public.company TO exchange_api;

GRANT UPDATE(version) ON TABLE public.company TO exchange_api;

GRANT UPDATE(legal_name) ON TABLE public.company TO exchange_api;

GRANT UPDATE(display_name) ON TABLE public.company TO exchange_api;

GRANT UPDATE(sort_key) ON TABLE public.company TO exchange_api;

GRANT UPDATE(country) ON TABLE public.company TO exchange_api;

GRANT UPDATE(profile) ON TABLE public.company TO exchange_api;

GRANT UPDATE(region) ON TABLE public.company TO exchange_api;

GRANT UPDATE(registration_id) ON TABLE public.company TO exchange_api;

GRANT UPDATE(tax_id) ON TABLE public.company TO exchange_api;

GRANT UPDATE(base_currency) ON TABLE public.company TO exchange_api;

GRANT UPDATE(trade_roles) ON TABLE public.company TO exchange_api;

GRANT UPDATE(about) ON TABLE public.company TO exchange_api;

GRANT UPDATE(website) ON TABLE public.company TO exchange_api;

GRANT UPDATE(applied_at) ON TABLE public.company TO exchange_api;

GRANT UPDATE(active_at) ON TABLE public.company TO exchange_api;

GRANT UPDATE(suspended_until) ON TABLE public.company TO exchange_api;

GRANT UPDATE(lei) ON TABLE public.company TO exchange_api;

GRANT UPDATE(capabilities) ON TABLE public.company TO exchange_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.company_address TO exchange_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.company_application TO exchange_api;
GRANT SELECT,DELETE ON TABLE public.company_application TO exchange_worker;

GRANT UPDATE(body) ON TABLE public.company_application TO exchange_worker;

GRANT UPDATE(warn_at) ON TABLE public.company_application TO exchange_worker;

GRANT UPDATE(delete_at) ON TABLE public.company_application TO exchange_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.company_check TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.company_export TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.company_export TO exchange_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.company_file TO exchange_api;
GRANT SELECT ON TABLE public.company_file TO exchange_worker;

GRANT UPDATE(representative) ON TABLE public.company_file TO exchange_worker;

GRANT UPDATE(phone) ON TABLE public.company_file TO exchange_worker;

GRANT UPDATE(contact_email) ON TABLE public.company_file TO exchange_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.company_key TO exchange_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.company_mark TO exchange_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.company_provider TO exchange_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.company_role TO exchange_api;

GRANT UPDATE(name) ON TABLE public.company_role TO exchange_api;

GRANT UPDATE(version) ON TABLE public.company_role TO exchange_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.company_role_permission TO exchange_api;

GRANT SELECT,INSERT,UPDATE ON TABLE public.company_tax_status TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.contract TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.contract TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.contract TO exchange_api;
GRANT UPDATE(status) ON TABLE public.contract TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.contract TO exchange_api;
GRANT UPDATE(version) ON TABLE public.contract TO exchange_worker;

GRANT UPDATE(pdf_file_id) ON TABLE public.contract TO exchange_api;
GRANT UPDATE(pdf_file_id) ON TABLE public.contract TO exchange_worker;

GRANT UPDATE(pdf_digest) ON TABLE public.contract TO exchange_api;
GRANT UPDATE(pdf_digest) ON TABLE public.contract TO exchange_worker;

GRANT UPDATE(active_at) ON TABLE public.contract TO exchange_api;
GRANT UPDATE(active_at) ON TABLE public.contract TO exchange_worker;

GRANT UPDATE(refused_by) ON TABLE public.contract TO exchange_api;

GRANT UPDATE(refused_reason) ON TABLE public.contract TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.contract_signature TO exchange_api;
GRANT SELECT ON TABLE public.contract_signature TO exchange_worker;

GRANT SELECT ON TABLE public.currency TO exchange_api;
GRANT SELECT ON TABLE public.currency TO exchange_worker;
GRANT SELECT ON TABLE public.currency TO exchange_matcher;

GRANT SELECT,INSERT ON TABLE public.delivery TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.delivery TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.delivery TO exchange_api;
GRANT UPDATE(status) ON TABLE public.delivery TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.delivery TO exchange_api;
GRANT UPDATE(version) ON TABLE public.delivery TO exchange_worker;

GRANT UPDATE(lines) ON TABLE public.delivery TO exchange_api;
GRANT UPDATE(lines) ON TABLE public.delivery TO exchange_worker;

GRANT UPDATE(arrived_at) ON TABLE public.delivery TO exchange_api;
GRANT UPDATE(arrived_at) ON TABLE public.delivery TO exchange_worker;

GRANT UPDATE(inspect_by) ON TABLE public.delivery TO exchange_api;
GRANT UPDATE(inspect_by) ON TABLE public.delivery TO exchange_worker;

GRANT UPDATE(inspected_at) ON TABLE public.delivery TO exchange_api;
GRANT UPDATE(inspected_at) ON TABLE public.delivery TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.deposit TO exchange_api;
GRANT SELECT ON TABLE public.deposit TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.deposit TO exchange_api;

GRANT UPDATE(version) ON TABLE public.deposit TO exchange_api;

GRANT UPDATE(decided_by) ON TABLE public.deposit TO exchange_api;

GRANT UPDATE(decided_at) ON TABLE public.deposit TO exchange_api;

GRANT UPDATE(note) ON TABLE public.deposit TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.document TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.document TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.document TO exchange_api;

GRANT UPDATE(status) ON TABLE public.document TO exchange_api;

GRANT UPDATE(decided_by) ON TABLE public.document TO exchange_api;

GRANT UPDATE(decided_at) ON TABLE public.document TO exchange_api;

GRANT UPDATE(reason) ON TABLE public.document TO exchange_api;

GRANT SELECT ON TABLE public.document_scheme TO exchange_api;
GRANT SELECT ON TABLE public.document_scheme TO exchange_worker;

GRANT SELECT ON TABLE public.erasure_request TO exchange_api;
GRANT SELECT ON TABLE public.erasure_request TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.erasure_request TO exchange_api;

GRANT UPDATE(version) ON TABLE public.erasure_request TO exchange_api;

GRANT UPDATE(ended_at) ON TABLE public.erasure_request TO exchange_api;

GRANT INSERT ON TABLE public.event TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.event TO exchange_worker;

GRANT SELECT(id) ON TABLE public.event TO exchange_api;
GRANT SELECT(id) ON TABLE public.event TO exchange_matcher;

GRANT SELECT(seq) ON TABLE public.event TO exchange_api;

GRANT SELECT(market_id) ON TABLE public.event TO exchange_api;

GRANT SELECT("position") ON TABLE public.event TO exchange_api;
GRANT UPDATE("position") ON TABLE public.event TO exchange_worker;
GRANT SELECT("position") ON TABLE public.event TO exchange_matcher;

GRANT SELECT(hash) ON TABLE public.event TO exchange_api;
GRANT UPDATE(hash) ON TABLE public.event TO exchange_worker;

GRANT SELECT(type) ON TABLE public.event TO exchange_api;
GRANT SELECT(type) ON TABLE public.event TO exchange_matcher;

GRANT SELECT(aggregate) ON TABLE public.event TO exchange_api;
GRANT SELECT(aggregate) ON TABLE public.event TO exchange_matcher;

GRANT SELECT(aggregate_id) ON TABLE public.event TO exchange_api;
GRANT SELECT(aggregate_id) ON TABLE public.event TO exchange_matcher;

GRANT SELECT(version) ON TABLE public.event TO exchange_api;
GRANT SELECT(version) ON TABLE public.event TO exchange_matcher;

GRANT SELECT(actor_id) ON TABLE public.event TO exchange_api;

GRANT SELECT(company_id) ON TABLE public.event TO exchange_api;

GRANT SELECT(request_id) ON TABLE public.event TO exchange_api;

GRANT SELECT(from_state) ON TABLE public.event TO exchange_api;

GRANT SELECT(to_state) ON TABLE public.event TO exchange_api;

GRANT SELECT(at) ON TABLE public.event TO exchange_api;

GRANT SELECT(recorded_at) ON TABLE public.event TO exchange_api;

GRANT SELECT(payload) ON TABLE public.event TO exchange_api;

GRANT SELECT ON TABLE public.event_recipient TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.event_recipient TO exchange_worker;

GRANT SELECT ON TABLE public.factor_removal TO exchange_api;
GRANT SELECT,DELETE ON TABLE public.factor_removal TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.fee_invoice TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.fee_invoice TO exchange_worker;

GRANT SELECT ON TABLE public.fee_rate TO exchange_api;
GRANT SELECT ON TABLE public.fee_rate TO exchange_worker;

GRANT INSERT ON TABLE public.file TO exchange_api;
GRANT SELECT,INSERT,DELETE ON TABLE public.file TO exchange_worker;

GRANT SELECT(id) ON TABLE public.file TO exchange_api;

GRANT SELECT(company_id) ON TABLE public.file TO exchange_api;

GRANT SELECT(name) ON TABLE public.file TO exchange_api;

GRANT SELECT(media_type) ON TABLE public.file TO exchange_api;

GRANT SELECT(size) ON TABLE public.file TO exchange_api;

GRANT SELECT(sha256) ON TABLE public.file TO exchange_api;

GRANT SELECT(purpose) ON TABLE public.file TO exchange_api;

GRANT SELECT(created_by) ON TABLE public.file TO exchange_api;

GRANT SELECT(created_at) ON TABLE public.file TO exchange_api;

GRANT SELECT(attached_at) ON TABLE public.file TO exchange_api;

GRANT SELECT ON TABLE public.grantable_permission TO exchange_api;
GRANT SELECT ON TABLE public.grantable_permission TO exchange_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.idempotency_key TO exchange_api;
GRANT SELECT,DELETE ON TABLE public.idempotency_key TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.instalment TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(status) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(version) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(amount_minor) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(to_seller_minor) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(to_seller_minor) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(returned_minor) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(returned_minor) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(fee_minor) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(fee_minor) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(fee_vat_minor) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(fee_vat_minor) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(hold_id) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(hold_id) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(due_at) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(announced_at) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(announced_at) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(confirm_by) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(confirm_by) ON TABLE public.instalment TO exchange_worker;

GRANT UPDATE(settled_at) ON TABLE public.instalment TO exchange_api;
GRANT UPDATE(settled_at) ON TABLE public.instalment TO exchange_worker;

GRANT SELECT ON TABLE public.invitation TO exchange_api;
GRANT SELECT,INSERT,UPDATE ON TABLE public.invitation TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.invitation TO exchange_api;

GRANT UPDATE(version) ON TABLE public.invitation TO exchange_api;

GRANT UPDATE(reason) ON TABLE public.invitation TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.invoice TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(status) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(version) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(number) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(number) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(issued_on) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(issued_on) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(net_minor) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(net_minor) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(vat_minor) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(vat_minor) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(gross_minor) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(gross_minor) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(seller_tax_id) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(seller_tax_id) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(buyer_tax_id) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(buyer_tax_id) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(file_id) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(file_id) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(differences) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(differences) ON TABLE public.invoice TO exchange_worker;

GRANT UPDATE(received_at) ON TABLE public.invoice TO exchange_api;
GRANT UPDATE(received_at) ON TABLE public.invoice TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.job TO exchange_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job TO exchange_worker;

GRANT UPDATE(state) ON TABLE public.job TO exchange_api;

GRANT UPDATE(attempts) ON TABLE public.job TO exchange_api;

GRANT UPDATE(next_at) ON TABLE public.job TO exchange_api;

GRANT UPDATE(lease_token) ON TABLE public.job TO exchange_api;

GRANT UPDATE(last_error) ON TABLE public.job TO exchange_api;

GRANT SELECT ON TABLE public.ledger_account TO exchange_api;
GRANT SELECT ON TABLE public.ledger_account TO exchange_worker;

GRANT SELECT ON TABLE public.ledger_entry TO exchange_api;
GRANT SELECT ON TABLE public.ledger_entry TO exchange_worker;

GRANT SELECT ON TABLE public.ledger_hold_resolution TO exchange_api;
GRANT SELECT ON TABLE public.ledger_hold_resolution TO exchange_worker;

GRANT SELECT ON TABLE public.ledger_rollup TO exchange_api;
GRANT SELECT ON TABLE public.ledger_rollup TO exchange_worker;

GRANT SELECT ON TABLE public.ledger_transfer TO exchange_worker;

GRANT SELECT(id) ON TABLE public.ledger_transfer TO exchange_api;

GRANT SELECT(market_id) ON TABLE public.ledger_transfer TO exchange_api;

GRANT SELECT(book_id) ON TABLE public.ledger_transfer TO exchange_api;

GRANT SELECT(ref) ON TABLE public.ledger_transfer TO exchange_api;

GRANT SELECT(kind) ON TABLE public.ledger_transfer TO exchange_api;

GRANT SELECT(at) ON TABLE public.ledger_transfer TO exchange_api;

GRANT SELECT(reason) ON TABLE public.ledger_transfer TO exchange_api;

GRANT SELECT ON TABLE public.mail_proof TO exchange_worker;

GRANT SELECT ON TABLE public.market TO exchange_api;
GRANT SELECT ON TABLE public.market TO exchange_worker;
GRANT SELECT ON TABLE public.market TO exchange_matcher;

GRANT SELECT ON TABLE public.market_clock TO exchange_api;
GRANT SELECT ON TABLE public.market_clock TO exchange_worker;
GRANT SELECT ON TABLE public.market_clock TO exchange_matcher;

GRANT SELECT ON TABLE public.master_key TO exchange_api;
GRANT SELECT,INSERT,DELETE ON TABLE public.master_key TO exchange_worker;

GRANT SELECT,DELETE ON TABLE public.member_invitation TO exchange_worker;

GRANT SELECT(id) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(company_id) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(email) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(roles) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(locale) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(status),UPDATE(status) ON TABLE public.member_invitation TO exchange_api;
GRANT UPDATE(status) ON TABLE public.member_invitation TO exchange_worker;

GRANT SELECT(version),UPDATE(version) ON TABLE public.member_invitation TO exchange_api;
GRANT UPDATE(version) ON TABLE public.member_invitation TO exchange_worker;

GRANT SELECT(sends) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(invited_by) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(created_at) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(due_at) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(accepted_by) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT(own_roles) ON TABLE public.member_invitation TO exchange_api;

GRANT SELECT ON TABLE public.member_role TO exchange_api;

GRANT SELECT(id) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(id) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT(operator_id) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(operator_id) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT(company_id) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(company_id) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT(reason) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(reason) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT(started_at) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(started_at) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT(ends_at) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(ends_at) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT(ended_at) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(ended_at),UPDATE(ended_at) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT(version) ON TABLE public.member_view TO exchange_api;
GRANT SELECT(version),UPDATE(version) ON TABLE public.member_view TO exchange_worker;

GRANT SELECT ON TABLE public.membership TO exchange_api;
GRANT SELECT ON TABLE public.membership TO exchange_worker;

GRANT SELECT(id) ON TABLE public.message TO exchange_api;
GRANT SELECT(id) ON TABLE public.message TO exchange_worker;

GRANT SELECT(market_id) ON TABLE public.message TO exchange_api;
GRANT SELECT(market_id) ON TABLE public.message TO exchange_worker;

GRANT SELECT(thread_id) ON TABLE public.message TO exchange_api;
GRANT SELECT(thread_id) ON TABLE public.message TO exchange_worker;

GRANT SELECT(buyer_id) ON TABLE public.message TO exchange_api;
GRANT SELECT(buyer_id) ON TABLE public.message TO exchange_worker;

GRANT SELECT(seller_id) ON TABLE public.message TO exchange_api;
GRANT SELECT(seller_id) ON TABLE public.message TO exchange_worker;

GRANT SELECT(company_id) ON TABLE public.message TO exchange_api;
GRANT SELECT(company_id) ON TABLE public.message TO exchange_worker;

GRANT SELECT(author_id) ON TABLE public.message TO exchange_api;
GRANT SELECT(author_id) ON TABLE public.message TO exchange_worker;

GRANT SELECT(internal) ON TABLE public.message TO exchange_api;
GRANT SELECT(internal) ON TABLE public.message TO exchange_worker;

GRANT SELECT(body) ON TABLE public.message TO exchange_api;
GRANT SELECT(body) ON TABLE public.message TO exchange_worker;

GRANT SELECT(files) ON TABLE public.message TO exchange_api;
GRANT SELECT(files) ON TABLE public.message TO exchange_worker;

GRANT SELECT(by_mail) ON TABLE public.message TO exchange_api;
GRANT SELECT(by_mail) ON TABLE public.message TO exchange_worker;

GRANT SELECT(created_at) ON TABLE public.message TO exchange_api;
GRANT SELECT(created_at) ON TABLE public.message TO exchange_worker;

GRANT SELECT ON TABLE public.message_mention TO exchange_api;
GRANT SELECT ON TABLE public.message_mention TO exchange_worker;

GRANT SELECT ON TABLE public.moderation_case TO exchange_api;
GRANT SELECT ON TABLE public.moderation_case TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.moderation_case TO exchange_api;

GRANT UPDATE(version) ON TABLE public.moderation_case TO exchange_api;

GRANT UPDATE(owner_id) ON TABLE public.moderation_case TO exchange_api;

GRANT UPDATE(outcome) ON TABLE public.moderation_case TO exchange_api;

GRANT UPDATE(template) ON TABLE public.moderation_case TO exchange_api;

GRANT UPDATE(reason) ON TABLE public.moderation_case TO exchange_api;

GRANT UPDATE(decided_by) ON TABLE public.moderation_case TO exchange_api;

GRANT UPDATE(decided_at) ON TABLE public.moderation_case TO exchange_api;

GRANT SELECT ON TABLE public.notification TO exchange_api;
GRANT SELECT,INSERT,DELETE ON TABLE public.notification TO exchange_worker;

GRANT UPDATE(read_at) ON TABLE public.notification TO exchange_api;

GRANT SELECT,INSERT,UPDATE ON TABLE public.offer TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.offer TO exchange_worker;
GRANT SELECT ON TABLE public.offer TO exchange_matcher;

GRANT SELECT,INSERT ON TABLE public.offer_version TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.offer_version TO exchange_worker;

GRANT SELECT ON TABLE public.opportunity TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.opportunity TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.order_line TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.order_line TO exchange_worker;

GRANT UPDATE(despatched) ON TABLE public.order_line TO exchange_api;
GRANT UPDATE(despatched) ON TABLE public.order_line TO exchange_worker;

GRANT UPDATE(received) ON TABLE public.order_line TO exchange_api;
GRANT UPDATE(received) ON TABLE public.order_line TO exchange_worker;

GRANT UPDATE(accepted) ON TABLE public.order_line TO exchange_api;
GRANT UPDATE(accepted) ON TABLE public.order_line TO exchange_worker;

GRANT UPDATE(rejected) ON TABLE public.order_line TO exchange_api;
GRANT UPDATE(rejected) ON TABLE public.order_line TO exchange_worker;

GRANT UPDATE(closed) ON TABLE public.order_line TO exchange_api;
GRANT UPDATE(closed) ON TABLE public.order_line TO exchange_worker;

GRANT SELECT,INSERT,DELETE ON TABLE public.passkey TO exchange_api;

GRANT UPDATE(sign_count) ON TABLE public.passkey TO exchange_api;

GRANT UPDATE(name) ON TABLE public.passkey TO exchange_api;

GRANT UPDATE(last_used_at) ON TABLE public.passkey TO exchange_api;

GRANT UPDATE(version) ON TABLE public.passkey TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.passport TO exchange_api;
GRANT SELECT ON TABLE public.passport TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.passport TO exchange_api;

GRANT UPDATE(status) ON TABLE public.passport TO exchange_api;

GRANT UPDATE(revoked_by) ON TABLE public.passport TO exchange_api;

GRANT UPDATE(revoked_at) ON TABLE public.passport TO exchange_api;

GRANT SELECT(id) ON TABLE public.person TO exchange_api;
GRANT SELECT(id) ON TABLE public.person TO exchange_worker;

GRANT SELECT(email) ON TABLE public.person TO exchange_api;
GRANT SELECT(email) ON TABLE public.person TO exchange_worker;

GRANT SELECT(name),UPDATE(name) ON TABLE public.person TO exchange_api;
GRANT SELECT(name) ON TABLE public.person TO exchange_worker;

GRANT SELECT(locale),UPDATE(locale) ON TABLE public.person TO exchange_api;
GRANT SELECT(locale) ON TABLE public.person TO exchange_worker;

GRANT SELECT(operator_roles) ON TABLE public.person TO exchange_api;
GRANT SELECT(operator_roles) ON TABLE public.person TO exchange_worker;

GRANT SELECT(created_at) ON TABLE public.person TO exchange_api;
GRANT SELECT(created_at) ON TABLE public.person TO exchange_worker;

GRANT SELECT,DELETE ON TABLE public.provider_link TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.purchase_order TO exchange_api;
GRANT SELECT,INSERT ON TABLE public.purchase_order TO exchange_worker;

GRANT UPDATE(contract_id) ON TABLE public.purchase_order TO exchange_api;
GRANT UPDATE(contract_id) ON TABLE public.purchase_order TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.purchase_order TO exchange_api;
GRANT UPDATE(status) ON TABLE public.purchase_order TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.purchase_order TO exchange_api;
GRANT UPDATE(version) ON TABLE public.purchase_order TO exchange_worker;

GRANT UPDATE(placed_at) ON TABLE public.purchase_order TO exchange_api;
GRANT UPDATE(placed_at) ON TABLE public.purchase_order TO exchange_worker;

GRANT UPDATE(confirmed_at) ON TABLE public.purchase_order TO exchange_api;
GRANT UPDATE(confirmed_at) ON TABLE public.purchase_order TO exchange_worker;

GRANT UPDATE(completed_at) ON TABLE public.purchase_order TO exchange_api;
GRANT UPDATE(completed_at) ON TABLE public.purchase_order TO exchange_worker;

GRANT UPDATE(updated_at) ON TABLE public.purchase_order TO exchange_api;
GRANT UPDATE(updated_at) ON TABLE public.purchase_order TO exchange_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.quote TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.quote TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.quote_body TO exchange_api;
GRANT SELECT ON TABLE public.quote_body TO exchange_worker;

GRANT SELECT ON TABLE public.reason_template TO exchange_api;
GRANT SELECT ON TABLE public.reason_template TO exchange_worker;

GRANT SELECT,INSERT,DELETE ON TABLE public.recovery_code TO exchange_api;

GRANT UPDATE(used_at) ON TABLE public.recovery_code TO exchange_api;

GRANT SELECT ON TABLE public.retention_run TO exchange_api;
GRANT SELECT,INSERT,UPDATE ON TABLE public.retention_run TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.review TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.review TO exchange_worker;

GRANT INSERT,UPDATE ON TABLE public.rfq TO exchange_api;
GRANT SELECT,UPDATE ON TABLE public.rfq TO exchange_worker;

GRANT SELECT(id) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(market_id) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(number) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(buyer_id) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(status) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(version) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(title) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(description) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(sealed) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(mode) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(currency) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(lines) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(terms) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(own_reference) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(due_at) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(published_at) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(opened_at) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(outcome_reason) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(created_by) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(created_at) ON TABLE public.rfq TO exchange_api;

GRANT SELECT(updated_at) ON TABLE public.rfq TO exchange_api;

GRANT SELECT ON TABLE public.rfq_match TO exchange_api;
GRANT SELECT,INSERT,UPDATE ON TABLE public.rfq_match TO exchange_worker;

GRANT SELECT,INSERT,DELETE ON TABLE public.schedule_slot TO exchange_worker;

GRANT SELECT ON TABLE public.screening_rule TO exchange_api;

GRANT UPDATE(enabled) ON TABLE public.screening_rule TO exchange_api;

GRANT UPDATE(holds) ON TABLE public.screening_rule TO exchange_api;

GRANT UPDATE(parameters) ON TABLE public.screening_rule TO exchange_api;

GRANT UPDATE(version) ON TABLE public.screening_rule TO exchange_api;

GRANT UPDATE(updated_at) ON TABLE public.screening_rule TO exchange_api;

GRANT UPDATE(updated_by) ON TABLE public.screening_rule TO exchange_api;

GRANT SELECT,INSERT,UPDATE ON TABLE public.second_factor TO exchange_api;

GRANT SELECT,DELETE ON TABLE public.session TO exchange_api;
GRANT SELECT,DELETE ON TABLE public.session TO exchange_worker;

GRANT SELECT,DELETE ON TABLE public.sign_in_counter TO exchange_worker;

GRANT SELECT ON TABLE public.signatory TO exchange_api;
GRANT SELECT ON TABLE public.signatory TO exchange_worker;

GRANT UPDATE(version) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(status) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(number) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(issued_on) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(scope) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(limit_minor) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(limit_currency) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(valid_from) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(valid_until) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(file_id) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(verified_by) ON TABLE public.signatory TO exchange_api;

GRANT UPDATE(verified_at) ON TABLE public.signatory TO exchange_api;

GRANT SELECT,INSERT ON TABLE public.suspension TO exchange_api;
GRANT SELECT ON TABLE public.suspension TO exchange_worker;

GRANT UPDATE(lift_proposed_by) ON TABLE public.suspension TO exchange_api;

GRANT UPDATE(lift_proposed_at) ON TABLE public.suspension TO exchange_api;

GRANT UPDATE(lifted_by) ON TABLE public.suspension TO exchange_api;

GRANT UPDATE(lifted_at) ON TABLE public.suspension TO exchange_api;

GRANT SELECT ON TABLE public.thread TO exchange_worker;

GRANT SELECT,INSERT ON TABLE public.thread_read TO exchange_api;
GRANT SELECT ON TABLE public.thread_read TO exchange_worker;

GRANT UPDATE(read_at) ON TABLE public.thread_read TO exchange_api;

GRANT SELECT ON TABLE public.thread_side TO exchange_api;
GRANT SELECT ON TABLE public.thread_side TO exchange_worker;

GRANT SELECT ON TABLE public.unit TO exchange_api;
GRANT SELECT ON TABLE public.unit TO exchange_worker;
GRANT SELECT ON TABLE public.unit TO exchange_matcher;

GRANT SELECT ON TABLE public.webhook_delivery TO exchange_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_delivery TO exchange_worker;

GRANT UPDATE(status) ON TABLE public.webhook_delivery TO exchange_api;

GRANT UPDATE(attempts) ON TABLE public.webhook_delivery TO exchange_api;

GRANT INSERT,UPDATE ON TABLE public.webhook_endpoint TO exchange_api;
GRANT SELECT ON TABLE public.webhook_endpoint TO exchange_worker;

GRANT SELECT(id) ON TABLE public.webhook_endpoint TO exchange_api;

GRANT SELECT(company_id) ON TABLE public.webhook_endpoint TO exchange_api;

GRANT SELECT(url) ON TABLE public.webhook_endpoint TO exchange_api;

GRANT UPDATE(secret) ON TABLE public.webhook_endpoint TO exchange_worker;

GRANT SELECT(events) ON TABLE public.webhook_endpoint TO exchange_api;

GRANT SELECT(status) ON TABLE public.webhook_endpoint TO exchange_api;
GRANT UPDATE(status) ON TABLE public.webhook_endpoint TO exchange_worker;

GRANT SELECT(version) ON TABLE public.webhook_endpoint TO exchange_api;
GRANT UPDATE(version) ON TABLE public.webhook_endpoint TO exchange_worker;

GRANT SELECT(created_at) ON TABLE public.webhook_endpoint TO exchange_api;

GRANT SELECT(person_id) ON TABLE public.webhook_endpoint TO exchange_api;
