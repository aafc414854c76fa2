-- migrate:up
-- Rows from before are checked in a transaction of its own, so that nobody waits.

ALTER TABLE company VALIDATE CONSTRAINT company_capabilities_check;
