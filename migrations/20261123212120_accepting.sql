-- migrate:up
-- A variable named found hides whether a statement found anything.
-- Takes the invitation of this token up, once: for a new person (full_name and secret given) or for the acting person, who
-- must be signed in with the address. Who had left comes back. outcome: accepted | unknown | accepted_before | revoked |
-- expired | known (a person with this address exists and is not signed in) | other (signed in with another address) |
-- operator (an operator never trades) | member (is a colleague already).
CREATE OR REPLACE FUNCTION member_invitation_accept(hash bytea, person uuid, full_name text, secret text, lang text,
    OUT outcome text, OUT invitation uuid, OUT invitation_version integer, OUT person_version integer)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
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
    UPDATE public.member_invitation AS i SET status = 'accepted', accepted_by = person, version = i.version + 1
    WHERE i.id = invited.id RETURNING 'accepted', i.id, i.version INTO outcome, invitation, invitation_version;
END
$$;
