-- migrate:up
-- Links by e-mail: that an address is the person's own, and a new password. The link's secret is kept as its hash alone.

ALTER TABLE person ADD COLUMN verified_at timestamptz;
-- Whoever is here was let in before addresses were proved.
UPDATE person SET verified_at = created_at;

CREATE TABLE mail_proof (
    id uuid PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('verify', 'reset')),
    -- NULL: nobody has the address that was typed. The row stands all the same, so that asking tells nothing.
    person_id uuid REFERENCES person,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX mail_proof_person_id_idx ON mail_proof (person_id, created_at);
CREATE INDEX mail_proof_expires_at_idx ON mail_proof (expires_at);
ALTER TABLE mail_proof ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_read ON mail_proof FOR SELECT TO exchange_worker USING (true);
GRANT SELECT ON mail_proof TO exchange_worker;

CREATE FUNCTION mail_proof_ask(id uuid, purpose text, address text, hash bytea, lifetime interval) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DELETE FROM public.mail_proof AS m WHERE m.id IN (SELECT o.id FROM public.mail_proof AS o
        WHERE o.expires_at < clock_timestamp() - interval '1 day' LIMIT 20 FOR UPDATE SKIP LOCKED);
    INSERT INTO public.mail_proof (id, purpose, person_id, token_hash, expires_at)
    VALUES (id, purpose, (SELECT p.id FROM public.person AS p WHERE p.email = lower(address)), hash, clock_timestamp() + lifetime);
    $$;
REVOKE ALL ON FUNCTION mail_proof_ask(uuid, text, text, bytea, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_proof_ask(uuid, text, text, bytea, interval) TO exchange_api;

CREATE FUNCTION mail_proof_open(hash bytea, wanted text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.mail_proof AS m WHERE m.token_hash = hash AND m.purpose = wanted
        AND m.used_at IS NULL AND m.expires_at > clock_timestamp() AND m.person_id IS NOT NULL)
    $$;
REVOKE ALL ON FUNCTION mail_proof_open(bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_proof_open(bytea, text) TO exchange_api;

-- Each link counts once. Whoever opens it reads the mail of that address.
CREATE FUNCTION mail_proof_use(hash bytea, wanted text) RETURNS uuid
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
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
REVOKE ALL ON FUNCTION mail_proof_use(bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_proof_use(bytea, text) TO exchange_api;

-- With the new password all sessions end, and so do other links for one.
CREATE FUNCTION password_reset(hash bytea, new_hash text) RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
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
REVOKE ALL ON FUNCTION password_reset(bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION password_reset(bytea, text) TO exchange_api;

-- Whoever was invited has read the invitation at that address.
CREATE FUNCTION invited_is_verified() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    UPDATE public.person AS p SET verified_at = coalesce(p.verified_at, clock_timestamp()) WHERE p.email = NEW.email;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION invited_is_verified() FROM PUBLIC;
CREATE TRIGGER invited_is_verified AFTER UPDATE OF status ON member_invitation
    FOR EACH ROW WHEN (NEW.status = 'accepted' AND OLD.status <> 'accepted') EXECUTE FUNCTION invited_is_verified();

-- As before, and whether the person's address is proved. In a sandbox, which is there for trying, nobody need prove one.
-- squawk-ignore ban-drop-function
DROP FUNCTION session_lookup(bytea); -- made again in the next statement; those who call it name its columns
CREATE FUNCTION session_lookup(hash bytea) RETURNS TABLE (
    person_id uuid, email text, name text, locale text, operator_roles text[], company_id uuid, company_name text,
    company_status text, roles text[], operator boolean, stepped_up_at timestamptz, expires_at timestamptz, extra text[],
    verified boolean
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
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
REVOKE ALL ON FUNCTION session_lookup(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_lookup(bytea) TO exchange_api;
