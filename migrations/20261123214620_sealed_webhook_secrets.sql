-- migrate:up
-- Secrets of webhooks are sealed like bank accounts: the worker seals what was written in clear and renews it when a key is retired.
GRANT UPDATE (secret) ON TABLE webhook_endpoint TO exchange_worker;
