-- migrate:up
-- Lists of what is delivered, paid and reviewed, each along its own index.

CREATE INDEX instalment_buyer_list ON instalment (buyer_id, created_at DESC, id DESC);
CREATE INDEX instalment_seller_list ON instalment (seller_id, created_at DESC, id DESC);
CREATE INDEX fee_invoice_seller_list ON fee_invoice (seller_id, at DESC, id DESC);
DROP INDEX fee_invoice_seller;
CREATE INDEX review_subject_list ON review (subject_company_id, published_at DESC, id DESC) WHERE status = 'published';
DROP INDEX review_subject;
