-- migrate:up
-- A reply by e-mail comes from the address of the person whom the e-mail told, and from nobody else who holds its address.

-- squawk-ignore ban-drop-function -- made again below, with two columns more; who calls it names the columns
DROP FUNCTION reply_lookup(uuid);

-- Who may answer the e-mail that told of a message, from which address, for whom and where; no row: nobody any more. Who left
-- and came back answers what they were told since.
CREATE FUNCTION reply_lookup(notification uuid)
    RETURNS TABLE (person_id uuid, name text, locale text, company_id uuid, company_name text, company_status text, roles text[],
        extra text[], kind text, subject_id uuid, seller_id uuid, internal boolean, told_at timestamptz, email text,
        verified boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
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
REVOKE ALL ON FUNCTION reply_lookup(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reply_lookup(uuid) TO exchange_api;
