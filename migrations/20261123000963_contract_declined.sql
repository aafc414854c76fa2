-- migrate:up
-- A signatory declines a contract that waits for signatures: who, and why, stands with the contract.
ALTER TABLE contract ADD COLUMN refused_by uuid;
ALTER TABLE contract ADD COLUMN refused_reason text;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE contract ADD CONSTRAINT contract_refusal CHECK (
    (refused_by IS NULL) = (refused_reason IS NULL)
    AND (refused_by IS NULL OR (status = 'refused' AND refused_by IN (buyer_id, seller_id)))
    AND length(refused_reason) BETWEEN 1 AND 1000);
GRANT UPDATE (refused_by, refused_reason) ON contract TO exchange_api;
