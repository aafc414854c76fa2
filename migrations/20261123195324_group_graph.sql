-- migrate:up
-- Who belongs to whom: an edge between two members, or an owner outside the exchange. A member declares it, the other side
-- or an operator confirms it, and members that confirmed edges connect carry one group_id.

-- status: declared (by company_id) -> confirmed (by other_id or an operator; an outside owner by an operator alone) | refused
-- (by the same) | withdrawn (by company_id); confirmed -> end_asked (either side) -> ended | confirmed (an operator).
CREATE TABLE affiliation (
    id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'declared'
        CHECK (status IN ('declared', 'confirmed', 'refused', 'withdrawn', 'end_asked', 'ended')),
    company_id uuid NOT NULL REFERENCES company,
    -- What the other one is to company_id.
    kind text NOT NULL CHECK (kind IN ('owner', 'subsidiary', 'sister')),
    other_id uuid REFERENCES company CHECK (other_id <> company_id),
    owner_name text CHECK (length(owner_name) BETWEEN 1 AND 200),
    -- Passport, identity or registration number: the same owner of two members is one owner by it.
    owner_number text CHECK (length(owner_number) BETWEEN 3 AND 40),
    owner_country text CHECK (owner_country ~ '^[A-Z]{2}$'),
    percent numeric(6, 3) CHECK (percent > 0 AND percent <= 100),
    declared_by uuid NOT NULL,
    declared_at timestamptz NOT NULL,
    decided_by uuid,
    decided_as text CHECK (decided_as IN ('other', 'operator')),
    decided_at timestamptz,
    ended_at timestamptz,
    CHECK ((other_id IS NULL) = (owner_name IS NOT NULL AND owner_number IS NOT NULL AND owner_country IS NOT NULL)),
    CHECK (other_id IS NOT NULL OR kind = 'owner'),
    CHECK ((decided_as IS NOT NULL) = (status IN ('confirmed', 'refused', 'end_asked', 'ended'))),
    CHECK ((decided_by IS NULL) = (decided_as IS NULL) AND (decided_at IS NULL) = (decided_as IS NULL)),
    CHECK (other_id IS NOT NULL OR decided_as IS DISTINCT FROM 'other')
);
CREATE UNIQUE INDEX affiliation_pair ON affiliation (least(company_id, other_id), greatest(company_id, other_id))
    WHERE other_id IS NOT NULL AND status IN ('declared', 'confirmed', 'end_asked');
CREATE UNIQUE INDEX affiliation_owner ON affiliation (company_id, owner_country, owner_number)
    WHERE other_id IS NULL AND status IN ('declared', 'confirmed', 'end_asked');
CREATE INDEX affiliation_company ON affiliation (company_id, declared_at);
CREATE INDEX affiliation_other ON affiliation (other_id, declared_at);
CREATE INDEX affiliation_waiting ON affiliation (declared_at, id) WHERE status IN ('declared', 'end_asked');
CREATE INDEX affiliation_shared_owner ON affiliation (owner_country, owner_number)
    WHERE other_id IS NULL AND status IN ('confirmed', 'end_asked');

ALTER TABLE affiliation ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON affiliation FOR SELECT TO exchange_api
    USING (company_id = app_company() OR other_id = app_company() OR app_operator());
CREATE POLICY api_declare ON affiliation FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND status = 'declared' AND declared_by = app_actor());
-- Who declared never confirms, and no member ends what was confirmed.
CREATE POLICY api_change ON affiliation FOR UPDATE TO exchange_api
    USING (app_operator() OR (company_id = app_company() AND status IN ('declared', 'confirmed'))
        OR (other_id = app_company() AND status IN ('declared', 'confirmed')))
    WITH CHECK ((app_operator() AND status IN ('confirmed', 'refused', 'ended') AND decided_as = 'operator'
            AND decided_by = app_actor() AND decided_by <> declared_by)
        OR (other_id = app_company() AND status IN ('confirmed', 'refused') AND decided_as = 'other' AND decided_by = app_actor())
        OR (company_id = app_company() AND status = 'withdrawn')
        OR (app_company() IN (company_id, other_id) AND status = 'end_asked'));
CREATE POLICY worker_all ON affiliation FOR SELECT TO exchange_worker USING (true);
GRANT SELECT, INSERT ON affiliation TO exchange_api;
GRANT UPDATE (version, status, decided_by, decided_as, decided_at, ended_at) ON affiliation TO exchange_api;
GRANT SELECT ON affiliation TO exchange_worker;

-- The steps that no role takes: backwards, or past the one that has to decide.
CREATE FUNCTION affiliation_steps() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
BEGIN
    IF old.status || ' ' || new.status NOT IN ('declared confirmed', 'declared refused', 'declared withdrawn',
        'confirmed end_asked', 'end_asked ended', 'end_asked confirmed') THEN
        RAISE EXCEPTION 'an affiliation that is % does not become %', old.status, new.status USING ERRCODE = 'EX003';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER affiliation_steps BEFORE UPDATE OF status ON affiliation
    FOR EACH ROW EXECUTE FUNCTION affiliation_steps();

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX company_group ON company (group_id) WHERE group_id IS NOT NULL;

-- Members that a company is connected with by confirmed edges, or by one owner who holds a quarter or more of both.
CREATE FUNCTION group_reach(start uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
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

-- Every change that makes or ends an edge gives the members it touches their group again, one change after the other.
CREATE FUNCTION affiliation_regroup() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
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
CREATE TRIGGER affiliation_regroup AFTER INSERT OR UPDATE OF status ON affiliation
    FOR EACH ROW WHEN (new.status IN ('confirmed', 'ended')) EXECUTE FUNCTION affiliation_regroup();

-- Whether two members are one company or of one group: for trading rules and moderation.
CREATE FUNCTION same_group(a uuid, b uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT a = b OR EXISTS (SELECT FROM public.company AS c JOIN public.company AS d ON d.group_id = c.group_id
        WHERE c.id = a AND d.id = b)
    $$;

REVOKE ALL ON FUNCTION affiliation_steps(), group_reach(uuid), affiliation_regroup(), same_group(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION same_group(uuid, uuid) TO exchange_api, exchange_worker;
