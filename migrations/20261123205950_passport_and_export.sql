-- migrate:up
-- What a company shows of its verified file to one counterparty, until when; and the copy of its data that an owner takes.

-- status: granted (by the company) -> revoked (by the company, at once). After `until` nobody reads by it.
CREATE TABLE passport (
    id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'granted' CHECK (status IN ('granted', 'revoked')),
    company_id uuid NOT NULL REFERENCES company,
    reader_id uuid NOT NULL REFERENCES company CHECK (reader_id <> company_id),
    fields text[] NOT NULL CHECK (cardinality(fields) > 0
        AND fields <@ ARRAY['identity', 'address', 'representative', 'contact', 'tax', 'bank', 'documents', 'group']),
    until timestamptz NOT NULL,
    granted_by uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    revoked_by uuid,
    revoked_at timestamptz,
    CHECK ((status = 'revoked') = (revoked_at IS NOT NULL) AND (revoked_by IS NULL) = (revoked_at IS NULL))
);
CREATE UNIQUE INDEX passport_pair ON passport (company_id, reader_id) WHERE status = 'granted';
CREATE INDEX passport_company ON passport (company_id, granted_at);
CREATE INDEX passport_reader ON passport (reader_id, granted_at);
ALTER TABLE passport ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON passport FOR SELECT TO exchange_api
    USING (company_id = app_company() OR reader_id = app_company() OR app_operator());
CREATE POLICY api_grant ON passport FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND status = 'granted' AND granted_by = app_actor());
CREATE POLICY api_revoke ON passport FOR UPDATE TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company() AND status = 'revoked' AND revoked_by = app_actor());
CREATE POLICY worker_all ON passport FOR SELECT TO exchange_worker USING (true);
GRANT SELECT, INSERT ON passport TO exchange_api;
GRANT UPDATE (status, version, revoked_by, revoked_at) ON passport TO exchange_api;
GRANT SELECT ON passport TO exchange_worker;

-- What the acting company may read by a passport now: the fields that were chosen, of what the exchange has verified. Nothing
-- once it is revoked or over.
CREATE FUNCTION passport_dossier(wanted uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
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
            ORDER BY d.scheme, d.id) FROM public.document AS d WHERE d.company_id = c.id AND d.status = 'verified') END,
        'group', CASE WHEN 'group' = ANY (p.fields) THEN (SELECT jsonb_agg(jsonb_build_object('kind', CASE
            WHEN a.company_id = c.id OR a.kind = 'sister' THEN a.kind WHEN a.kind = 'owner' THEN 'subsidiary' ELSE 'owner' END,
            'name', coalesce(a.owner_name, o.legal_name), 'percent', a.percent::text) ORDER BY a.declared_at, a.id)
            FROM public.affiliation AS a LEFT JOIN public.company AS o
                ON o.id = CASE WHEN a.company_id = c.id THEN a.other_id ELSE a.company_id END
            WHERE c.id IN (a.company_id, a.other_id) AND a.status IN ('confirmed', 'end_asked')) END))
    FROM public.passport AS p JOIN public.company AS c ON c.id = p.company_id
    JOIN public.company_file AS f ON f.company_id = c.id
    WHERE p.id = wanted AND p.status = 'granted' AND p.until > public.market_now()
        AND public.app_company() IN (p.reader_id, p.company_id)
    $$;

-- The file of a document that a passport shows now: which bytes, under which name.
CREATE FUNCTION passport_file(wanted uuid, paper uuid) RETURNS TABLE (id uuid, name text, media_type text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT x.id, x.name, x.media_type FROM public.passport AS p
    JOIN public.document AS d ON d.company_id = p.company_id AND d.status = 'verified' AND d.id = paper
    JOIN public.file AS x ON x.id = d.file_id
    WHERE p.id = wanted AND p.status = 'granted' AND p.until > public.market_now() AND 'documents' = ANY (p.fields)
        AND public.app_company() IN (p.reader_id, p.company_id)
    $$;

-- A copy of a company's data, asked for by an owner and packed by a job. status: asked -> ready (job).
CREATE TABLE company_export (
    id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'ready')),
    company_id uuid NOT NULL REFERENCES company,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    file_id uuid REFERENCES file,
    ready_at timestamptz,
    CHECK ((status = 'ready') = (ready_at IS NOT NULL) AND (file_id IS NULL) = (ready_at IS NULL))
);
CREATE UNIQUE INDEX company_export_asked ON company_export (company_id) WHERE status = 'asked';
CREATE INDEX company_export_company ON company_export (company_id, asked_at);
ALTER TABLE company_export ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON company_export FOR SELECT TO exchange_api USING (company_id = app_company());
CREATE POLICY api_ask ON company_export FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND status = 'asked' AND asked_by = app_actor());
CREATE POLICY worker_all ON company_export TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON company_export TO exchange_api;
GRANT SELECT, UPDATE ON company_export TO exchange_worker;

REVOKE ALL ON FUNCTION passport_dossier(uuid), passport_file(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION passport_dossier(uuid), passport_file(uuid, uuid) TO exchange_api;
