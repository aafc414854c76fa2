-- migrate:up
-- Which files a document uses, so that a company stores no more unused ones than it may.

ALTER TABLE file ADD COLUMN attached_at timestamptz;
-- So far only files that somebody else may read, contracts and what was imported are known to be used.
UPDATE file SET attached_at = created_at WHERE audience <> '{}' OR purpose IN ('contract', 'import');
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX file_unused ON file (company_id, created_at) WHERE attached_at IS NULL;

GRANT SELECT (attached_at) ON file TO exchange_api;

-- A file of the acting company is used by a document that these companies may read.
CREATE OR REPLACE FUNCTION share_file(wanted uuid, readers uuid[]) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
BEGIN
    UPDATE public.file AS f
    SET audience = ARRAY(SELECT DISTINCT x FROM unnest(f.audience || readers) AS x WHERE x <> f.company_id ORDER BY x),
        attached_at = coalesce(f.attached_at, public.market_now())
    WHERE f.id = wanted AND f.company_id = public.app_company();
    RETURN FOUND;
END
$$;
