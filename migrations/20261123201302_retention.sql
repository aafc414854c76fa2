-- migrate:up
-- What the retention job may remove, the indexes that lead it to the oldest rows, and when each rule was last carried out.

CREATE TABLE retention_run (
    rule text PRIMARY KEY CHECK (rule ~ '^[a-z_]{1,40}$'),
    ran_at timestamptz NOT NULL,
    removed bigint NOT NULL CHECK (removed >= 0),
    removed_total bigint NOT NULL CHECK (removed_total >= removed)
);
ALTER TABLE retention_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_operator ON retention_run FOR SELECT TO exchange_api USING (app_operator());
CREATE POLICY worker_all ON retention_run TO exchange_worker USING (true);
GRANT SELECT ON retention_run TO exchange_api;
GRANT SELECT, INSERT, UPDATE ON retention_run TO exchange_worker;

-- The tables are small before the first release, so nobody waits for these.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX notification_age ON notification (created_at);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX webhook_delivery_age ON webhook_delivery (created_at) WHERE status <> 'waiting';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX file_unused_age ON file (created_at) WHERE attached_at IS NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX session_age ON session (expires_at);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sign_in_counter_age ON sign_in_counter (last_at);

GRANT DELETE ON notification, webhook_delivery, file TO exchange_worker;
