-- migrate:up
-- Keys of personal data. A master key stands in a file outside the database; here is only its name and what tells it from
-- another one. A company's data keys stand here wrapped by a master: who has the database alone opens nothing.

CREATE TABLE master_key (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9]{1,32}$'),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One key is current, those before it are retired and still open what they sealed, until nothing is. A destroyed key is gone:
-- what it sealed is erased, in every copy and backup of the database.
CREATE TABLE company_key (
    company_id uuid NOT NULL REFERENCES company,
    key_no integer NOT NULL CHECK (key_no > 0),
    master_id text REFERENCES master_key,
    wrapped bytea CHECK (length(wrapped) = 60),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at timestamptz,
    destroyed_at timestamptz,
    PRIMARY KEY (company_id, key_no),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
    CHECK ((wrapped IS NULL) = (master_id IS NULL))
);
CREATE UNIQUE INDEX company_key_current ON company_key (company_id) WHERE retired_at IS NULL AND destroyed_at IS NULL;
CREATE INDEX company_key_master ON company_key (master_id);
CREATE INDEX company_key_retired ON company_key (retired_at) WHERE retired_at IS NOT NULL AND destroyed_at IS NULL;

ALTER TABLE master_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_read ON master_key FOR SELECT TO exchange_api USING (true);
CREATE POLICY worker_all ON master_key TO exchange_worker USING (true);
GRANT SELECT ON master_key TO exchange_api;
GRANT SELECT, INSERT, DELETE ON master_key TO exchange_worker;

-- The api role reads a wrapped key through the function alone, one at a time.
ALTER TABLE company_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_all ON company_key TO exchange_worker USING (true);
GRANT SELECT, INSERT, UPDATE ON company_key TO exchange_worker;

-- A company's key by its number, or its current one. A wrapped key opens nothing by itself: whoever may read a sealed
-- value of another company (where to pay, who signs) gets the key that belongs to it.
CREATE FUNCTION company_key_of(company uuid, number integer)
    RETURNS TABLE (key_no integer, master_id text, wrapped bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    SELECT k.key_no, k.master_id, k.wrapped FROM public.company_key AS k
    WHERE k.company_id = company
        AND CASE WHEN number IS NULL THEN k.retired_at IS NULL AND k.destroyed_at IS NULL ELSE k.key_no = number END
    $$;

-- A company's first key. False when it has or had one: then that one counts, also when it was made at the same moment.
CREATE FUNCTION company_key_first(company uuid, master text, print bytea, sealed bytea) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    INSERT INTO public.master_key (id, fingerprint) VALUES (master, print) ON CONFLICT (id) DO NOTHING;
    IF NOT EXISTS (SELECT FROM public.master_key AS m WHERE m.id = master AND m.fingerprint = print) THEN
        RAISE EXCEPTION 'another master key has this name' USING ERRCODE = 'EX004';
    END IF;
    INSERT INTO public.company_key (company_id, key_no, master_id, wrapped) VALUES (company, 1, master, sealed)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION company_key_of(uuid, integer), company_key_first(uuid, text, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION company_key_of(uuid, integer), company_key_first(uuid, text, bytea, bytea)
    TO exchange_api, exchange_worker;
