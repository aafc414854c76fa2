-- migrate:up
-- What waits for an operator's judgement, and in which words it is refused.

-- One question to the operators about one object. status: open -> taken (an operator looks) -> decided (an operator, or
-- nobody any more: dropped); taken -> taken (another operator takes over). hits: what the screening found, explained:
-- [{rule, field, from, to, data}]. An appeal is a case about a case, and nobody judges their own judgement.
CREATE TABLE moderation_case (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    kind text NOT NULL CHECK (kind IN ('company', 'offer', 'document', 'bank_account', 'affiliation', 'review', 'message',
        'appeal', 'flag')),
    object_id uuid NOT NULL,
    company_id uuid NOT NULL REFERENCES company,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'taken', 'decided')),
    version integer NOT NULL DEFAULT 1,
    hits jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(hits) = 'array'),
    owner_id uuid REFERENCES person,
    outcome text CHECK (outcome IN ('approved', 'rejected', 'dropped')),
    template text,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
    appeal_of uuid UNIQUE REFERENCES moderation_case,
    appeal_text text NOT NULL DEFAULT '' CHECK (length(appeal_text) <= 2000),
    not_by uuid REFERENCES person,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    decided_by uuid REFERENCES person,
    decided_at timestamptz,
    CHECK ((status = 'decided') = (outcome IS NOT NULL) AND (status = 'decided') = (decided_at IS NOT NULL)),
    CHECK ((outcome IN ('approved', 'rejected')) = (decided_by IS NOT NULL) OR outcome IS NULL),
    CHECK (status <> 'taken' OR owner_id IS NOT NULL),
    CHECK (outcome <> 'rejected' OR template IS NOT NULL OR reason <> ''),
    CHECK ((kind = 'appeal') = (appeal_of IS NOT NULL) AND (appeal_of IS NULL OR not_by IS NOT NULL)),
    CONSTRAINT another_operator CHECK (decided_by <> not_by)
);
CREATE UNIQUE INDEX moderation_case_open ON moderation_case (kind, object_id) WHERE status <> 'decided';
CREATE INDEX moderation_case_queue ON moderation_case (opened_at, id) WHERE status <> 'decided';
CREATE INDEX moderation_case_due ON moderation_case (due_at) WHERE status <> 'decided';
CREATE INDEX moderation_case_object ON moderation_case (object_id, opened_at DESC);
CREATE INDEX moderation_case_company ON moderation_case (company_id, opened_at DESC);
CREATE TRIGGER same_market BEFORE UPDATE OF market_id ON moderation_case
    FOR EACH ROW EXECUTE FUNCTION refuse_another_market();

-- A member reads what is said about its own, and not that somebody watches.
ALTER TABLE moderation_case ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON moderation_case FOR SELECT TO exchange_api
    USING (app_operator() OR (company_id = app_company() AND kind NOT IN ('flag', 'message')));
CREATE POLICY operator_decide ON moderation_case FOR UPDATE TO exchange_api
    USING (app_operator() AND status <> 'decided')
    WITH CHECK (app_operator() AND (decided_by IS NULL OR decided_by = app_actor()) AND outcome IS DISTINCT FROM 'dropped');
CREATE POLICY worker_all ON moderation_case TO exchange_worker USING (true) WITH CHECK (true);
GRANT SELECT ON moderation_case TO exchange_api, exchange_worker;
GRANT UPDATE (status, version, owner_id, outcome, template, reason, decided_by, decided_at) ON moderation_case TO exchange_api;

-- Why something is refused: the sentence the member reads, in its language. Shown to operators in this order.
CREATE TABLE reason_template (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z_]{1,40}$'),
    kinds text[] NOT NULL,
    place smallint NOT NULL,
    text_en text NOT NULL,
    text_vi text NOT NULL
);
GRANT SELECT ON reason_template TO exchange_api, exchange_worker;
INSERT INTO reason_template (code, kinds, place, text_en, text_vi) VALUES
    ('contact', '{offer,review,message}', 1,
        'Contact data belongs in your company profile, not in this text.',
        'Thông tin liên hệ đặt ở hồ sơ công ty, không đặt trong nội dung này.'),
    ('price', '{offer}', 2,
        'The price is not plausible for this kind of goods. Check price, unit and currency.',
        'Giá không hợp lý với loại hàng này. Hãy kiểm tra giá, đơn vị tính và loại tiền.'),
    ('double', '{offer}', 3,
        'You have a listing of the same goods already. Change that one.',
        'Bạn đã có tin chào bán cùng mặt hàng. Hãy sửa tin đó.'),
    ('banned', '{offer,review,message}', 4,
        'The exchange does not carry this kind of goods or wording.',
        'Sàn không nhận loại hàng hoặc cách diễn đạt này.'),
    ('unclear', '{offer,review}', 5,
        'A buyer cannot tell from this text what is sold. Say what it is, in which quality and packing.',
        'Người mua không biết tin này bán gì. Hãy ghi rõ mặt hàng, chất lượng và quy cách đóng gói.'),
    ('category', '{offer}', 6,
        'The goods belong in another category.',
        'Mặt hàng thuộc danh mục khác.'),
    ('unreadable', '{document,bank_account,affiliation}', 1,
        'The document cannot be read. Send a clear copy of every page.',
        'Không đọc được giấy tờ. Hãy gửi bản rõ nét đủ các trang.'),
    ('mismatch', '{document,bank_account,affiliation,company}', 2,
        'The data do not agree with the document.',
        'Dữ liệu khai không khớp với giấy tờ.'),
    ('expired', '{document}', 3,
        'The document is not valid any more.',
        'Giấy tờ đã hết hiệu lực.'),
    ('holder', '{bank_account,company}', 4,
        'The bank account is not in the name of the company.',
        'Tài khoản ngân hàng không đứng tên công ty.'),
    ('stands', '{appeal}', 1,
        'We looked at it again, and the decision stands.',
        'Chúng tôi đã xem lại và giữ nguyên quyết định.'),
    ('connected', '{flag}', 1,
        'The companies are connected. Whoever deals with them is told.',
        'Các công ty có liên quan với nhau. Bên giao dịch được thông báo.');

-- Opens cases for [{id, event_id, kind, object_id, company_id, hits, due_hours}], or renews the hits of the one that is
-- open about the same object. The event is nobody's but the operators': a company must not read from its own record that
-- it is looked at. A member opens cases about itself alone.
CREATE FUNCTION case_open(cases jsonb, request text) RETURNS TABLE (object_id uuid, case_id uuid, fresh boolean)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
#variable_conflict use_column
BEGIN
    IF session_user = 'exchange_api' AND NOT public.app_operator() AND EXISTS (
            SELECT FROM jsonb_to_recordset(cases) AS c (company_id uuid)
            WHERE c.company_id IS DISTINCT FROM public.app_company()) THEN
        RAISE EXCEPTION 'a company opens cases about itself alone' USING ERRCODE = 'EX003';
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

-- There is nothing to decide any more: the company withdrew or changed the object. Says whether a case was open.
CREATE FUNCTION case_drop(of_kind text, object uuid, event uuid, request text) RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
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

REVOKE ALL ON FUNCTION case_open(jsonb, text), case_drop(text, uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION case_open(jsonb, text), case_drop(text, uuid, uuid, text) TO exchange_api, exchange_worker;
