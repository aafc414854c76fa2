-- migrate:up
-- Only who is an owner now makes an owner: the database asks itself, whatever the request was begun with.
CREATE OR REPLACE FUNCTION member_add(person uuid, address text, full_name text, hash text, lang text, member_roles text[])
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
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
