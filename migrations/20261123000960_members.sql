-- migrate:up
-- Roles of a colleague change, and a membership ends: by an owner or admin, decided by what the database says now.

ALTER TABLE membership ADD COLUMN version integer NOT NULL DEFAULT 1;

-- Changes the roles of one of the acting company's people (member_roles), or ends the membership (null). `seen` is the
-- version that was read; null: whatever it is. outcome: changed | unknown (no such colleague) | stale (another version) |
-- not_allowed (the actor is neither owner nor admin) | owner_only (an admin, and it is about an owner) | own_more (the
-- actor's own roles would grow) | last_owner. All people of the company are locked in one order, so that two owners who
-- end each other's membership at once leave one. Who has left is signed out.
CREATE FUNCTION member_change(person uuid, seen integer, member_roles text[],
    OUT outcome text, OUT roles_before text[], OUT new_version integer)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    acting text[];
    found_version integer;
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
        WHEN NOT 'owner' = ANY (acting) AND ('owner' = ANY (roles_before) OR 'owner' = ANY (coalesce(member_roles, '{}')))
            THEN 'owner_only'
        WHEN person = public.app_actor() AND NOT coalesce(member_roles, '{}') <@ acting THEN 'own_more'
        WHEN 'owner' = ANY (roles_before) AND NOT 'owner' = ANY (coalesce(member_roles, '{}'))
            AND NOT EXISTS (SELECT FROM public.membership AS m WHERE m.company_id = public.app_company()
                AND m.person_id <> person AND m.ended_at IS NULL AND 'owner' = ANY (m.roles)) THEN 'last_owner'
        ELSE 'changed' END;
    IF outcome = 'changed' THEN
        UPDATE public.membership AS m SET version = m.version + 1, roles = coalesce(member_roles, m.roles),
            ended_at = CASE WHEN member_roles IS NULL THEN public.market_now() END
        WHERE m.company_id = public.app_company() AND m.person_id = person
        RETURNING m.version INTO new_version;
        IF member_roles IS NULL THEN
            DELETE FROM public.session AS s WHERE s.person_id = person AND s.company_id = public.app_company();
        END IF;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION member_change(uuid, integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION member_change(uuid, integer, text[]) TO exchange_api;
