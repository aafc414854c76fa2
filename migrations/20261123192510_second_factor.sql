-- migrate:up
-- A code of the person's own device as the second step of signing in. The secret is kept sealed with a key that is not in the
-- database; recovery codes only as their hash. The row stays when the factor is switched off, so that its version goes on.

CREATE TABLE second_factor (
    person_id uuid PRIMARY KEY REFERENCES person,
    sealed_secret bytea CHECK (length(sealed_secret) BETWEEN 29 AND 200),
    confirmed_at timestamptz,
    -- The time step of the last code that counted: a code counts once, and no older one after it.
    last_step bigint NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    CHECK (confirmed_at IS NULL OR sealed_secret IS NOT NULL)
);

CREATE TABLE recovery_code (
    person_id uuid NOT NULL REFERENCES person,
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (person_id, code_hash)
);

-- The person's own, and nobody else's: not the company's, not the operators', not a worker's.
ALTER TABLE second_factor ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON second_factor TO exchange_api USING (person_id = app_actor()) WITH CHECK (person_id = app_actor());
GRANT SELECT, INSERT, UPDATE ON second_factor TO exchange_api;

ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON recovery_code TO exchange_api USING (person_id = app_actor()) WITH CHECK (person_id = app_actor());
GRANT SELECT, INSERT, DELETE ON recovery_code TO exchange_api;
GRANT UPDATE (used_at) ON recovery_code TO exchange_api;
