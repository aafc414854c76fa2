-- migrate:up
-- Documents and certificates of a company: submitted with a file, verified by an operator, expiring by themselves.

-- Which kinds there are; a certificate is shown to every member once it is verified, any other document is not.
CREATE TABLE document_scheme (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9_]{2,40}$'),
    name_en text NOT NULL,
    name_vi text NOT NULL,
    certificate boolean NOT NULL,
    position integer NOT NULL
);
INSERT INTO document_scheme (code, name_en, name_vi, certificate, position) VALUES
    ('business_licence', 'Business registration certificate', 'Giấy chứng nhận đăng ký doanh nghiệp', false, 1),
    ('authorisation', 'Letter of authorisation', 'Giấy ủy quyền', false, 2),
    ('iso9001', 'ISO 9001 Quality management', 'ISO 9001 Quản lý chất lượng', true, 3),
    ('iso14001', 'ISO 14001 Environmental management', 'ISO 14001 Quản lý môi trường', true, 4),
    ('iso45001', 'ISO 45001 Occupational health and safety', 'ISO 45001 An toàn và sức khỏe nghề nghiệp', true, 5),
    ('iso22000', 'ISO 22000 Food safety', 'ISO 22000 An toàn thực phẩm', true, 6),
    ('haccp', 'HACCP', 'HACCP', true, 7),
    ('fssc22000', 'FSSC 22000', 'FSSC 22000', true, 8),
    ('halal', 'Halal', 'Halal', true, 9),
    ('vietgap', 'VietGAP', 'VietGAP', true, 10),
    ('globalgap', 'GLOBALG.A.P.', 'GLOBALG.A.P.', true, 11),
    ('organic', 'Organic', 'Hữu cơ', true, 12),
    ('bsci', 'amfori BSCI', 'amfori BSCI', true, 13),
    ('fsc', 'FSC Chain of custody', 'FSC Chuỗi hành trình sản phẩm', true, 14),
    ('food_safety', 'Food safety eligibility certificate', 'Giấy chứng nhận cơ sở đủ điều kiện an toàn thực phẩm', true, 15),
    ('other', 'Other', 'Khác', false, 99);
GRANT SELECT ON document_scheme TO exchange_api, exchange_worker;

-- squawk-ignore constraint-missing-not-valid, ban-drop-constraint
ALTER TABLE file DROP CONSTRAINT file_purpose_check, ADD CONSTRAINT file_purpose_check
    CHECK (purpose IN ('invoice', 'photo', 'contract', 'attachment', 'import', 'document', 'export'));

-- status: submitted (by the company) -> verified (by an operator) | rejected (by an operator) | withdrawn (by the company);
-- verified -> expired (the clock, at expires_at) | withdrawn (by the company).
CREATE TABLE document (
    id uuid PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'submitted' CHECK (status IN ('submitted', 'verified', 'rejected', 'withdrawn', 'expired')),
    company_id uuid NOT NULL REFERENCES company,
    scheme text NOT NULL REFERENCES document_scheme,
    certificate boolean NOT NULL,
    number text NOT NULL CHECK (length(number) BETWEEN 1 AND 80),
    issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 200),
    scope text NOT NULL DEFAULT '' CHECK (length(scope) <= 1000),
    valid_from date NOT NULL,
    valid_until date CHECK (valid_until >= valid_from),
    -- Stored moments for the clock: 30 and 7 days before the end, and the end itself.
    warn_month_at timestamptz,
    warn_week_at timestamptz,
    expires_at timestamptz,
    file_id uuid NOT NULL REFERENCES file,
    submitted_by uuid NOT NULL,
    submitted_at timestamptz NOT NULL,
    decided_by uuid CHECK (decided_by <> submitted_by),
    decided_at timestamptz,
    reason text,
    CHECK ((valid_until IS NULL) = (expires_at IS NULL)),
    CHECK (num_nulls(warn_month_at, warn_week_at, expires_at) IN (0, 3)),
    CHECK (status NOT IN ('verified', 'rejected', 'expired') OR decided_by IS NOT NULL)
);
CREATE INDEX document_company ON document (company_id, submitted_at);
CREATE INDEX document_waiting ON document (submitted_at, id) WHERE status = 'submitted';
CREATE INDEX document_warn_month ON document (warn_month_at, id) WHERE status = 'verified';
CREATE INDEX document_warn_week ON document (warn_week_at, id) WHERE status = 'verified';
CREATE INDEX document_expires ON document (expires_at, id) WHERE status = 'verified';

ALTER TABLE document ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON document FOR SELECT TO exchange_api
    USING (company_id = app_company() OR app_operator() OR (certificate AND status = 'verified'));
CREATE POLICY api_submit ON document FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND status = 'submitted' AND submitted_by = app_actor() AND decided_by IS NULL);
CREATE POLICY api_withdraw ON document FOR UPDATE TO exchange_api
    USING (company_id = app_company() AND status IN ('submitted', 'verified', 'expired'))
    WITH CHECK (company_id = app_company() AND status = 'withdrawn');
CREATE POLICY api_decide ON document FOR UPDATE TO exchange_api
    USING (app_operator() AND status = 'submitted')
    WITH CHECK (app_operator() AND status IN ('verified', 'rejected') AND decided_by = app_actor());
CREATE POLICY worker_all ON document TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON document TO exchange_api;
GRANT UPDATE (status, version, decided_by, decided_at, reason) ON document TO exchange_api;
GRANT SELECT, UPDATE ON document TO exchange_worker;

-- What the exchange has checked of a company, each from facts of this moment: what its badge says.
CREATE FUNCTION company_badges(wanted uuid, OUT identity_verified boolean, OUT bank_verified boolean, OUT certificates integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT EXISTS (SELECT FROM public.company AS c WHERE c.id = wanted AND c.status IN ('active', 'suspended')
            AND c.active_at IS NOT NULL),
        EXISTS (SELECT FROM public.bank_account AS b WHERE b.company_id = wanted AND b.status = 'verified'),
        (SELECT count(*)::integer FROM public.document AS d WHERE d.company_id = wanted AND d.certificate
            AND d.status = 'verified' AND (d.expires_at IS NULL OR d.expires_at > public.market_now()))
    $$;
REVOKE ALL ON FUNCTION company_badges(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION company_badges(uuid) TO exchange_api;
