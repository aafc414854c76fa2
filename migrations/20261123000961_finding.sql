-- migrate:up
-- Own requests by their deadline; own orders and requests by the buyer's reference.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX rfq_buyer_due ON rfq (buyer_id, due_at, id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX rfq_own_reference ON rfq (buyer_id, lower(own_reference) text_pattern_ops) WHERE own_reference IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX purchase_order_reference ON purchase_order (buyer_id, lower(buyer_reference) text_pattern_ops)
    WHERE buyer_reference IS NOT NULL;
