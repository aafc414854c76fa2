-- migrate:up
-- Deposits of one state are paged by id; an index by time besides is read for nothing. Operators write some a day, so
-- nobody waits for the index to be made.

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX deposit_status;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX deposit_status ON deposit (status, id);
