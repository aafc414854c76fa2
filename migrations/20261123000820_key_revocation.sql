-- migrate:up
-- A key acts for the person who made it, so only that person makes it; any owner or admin of the company may revoke it.
DROP POLICY api_own ON api_key;
CREATE POLICY api_read ON api_key FOR SELECT TO exchange_api USING (company_id = app_company());
CREATE POLICY api_make ON api_key FOR INSERT TO exchange_api
    WITH CHECK (company_id = app_company() AND person_id = app_actor());
CREATE POLICY api_revoke ON api_key FOR UPDATE TO exchange_api
    USING (company_id = app_company()) WITH CHECK (company_id = app_company() AND revoked_at IS NOT NULL);
