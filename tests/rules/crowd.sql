-- A crowded market for the plans: 100,000 offers, orders, RFQs, quotes, notifications and events of 1,000 companies.
-- Company 1 is the large member that the lists are read for: one row in twenty is its own. Set-based, without checks of
-- foreign keys (session_replication_role), so that filling takes seconds.

CREATE FUNCTION pg_temp.tid(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
-- The company of row n: the large one each twentieth time, else evenly the rest.
CREATE FUNCTION pg_temp.company(n bigint, salt integer) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN pg_temp.tid(1, CASE WHEN (n + salt) % 20 = 0 THEN 1 ELSE 2 + (n * 7 + salt) % 998 END);
CREATE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN timestamptz '{base}' + n * interval '3 minutes';

INSERT INTO category (code, path, name_en, name_vi) SELECT 'c' || n, 'c' || n, 'Category ' || n, 'Nhóm ' || n FROM generate_series(0, 119) AS n;
INSERT INTO unit (code, symbol, name_en, name_vi) VALUES ('C62', 'pc', 'piece', 'cái');

INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, applied_at, active_at)
SELECT pg_temp.tid(1, n), CASE WHEN n % 50 = 7 THEN 'applied' ELSE 'active' END, 'Company ' || n, 'Company ' || n,
    'COMPANY ' || lpad(n::text, 5, '0'), 'VN', 'vn', 'VN-SG', lpad(n::text, 10, '0'), lpad(n::text, 10, '0'), 'VND',
    pg_temp.at(n), CASE WHEN n % 50 = 7 THEN NULL ELSE pg_temp.at(n) END
FROM generate_series(1, 1000) AS n;
INSERT INTO company_file (company_id, address, representative, contact_email)
SELECT pg_temp.tid(1, n), 'Street', 'Name', 'x@y.example' FROM generate_series(1, 1000) AS n;
INSERT INTO person (id, email, name, password_hash, locale, created_at)
SELECT pg_temp.tid(2, n), n || '@y.example', 'Person ' || n, 'x', 'en', pg_temp.at(n) FROM generate_series(1, 2000) AS n;
INSERT INTO membership (company_id, person_id, roles)
SELECT pg_temp.tid(1, 1 + n % 1000), pg_temp.tid(2, n), ARRAY['owner'] FROM generate_series(1, 2000) AS n;

INSERT INTO offer (id, company_id, status, external_id, title, category_code, unit, currency, tiers, price_micro, vat_code,
    vat_percent, firm, moq, increment, lead_time_days, ship_from, regions, terms, valid_until, created_at, updated_at)
SELECT pg_temp.tid(3, n), pg_temp.company(n, 0), CASE WHEN n / 20 % 10 < 8 THEN 'live' WHEN n / 20 % 10 = 8 THEN 'expired' ELSE 'draft' END,
    'x' || n, 'Offer ' || n, 'c' || n % 120, 'C62', 'VND', '[{"min_quantity": "1", "price": "1"}]', 1000000 + n % 5000, 'VN10', 10,
    true, 1, 1, 3, 'VN-SG', ARRAY['VN'], '{}', pg_temp.at(n) + interval '2 years', pg_temp.at(n), pg_temp.at(n)
FROM generate_series(1, 100000) AS n;

INSERT INTO rfq (id, number, buyer_id, status, title, sealed, mode, currency, lines, terms, due_at, published_at, created_by,
    created_at, updated_at)
SELECT pg_temp.tid(4, n), 'RFQ-' || n, pg_temp.company(n, 1),
    CASE WHEN n > 98000 THEN 'open' WHEN n > 96660 THEN 'evaluating' WHEN n / 20 % 10 = 3 THEN 'draft' WHEN n / 20 % 10 = 4 THEN 'no_award'
        ELSE 'awarded' END,
    'Request ' || n, true, 'open', 'VND', '[{"id": "00000000-0000-7000-8000-000000000001"}]', '{}',
    pg_temp.at(n) + interval '300 days', CASE WHEN n <= 96660 AND n / 20 % 10 = 3 THEN NULL ELSE pg_temp.at(n) END, pg_temp.tid(2, 1),
    pg_temp.at(n), pg_temp.at(n)
FROM generate_series(1, 100000) AS n;

INSERT INTO quote (id, number, rfq_id, buyer_id, seller_id, status, body_version, rfq_version, submitted_at, opened_at,
    created_at, updated_at)
SELECT pg_temp.tid(5, n), 'QUO-' || n, pg_temp.tid(4, n), pg_temp.company(n, 1), pg_temp.company(n, 2),
    CASE WHEN n > 98000 THEN CASE WHEN n / 20 % 2 = 0 THEN 'draft' ELSE 'submitted' END WHEN n > 96660 THEN 'opened' WHEN n / 20 % 3 = 0 THEN 'awarded' ELSE 'lost' END, 1, 1,
    pg_temp.at(n), CASE WHEN n > 98000 THEN NULL ELSE pg_temp.at(n) END, pg_temp.at(n), pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO quote_body (quote_id, version, rfq_id, buyer_id, seller_id, opened, body, at)
SELECT q.id, 1, q.rfq_id, q.buyer_id, q.seller_id, q.opened_at IS NOT NULL, '{"gross_minor": 110}', q.created_at FROM quote AS q;

INSERT INTO invitation (rfq_id, seller_id, buyer_id, id, status, created_at)
SELECT pg_temp.tid(4, n), pg_temp.company(n, 2), pg_temp.company(n, 1), pg_temp.tid(6, n),
    (ARRAY['sent', 'seen', 'will_quote', 'declined'])[1 + n / 20 % 4], pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO opportunity (id, rfq_id, rfq_version, line_id, offer_id, offer_version, seller_id, score, reasons, created_at)
SELECT pg_temp.tid(7, n), pg_temp.tid(4, n), 1, pg_temp.tid(4, n), pg_temp.tid(3, n), 1, pg_temp.company(n, 2), 9000, '[]',
    pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO approval_request (id, company_id, kind, object_id, object_version, status, currency, gross_minor, requested_by,
    requested_at, decided_by, decided_at, due_at)
SELECT pg_temp.tid(8, n), pg_temp.company(n, 1), 'order', pg_temp.tid(10, n), 1,
    CASE WHEN n > 99000 THEN 'pending' ELSE 'approved' END, 'VND', 110, pg_temp.tid(2, 1), pg_temp.at(n),
    CASE WHEN n > 99000 THEN NULL ELSE pg_temp.tid(2, 2) END, CASE WHEN n > 99000 THEN NULL ELSE pg_temp.at(n) END,
    pg_temp.at(n) + interval '300 days'
FROM generate_series(1, 100000) AS n;

INSERT INTO contract (id, number, kind, buyer_id, seller_id, status, currency, gross_minor, body, digest, created_at, active_at)
SELECT pg_temp.tid(9, n), 'CON-' || n, 'standard', pg_temp.company(n, 1), pg_temp.company(n, 2),
    CASE WHEN n / 20 % 10 = 0 THEN 'active' ELSE 'completed' END, 'VND', 110, '{}', sha256('{}'), pg_temp.at(n), pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO purchase_order (id, number, contract_id, buyer_id, seller_id, status, currency, net_minor, vat_minor, gross_minor,
    fee_percent, fee_vat_percent, terms, delivery, created_at, placed_at, confirmed_at, completed_at,
    updated_at)
SELECT pg_temp.tid(10, n), 'PO-' || n, k.id, k.buyer_id, k.seller_id,
    CASE WHEN n / 20 % 10 = 0 THEN 'in_progress' ELSE 'completed' END, 'VND', 100, 10, 110, 1, 10, '{}', '{}', k.created_at, k.created_at,
    k.created_at, CASE WHEN n / 20 % 10 <> 0 THEN k.created_at END, k.created_at
FROM generate_series(1, 100000) AS n JOIN contract AS k ON k.id = pg_temp.tid(9, n);
INSERT INTO order_line (id, order_id, buyer_id, seller_id, position, offer_id, offer_version, category_code, title, unit,
    quantity, price, vat_code, vat_percent, net_minor, vat_minor, placed)
SELECT pg_temp.tid(11, n), pg_temp.tid(10, n), pg_temp.company(n, 1), pg_temp.company(n, 2), 1, pg_temp.tid(3, n), 1,
    'c' || n % 120, 'Line ' || n, 'C62', 1, 50, 'VN10', 10, 50, 5, true
FROM generate_series(1, 100000) AS n;
INSERT INTO instalment (id, order_id, buyer_id, seller_id, position, method, trigger, status, currency, amount_minor,
    to_seller_minor, reference, due_at, created_at)
SELECT pg_temp.tid(12, n), pg_temp.tid(10, n), pg_temp.company(n, 1), pg_temp.company(n, 2), 1, 'direct', 'acceptance',
    CASE WHEN n / 20 % 100 = 0 THEN 'due' WHEN n / 20 % 10 = 0 THEN 'planned' ELSE 'settled' END, 'VND', 110, 110, 'REF' || n,
    CASE WHEN n / 20 % 100 = 0 THEN pg_temp.at(n) END, pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO delivery (id, number, order_id, buyer_id, seller_id, status, lines, created_at)
SELECT pg_temp.tid(13, n), 'DEL-' || n, pg_temp.tid(10, n), pg_temp.company(n, 1), pg_temp.company(n, 2),
    CASE WHEN n / 20 % 100 = 0 THEN 'arrived' ELSE 'inspected' END, '[]', pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO invoice (id, order_id, delivery_id, buyer_id, seller_id, status, number, issued_on, currency, expected_net_minor,
    expected_vat_minor, net_minor, vat_minor, gross_minor, created_at, received_at)
SELECT pg_temp.tid(14, n), pg_temp.tid(10, n), pg_temp.tid(13, n), pg_temp.company(n, 1), pg_temp.company(n, 2), 'matched',
    'INV' || n, '2026-01-01', 'VND', 100, 10, 100, 10, 110, pg_temp.at(n), pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO fee_invoice (id, serial, number, seller_id, instalment_id, currency, net_minor, vat_percent, vat_minor, gross_minor, at)
SELECT pg_temp.tid(15, n), n, 'FEE-' || n, pg_temp.company(n, 2), pg_temp.tid(12, n), 'VND', 1, 10, 0, 1, pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO review (id, order_id, author_company_id, subject_company_id, status, score, author_id, created_at, publish_at, published_at)
SELECT pg_temp.tid(16, n), pg_temp.tid(10, n), pg_temp.company(n, 1), pg_temp.company(n, 2),
    CASE WHEN n / 20 % 100 = 0 THEN 'written' ELSE 'published' END, 5, pg_temp.tid(2, 1), pg_temp.at(n), pg_temp.at(n) + interval '1 year',
    CASE WHEN n / 20 % 100 = 0 THEN NULL ELSE pg_temp.at(n) END
FROM generate_series(1, 100000) AS n;

INSERT INTO ledger_account (id, company_id, kind, currency, balance_minor, version)
SELECT pg_temp.tid(17, n), pg_temp.tid(1, n), 'member', 'VND', 300, 300 FROM generate_series(1, 1000) AS n;
INSERT INTO ledger_transfer (id, book_id, ref, kind, at, reason, companies)
SELECT pg_temp.tid(18, n), 1, 'ref' || n, 'deposit', pg_temp.at(n), '{}', ARRAY[pg_temp.company(n, 1)] FROM generate_series(1, 100000) AS n;
INSERT INTO ledger_entry (transfer_id, account_id, company_id, currency, amount_minor, balance_after_minor, account_version)
SELECT pg_temp.tid(18, n), a.id, a.company_id, 'VND', 1, 1, n
FROM generate_series(1, 100000) AS n JOIN ledger_account AS a ON a.company_id = pg_temp.company(n, 1);
INSERT INTO ledger_hold (id, book_id, account_id, company_id, amount_minor, currency, ref, at)
SELECT pg_temp.tid(19, n), 1, a.id, a.company_id, 1, 'VND', 'hold' || n, pg_temp.at(n)
FROM generate_series(1, 100000) AS n JOIN ledger_account AS a ON a.company_id = pg_temp.company(n, 1);
INSERT INTO ledger_hold_resolution (hold_id, company_id, kind, ref, posted_minor, at)
SELECT h.id, h.company_id, 'void', h.ref || 'v', 0, h.at FROM ledger_hold AS h WHERE h.id <= pg_temp.tid(19, 99000);
INSERT INTO deposit (id, company_id, amount_minor, currency, bank_reference, status, entered_by, entered_at, decided_by, decided_at)
SELECT pg_temp.tid(20, n), pg_temp.company(n, 1), 100, 'VND', 'bank' || n, CASE WHEN n > 99900 THEN 'entered' ELSE 'released' END,
    pg_temp.tid(2, 1), pg_temp.at(n), CASE WHEN n > 99900 THEN NULL ELSE pg_temp.tid(2, 2) END,
    CASE WHEN n > 99900 THEN NULL ELSE pg_temp.at(n) END
FROM generate_series(1, 100000) AS n;

INSERT INTO event (id, position, hash, type, aggregate, aggregate_id, version, actor_id, company_id, audience,
    request_id, at)
SELECT pg_temp.tid(21, n), CASE WHEN n <= 99900 THEN n END, CASE WHEN n <= 99900 THEN sha256('x') END, 'order.confirmed', 'order',
    pg_temp.tid(10, n), 1, pg_temp.tid(2, 1 + n % 2000), pg_temp.company(n, 1), ARRAY[pg_temp.company(n, 2)], 'request ' || n,
    pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO event_recipient (company_id, position, event_id)
SELECT c, e.position, e.id FROM event AS e, LATERAL (SELECT e.company_id UNION SELECT e.audience[1]) AS x (c) WHERE e.position IS NOT NULL;
INSERT INTO notification (id, company_id, person_id, event_id, kind, aggregate, aggregate_id, created_at, read_at)
SELECT pg_temp.tid(22, n), CASE WHEN n / 20 % 10 = 0 THEN NULL ELSE pg_temp.tid(1, 1 + p % 1000) END, pg_temp.tid(2, p), pg_temp.tid(21, n),
    'order.confirmed', 'order', pg_temp.tid(10, n), pg_temp.at(n), CASE WHEN n % 1000 = 1 THEN NULL ELSE pg_temp.at(n) END
FROM generate_series(1, 100000) AS n, LATERAL (SELECT CASE WHEN n % 20 < 2 THEN 1000 ELSE 1 + n * 7 % 1999 END) AS x (p);
INSERT INTO job (id, kind, dedupe_key, payload, state, done_at, created_at, next_at)
SELECT pg_temp.tid(23, n), CASE WHEN n % 2 = 0 THEN 'tell' ELSE 'pair_rfq' END, 'job' || n, '{}',
    CASE WHEN n > 99500 THEN 'new' WHEN n / 20 % 1000 = 0 THEN 'dead' ELSE 'done' END, pg_temp.at(n), pg_temp.at(n), pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO moderation_case (id, kind, object_id, company_id, status, hits, outcome, decided_by, opened_at, due_at, decided_at)
SELECT pg_temp.tid(29, n), CASE WHEN n % 40 = 1 THEN 'flag' ELSE 'offer' END, pg_temp.tid(3, n), pg_temp.company(n, 0),
    CASE WHEN n > 98000 THEN 'open' ELSE 'decided' END, '[]', CASE WHEN n <= 98000 THEN 'approved' END,
    CASE WHEN n <= 98000 THEN pg_temp.tid(2, 1) END, pg_temp.at(n), pg_temp.at(n) + interval '1 day',
    CASE WHEN n <= 98000 THEN pg_temp.at(n) END
FROM generate_series(1, 100000) AS n;
INSERT INTO access_log (id, at, what, object_id, company_id, actor_id, operator)
SELECT pg_temp.tid(27, n), pg_temp.at(n), 'company.dossier', pg_temp.tid(10, n), pg_temp.company(n, 1), pg_temp.tid(2, 1 + n % 2000), true
FROM generate_series(1, 100000) AS n;
INSERT INTO webhook_endpoint (id, company_id, url, secret, status, person_id, created_at)
SELECT pg_temp.tid(24, n), pg_temp.tid(1, 1 + n % 1000), 'https://x.example/' || n, 'x', 'active', pg_temp.tid(2, 1), pg_temp.at(n) FROM generate_series(1, 2000) AS n;
INSERT INTO webhook_delivery (id, endpoint_id, company_id, event_id, status, created_at)
SELECT pg_temp.tid(25, n), pg_temp.tid(24, 1 + n % 1999), pg_temp.company(n, 1), pg_temp.tid(21, n), 'delivered', pg_temp.at(n)
FROM generate_series(1, 100000) AS n;
INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes, created_at)
SELECT pg_temp.tid(26, n), pg_temp.tid(1, 1 + n % 1000), pg_temp.tid(2, 1), 'Key', 'ex_live_', sha256(int4send(n)), '{}', pg_temp.at(n)
FROM generate_series(1, 5000) AS n;

-- A thread of three messages on each of the first orders, the third of them a note of its buyer.
INSERT INTO thread (id, kind, subject_id, buyer_id, seller_id)
SELECT pg_temp.tid(40, n), 'order', pg_temp.tid(10, n), pg_temp.company(n, 1), pg_temp.company(n, 2) FROM generate_series(1, 33334) AS n;
INSERT INTO thread_side (company_id, thread_id, other_id, buying, kind, subject_id, order_id, last_at, last_id)
SELECT CASE WHEN b THEN t.buyer_id ELSE t.seller_id END, t.id, CASE WHEN b THEN t.seller_id ELSE t.buyer_id END, b, 'order', t.subject_id,
    t.subject_id, pg_temp.at(3 * n - CASE WHEN b THEN 0 ELSE 1 END), pg_temp.tid(41, 3 * n - CASE WHEN b THEN 0 ELSE 1 END)
FROM generate_series(1, 33334) AS n JOIN thread AS t ON t.id = pg_temp.tid(40, n) CROSS JOIN (VALUES (true), (false)) AS x (b);
INSERT INTO message (id, thread_id, buyer_id, seller_id, company_id, author_id, internal, hinted, body, files, by_mail, words, created_at)
SELECT pg_temp.tid(41, n), t.id, t.buyer_id, t.seller_id, CASE WHEN n % 3 = 2 THEN t.seller_id ELSE t.buyer_id END, pg_temp.tid(2, 1 + n % 2000),
    n % 3 = 0, false, 'Giao hàng chuyến ' || n, '{}', false, array_to_tsvector(ARRAY['giao', 'hang', 'chuyen', 'm' || n % 50000] ||
    CASE WHEN n % 3 = 0 THEN ARRAY['=' || replace(t.buyer_id::text, '-', '')]
        ELSE ARRAY['=' || replace(t.buyer_id::text, '-', ''), '=' || replace(t.seller_id::text, '-', '')] END), pg_temp.at(n)
FROM generate_series(1, 100000) AS n JOIN thread AS t ON t.id = pg_temp.tid(40, 1 + (n - 1) / 3);
INSERT INTO thread_read (person_id, company_id, thread_id, read_at)
SELECT pg_temp.tid(2, 1000), s.company_id, s.thread_id, s.last_at FROM thread_side AS s
WHERE s.company_id = pg_temp.tid(1, 1) AND s.last_at < pg_temp.at(99660);
