-- migrate:up
-- The double-entry ledger: accounts, transfers with their entries, holds and how they ended, deposits.
-- Runtime roles only read these tables; every record is written by a function below, which locks, checks
-- balance, currency and funds in one call. Refusals carry their own SQLSTATE:
--   EX100 a record is never changed      EX101 funds or hold do not cover it   EX102 the hold has ended already
--   EX103 ref used for other content     EX104 entries do not sum to zero      EX105 accounts of several currencies
--   EX106 malformed, or no such account  EX107 not the caller's to debit       EX108 hold past, or before, its end
--   EX109 more than is owed

-- One pot of one owner in one currency. kind:
--   member      a company's money at the exchange; some of it may be held
--   receivable  what a seller owes the exchange for fees of direct settlement; zero or below
--   fee, fee_vat  what the exchange earned, and the tax on it
--   clearing    mirror of the bank account: every deposit comes out of it, so it stands below zero
-- Every posting locks and changes a counted account (member, receivable). The other three would be one hot
-- row for the whole market, so they are append-only: their balance is the last roll-up and the entries after it.
CREATE TABLE ledger_account (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    book_id smallint NOT NULL DEFAULT 1,
    company_id uuid REFERENCES company,
    kind text NOT NULL CHECK (kind IN ('member', 'receivable', 'fee', 'fee_vat', 'clearing')),
    currency text NOT NULL REFERENCES currency,
    balance_minor bigint NOT NULL DEFAULT 0,
    held_minor bigint NOT NULL DEFAULT 0,
    -- Counts the entries of a counted account; the last entry carries the same number.
    version bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    UNIQUE NULLS NOT DISTINCT (book_id, company_id, kind, currency),
    -- Lets entries and holds prove by foreign key that they are in the account's currency.
    UNIQUE (id, currency),
    CHECK ((company_id IS NOT NULL) = (kind IN ('member', 'receivable'))),
    CHECK (held_minor >= 0 AND (held_minor = 0 OR kind = 'member')),
    CHECK (kind <> 'member' OR balance_minor - held_minor >= 0),
    CHECK (kind <> 'receivable' OR balance_minor <= 0),
    CHECK (kind IN ('member', 'receivable') OR (balance_minor = 0 AND version = 0))
) WITH (fillfactor = 60);
CREATE INDEX ledger_account_company ON ledger_account (company_id, currency);

-- One movement of money. ref says naturally what it is for ("deposit:<id>"), so the same thing cannot move
-- twice; reason holds ids only. companies = the owners of the accounts it touches, for row security alone.
CREATE TABLE ledger_transfer (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    book_id smallint NOT NULL,
    ref text NOT NULL CHECK (length(ref) BETWEEN 3 AND 200),
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]{1,39}$'),
    at timestamptz NOT NULL,
    reason jsonb NOT NULL CHECK (jsonb_typeof(reason) = 'object' AND length(reason::text) <= 2000),
    companies uuid[] NOT NULL,
    UNIQUE (book_id, ref)
);

-- One line of a transfer: plus is into the account, minus out of it. Counted accounts number their entries
-- without a gap and keep the balance after each; append-only accounts have neither.
CREATE TABLE ledger_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transfer_id uuid NOT NULL REFERENCES ledger_transfer,
    account_id uuid NOT NULL,
    company_id uuid,
    currency text NOT NULL,
    amount_minor bigint NOT NULL
        CHECK (amount_minor <> 0 AND amount_minor BETWEEN -100000000000000000 AND 100000000000000000),
    balance_after_minor bigint,
    account_version bigint CHECK (account_version > 0),
    FOREIGN KEY (account_id, currency) REFERENCES ledger_account (id, currency),
    UNIQUE (transfer_id, account_id),
    CHECK ((company_id IS NULL) = (account_version IS NULL)),
    CHECK ((balance_after_minor IS NULL) = (account_version IS NULL))
);
CREATE UNIQUE INDEX ledger_entry_version ON ledger_entry (account_id, account_version) WHERE account_version IS NOT NULL;
CREATE INDEX ledger_entry_appended ON ledger_entry (account_id, id) WHERE account_version IS NULL;
CREATE INDEX ledger_entry_company ON ledger_entry (company_id, id) WHERE company_id IS NOT NULL;

-- The balance of an append-only account up to and with one entry.
CREATE TABLE ledger_rollup (
    account_id uuid NOT NULL REFERENCES ledger_account,
    up_to_entry bigint NOT NULL REFERENCES ledger_entry,
    balance_minor bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, up_to_entry)
);

-- Money of a member set aside for one purpose. It is never edited: how it ended is a new record.
CREATE TABLE ledger_hold (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    book_id smallint NOT NULL,
    account_id uuid NOT NULL,
    company_id uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 100000000000000000),
    currency text NOT NULL,
    ref text NOT NULL CHECK (length(ref) BETWEEN 3 AND 200),
    at timestamptz NOT NULL,
    -- From this market time on it can only be voided or expired; null: never.
    expires_at timestamptz CHECK (expires_at > at),
    FOREIGN KEY (account_id, currency) REFERENCES ledger_account (id, currency),
    UNIQUE (book_id, ref)
);
CREATE INDEX ledger_hold_account ON ledger_hold (account_id);
CREATE INDEX ledger_hold_company ON ledger_hold (company_id, id);
CREATE INDEX ledger_hold_expiry ON ledger_hold (expires_at) WHERE expires_at IS NOT NULL;

-- How a hold ended, once: post (all or a part moved, the rest is available again), void, or expire.
CREATE TABLE ledger_hold_resolution (
    hold_id uuid PRIMARY KEY REFERENCES ledger_hold,
    company_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('post', 'void', 'expire')),
    ref text NOT NULL CHECK (length(ref) BETWEEN 3 AND 200),
    posted_minor bigint NOT NULL CHECK (posted_minor >= 0),
    transfer_id uuid UNIQUE REFERENCES ledger_transfer,
    at timestamptz NOT NULL,
    CHECK ((kind = 'post') = (transfer_id IS NOT NULL)),
    CHECK ((kind = 'post') = (posted_minor > 0))
);

-- A payment that arrived at the bank. status: entered (by one operator) -> released (by another: posts it from
-- clearing to the member) | rejected (by another). A rejected one frees its bank reference for a right entry.
CREATE TABLE deposit (
    id uuid PRIMARY KEY,
    market_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES market,
    company_id uuid NOT NULL REFERENCES company,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 100000000000000000),
    currency text NOT NULL REFERENCES currency,
    bank_reference text NOT NULL CHECK (length(bank_reference) BETWEEN 1 AND 100 AND bank_reference = btrim(bank_reference)),
    status text NOT NULL CHECK (status IN ('entered', 'released', 'rejected')),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    entered_by uuid NOT NULL REFERENCES person,
    entered_at timestamptz NOT NULL,
    decided_by uuid REFERENCES person,
    decided_at timestamptz,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    CHECK (decided_by <> entered_by),
    CHECK ((status = 'entered') = (decided_by IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX deposit_bank_reference ON deposit (currency, bank_reference) WHERE status <> 'rejected';
CREATE INDEX deposit_status ON deposit (status, entered_at, id);
CREATE INDEX deposit_company ON deposit (company_id, id);

-- Not even the owner edits a record by accident: a correction is a new transfer.
CREATE FUNCTION ledger_is_append_only() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a ledger record is never changed' USING ERRCODE = 'EX100', DETAIL = TG_TABLE_NAME;
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_rollup
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_hold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_hold_resolution
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- The second wall behind ledger_write(): at commit the entries of a transfer sum to zero per currency. It is a
-- definer function of the owner, because under the caller's row security it would see one company's side only.
CREATE FUNCTION ledger_transfer_is_balanced() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.ledger_entry AS e WHERE e.transfer_id = NEW.transfer_id
        GROUP BY e.currency HAVING sum(e.amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'the entries of a transfer must sum to zero' USING ERRCODE = 'EX104', DETAIL = NEW.transfer_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER zero_sum AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transfer_is_balanced();

-- May the connected role take money from this company (null: from the exchange)? The worker may, it acts for
-- the rules; the api may for the acting company, or when an operator acts. An unlisted role may not.
CREATE FUNCTION ledger_may_debit(company uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN session_user IN ('exchange_worker', 'exchange_owner')
        OR public.app_operator()
        OR coalesce(company = public.app_company(), false);

-- The account of a company (null: of the exchange), opened when it is first needed.
CREATE FUNCTION ledger_open(company uuid, account_kind text, account_currency text) RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    account uuid;
BEGIN
    FOR attempt IN 1..2 LOOP
        SELECT a.id INTO account FROM public.ledger_account AS a
        WHERE a.book_id = 1 AND a.company_id IS NOT DISTINCT FROM company
            AND a.kind = account_kind AND a.currency = account_currency;
        EXIT WHEN FOUND;
        INSERT INTO public.ledger_account (company_id, kind, currency)
        VALUES (company, account_kind, account_currency) ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN account;
END
$$;

-- The transfer that used this ref before, if it moved the same amounts for the same hold; else refused.
CREATE FUNCTION ledger_replayed(
    book smallint, used_ref text, wanted_kind text, accounts uuid[], amounts bigint[], hold uuid
) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    earlier record;
BEGIN
    SELECT t.id, t.kind, r.hold_id INTO STRICT earlier
    FROM public.ledger_transfer AS t
    LEFT JOIN public.ledger_hold_resolution AS r ON r.transfer_id = t.id
    WHERE t.book_id = book AND t.ref = used_ref;
    IF earlier.kind <> wanted_kind OR earlier.hold_id IS DISTINCT FROM hold OR EXISTS (
        SELECT FROM (SELECT x.account_id, x.amount_minor FROM public.ledger_entry AS x WHERE x.transfer_id = earlier.id) AS e
        FULL JOIN unnest(accounts, amounts) AS l (account_id, amount_minor)
            ON l.account_id = e.account_id AND l.amount_minor = e.amount_minor
        WHERE e.account_id IS NULL OR l.account_id IS NULL
    ) THEN
        RAISE EXCEPTION 'this reference has moved something else' USING ERRCODE = 'EX103', DETAIL = used_ref;
    END IF;
    RETURN earlier.id;
END
$$;

-- What is wrong with the lines alone, before any account is read.
CREATE FUNCTION ledger_check_lines(accounts uuid[], amounts bigint[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    shape record;
BEGIN
    SELECT count(*) AS lines, count(DISTINCT l.account_id) AS accounts, sum(l.amount_minor) AS total_minor,
        bool_and(coalesce(l.amount_minor, 0) <> 0) AS all_move
    INTO shape FROM unnest(accounts, amounts) AS l (account_id, amount_minor);
    IF shape.lines NOT BETWEEN 2 AND 100 OR shape.accounts <> shape.lines OR NOT shape.all_move THEN
        RAISE EXCEPTION 'a transfer has 2 to 100 lines, each on another account and not zero' USING ERRCODE = 'EX106';
    END IF;
    IF shape.total_minor <> 0 THEN
        RAISE EXCEPTION 'the entries of a transfer must sum to zero' USING ERRCODE = 'EX104';
    END IF;
END
$$;

-- Changes the counted accounts, which are locked by now, and records every line.
CREATE FUNCTION ledger_write_entries(
    transfer uuid, entry_currency text, accounts uuid[], amounts bigint[], hold public.ledger_hold
) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    WITH line AS (
        SELECT l.account_id, l.amount_minor, l.ordinality
        FROM unnest(accounts, amounts) WITH ORDINALITY AS l (account_id, amount_minor, ordinality)
    ), moved AS (
        UPDATE public.ledger_account AS a
        SET balance_minor = a.balance_minor + l.amount_minor, version = a.version + 1,
            held_minor = a.held_minor - CASE WHEN a.id = hold.account_id THEN hold.amount_minor ELSE 0 END
        FROM line AS l WHERE a.id = l.account_id AND a.kind IN ('member', 'receivable')
        RETURNING a.id, a.company_id, a.balance_minor, a.version
    )
    INSERT INTO public.ledger_entry
        (transfer_id, account_id, company_id, currency, amount_minor, balance_after_minor, account_version)
    SELECT transfer, l.account_id, m.company_id, entry_currency, l.amount_minor, m.balance_minor, m.version
    FROM line AS l LEFT JOIN moved AS m ON m.id = l.account_id ORDER BY l.ordinality;
END
$$;

-- The one way money moves. Counted accounts are locked in id order, append-only ones only against their
-- roll-up; entry ids are drawn after that, so a roll-up never misses an earlier one. With a hold, its whole
-- amount stops being held and the debit of its account may use no more than that.
CREATE FUNCTION ledger_write(
    new_ref text, new_kind text, accounts uuid[], amounts bigint[], new_reason jsonb, hold public.ledger_hold
) RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    seen record;
    transfer uuid;
BEGIN
    PERFORM public.ledger_check_lines(accounts, amounts);
    WITH counted AS MATERIALIZED (
        SELECT a.* FROM public.ledger_account AS a
        WHERE a.id = ANY (accounts) AND a.kind IN ('member', 'receivable') ORDER BY a.id FOR NO KEY UPDATE
    ), appended AS MATERIALIZED (
        SELECT a.* FROM public.ledger_account AS a
        WHERE a.id = ANY (accounts) AND a.kind NOT IN ('member', 'receivable') ORDER BY a.id FOR KEY SHARE
    ), line AS (
        SELECT a.*, l.amount_minor, CASE WHEN a.id = hold.account_id THEN hold.amount_minor ELSE 0 END AS freed_minor
        FROM unnest(accounts, amounts) AS l (account_id, amount_minor)
        JOIN (SELECT * FROM counted UNION ALL SELECT * FROM appended) AS a ON a.id = l.account_id
    )
    SELECT count(*) AS accounts, count(DISTINCT l.currency) AS currencies, min(l.currency) AS currency,
        count(DISTINCT l.book_id) AS books, min(l.book_id) AS book_id,
        coalesce(array_agg(DISTINCT l.company_id) FILTER (WHERE l.company_id IS NOT NULL), '{}') AS companies,
        bool_or(l.amount_minor < 0 AND NOT public.ledger_may_debit(l.company_id)) AS foreign_debit,
        (array_agg(l.id ORDER BY l.id) FILTER (WHERE l.kind = 'member' AND l.amount_minor < 0
            AND l.balance_minor + l.amount_minor < l.held_minor - l.freed_minor))[1] AS short_account,
        (array_agg(l.id ORDER BY l.id) FILTER (WHERE l.kind = 'receivable'
            AND l.balance_minor + l.amount_minor > 0))[1] AS overpaid_account,
        sum(l.amount_minor) FILTER (WHERE l.id = hold.account_id) AS of_hold_minor
    INTO seen FROM line AS l;

    IF seen.accounts <> cardinality(accounts) OR seen.books <> 1 THEN
        RAISE EXCEPTION 'no such account in this book' USING ERRCODE = 'EX106';
    ELSIF seen.currencies <> 1 THEN
        RAISE EXCEPTION 'the accounts of a transfer have one currency' USING ERRCODE = 'EX105';
    ELSIF seen.foreign_debit THEN
        RAISE EXCEPTION 'not an account that you may debit' USING ERRCODE = 'EX107';
    END IF;

    INSERT INTO public.ledger_transfer (book_id, ref, kind, at, reason, companies)
    VALUES (seen.book_id, new_ref, new_kind, public.market_now(), new_reason, seen.companies)
    ON CONFLICT (book_id, ref) DO NOTHING RETURNING id INTO transfer;
    IF transfer IS NULL THEN
        RETURN public.ledger_replayed(seen.book_id, new_ref, new_kind, accounts, amounts, hold.id);
    END IF;

    IF hold.id IS NOT NULL THEN
        PERFORM public.ledger_check_open(hold.id, hold.expires_at);
        IF seen.of_hold_minor IS NULL OR seen.of_hold_minor > 0 THEN
            RAISE EXCEPTION 'a posted hold debits its own account' USING ERRCODE = 'EX106';
        ELSIF -seen.of_hold_minor > hold.amount_minor THEN
            RAISE EXCEPTION 'the hold covers less' USING ERRCODE = 'EX101', DETAIL = hold.account_id;
        END IF;
    END IF;
    IF seen.short_account IS NOT NULL THEN
        RAISE EXCEPTION 'the available balance does not cover it' USING ERRCODE = 'EX101', DETAIL = seen.short_account;
    ELSIF seen.overpaid_account IS NOT NULL THEN
        RAISE EXCEPTION 'more than is owed' USING ERRCODE = 'EX109', DETAIL = seen.overpaid_account;
    END IF;

    PERFORM public.ledger_write_entries(transfer, seen.currency, accounts, amounts, hold);
    IF hold.id IS NOT NULL THEN
        INSERT INTO public.ledger_hold_resolution (hold_id, company_id, kind, ref, posted_minor, transfer_id, at)
        VALUES (hold.id, hold.company_id, 'post', new_ref, -seen.of_hold_minor, transfer, public.market_now());
    END IF;
    RETURN transfer;
END
$$;

-- Refuses a hold that has ended, or whose time is over. Its account is locked by now, so nobody ends it meanwhile.
CREATE FUNCTION ledger_check_open(hold uuid, hold_expires_at timestamptz) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT FROM public.ledger_hold_resolution AS r WHERE r.hold_id = hold) THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'EX102', DETAIL = hold;
    ELSIF hold_expires_at <= public.market_now() THEN
        RAISE EXCEPTION 'the hold is past its time' USING ERRCODE = 'EX108', DETAIL = hold;
    END IF;
END
$$;

-- Moves money between accounts; amounts sum to zero. The same ref with the same lines returns the first transfer.
CREATE FUNCTION ledger_post(ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb) RETURNS uuid
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT public.ledger_write(ref, kind, accounts, amounts, reason, NULL) $$;

-- Sets an amount of a member's available balance aside. The same ref for the same amount returns the first hold.
CREATE FUNCTION ledger_hold_place(new_ref text, account uuid, amount bigint, new_expires_at timestamptz DEFAULT NULL)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    owned public.ledger_account;
    earlier public.ledger_hold;
    hold uuid;
BEGIN
    SELECT a.* INTO owned FROM public.ledger_account AS a WHERE a.id = account AND a.kind = 'member' FOR NO KEY UPDATE;
    IF NOT FOUND OR amount IS NULL OR amount <= 0 THEN
        RAISE EXCEPTION 'a hold is a positive amount on a member account' USING ERRCODE = 'EX106';
    ELSIF NOT public.ledger_may_debit(owned.company_id) THEN
        RAISE EXCEPTION 'not an account that you may debit' USING ERRCODE = 'EX107';
    END IF;
    INSERT INTO public.ledger_hold (book_id, account_id, company_id, amount_minor, currency, ref, at, expires_at)
    VALUES (owned.book_id, account, owned.company_id, amount, owned.currency, new_ref, public.market_now(), new_expires_at)
    ON CONFLICT (book_id, ref) DO NOTHING RETURNING id INTO hold;
    IF hold IS NULL THEN
        SELECT h.* INTO STRICT earlier FROM public.ledger_hold AS h WHERE h.book_id = owned.book_id AND h.ref = new_ref;
        IF earlier.account_id <> account OR earlier.amount_minor <> amount THEN
            RAISE EXCEPTION 'this reference holds something else' USING ERRCODE = 'EX103', DETAIL = new_ref;
        END IF;
        RETURN earlier.id;
    END IF;
    IF owned.balance_minor - owned.held_minor < amount THEN
        RAISE EXCEPTION 'the available balance does not cover it' USING ERRCODE = 'EX101', DETAIL = account;
    END IF;
    UPDATE public.ledger_account AS a SET held_minor = a.held_minor + amount WHERE a.id = account;
    RETURN hold;
END
$$;

-- Ends a hold by moving all or a part of it; what is not moved is available again. The lines are a whole
-- transfer: the debit of the held account, at most the hold, and where it goes.
CREATE FUNCTION ledger_hold_post(hold uuid, ref text, kind text, accounts uuid[], amounts bigint[], reason jsonb)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    placed public.ledger_hold;
BEGIN
    SELECT h.* INTO placed FROM public.ledger_hold AS h WHERE h.id = hold;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'EX106';
    END IF;
    RETURN public.ledger_write(ref, kind, accounts, amounts, reason, placed);
END
$$;

-- Ends a hold without moving anything. The same end with the same ref is quiet.
CREATE FUNCTION ledger_hold_end(hold uuid, end_ref text, end_kind text) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    placed public.ledger_hold;
    ended public.ledger_hold_resolution;
BEGIN
    SELECT h.* INTO placed FROM public.ledger_hold AS h WHERE h.id = hold;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'EX106';
    END IF;
    PERFORM FROM public.ledger_account AS a WHERE a.id = placed.account_id FOR NO KEY UPDATE;
    SELECT r.* INTO ended FROM public.ledger_hold_resolution AS r WHERE r.hold_id = hold;
    IF ended.kind = end_kind AND ended.ref = end_ref THEN
        RETURN;
    ELSIF FOUND THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'EX102', DETAIL = hold;
    ELSIF end_kind = 'expire' AND coalesce(placed.expires_at > public.market_now(), true) THEN
        RAISE EXCEPTION 'the hold has time left' USING ERRCODE = 'EX108', DETAIL = hold;
    END IF;
    INSERT INTO public.ledger_hold_resolution (hold_id, company_id, kind, ref, posted_minor, at)
    VALUES (hold, placed.company_id, end_kind, end_ref, 0, public.market_now());
    UPDATE public.ledger_account AS a SET held_minor = a.held_minor - placed.amount_minor WHERE a.id = placed.account_id;
END
$$;
CREATE FUNCTION ledger_hold_void(hold uuid, ref text) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT public.ledger_hold_end(hold, ref, 'void') $$;
CREATE FUNCTION ledger_hold_expire(hold uuid, ref text) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT public.ledger_hold_end(hold, ref, 'expire') $$;

-- Sums an append-only account up to now and returns the balance. The lock waits for every posting under way
-- and holds new ones back before they draw an entry id. One account in a transaction, or two could deadlock.
CREATE FUNCTION ledger_roll_up(account uuid) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    last public.ledger_rollup;
    later record;
BEGIN
    PERFORM FROM public.ledger_account AS a
    WHERE a.id = account AND a.kind NOT IN ('member', 'receivable') FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an append-only account is rolled up' USING ERRCODE = 'EX106';
    END IF;
    SELECT u.* INTO last FROM public.ledger_rollup AS u WHERE u.account_id = account ORDER BY u.up_to_entry DESC LIMIT 1;
    SELECT max(e.id) AS entry, coalesce(sum(e.amount_minor), 0)::bigint + coalesce(last.balance_minor, 0) AS balance_minor
    INTO later FROM public.ledger_entry AS e
    WHERE e.account_id = account AND e.account_version IS NULL AND e.id > coalesce(last.up_to_entry, 0);
    IF later.entry IS NOT NULL THEN
        INSERT INTO public.ledger_rollup (account_id, up_to_entry, balance_minor, at)
        VALUES (account, later.entry, later.balance_minor, public.market_now());
    END IF;
    RETURN later.balance_minor;
END
$$;

REVOKE ALL ON FUNCTION ledger_may_debit(uuid), ledger_open(uuid, text, text),
    ledger_replayed(smallint, text, text, uuid[], bigint[], uuid), ledger_check_lines(uuid[], bigint[]),
    ledger_write_entries(uuid, text, uuid[], bigint[], public.ledger_hold),
    ledger_write(text, text, uuid[], bigint[], jsonb, public.ledger_hold), ledger_check_open(uuid, timestamptz),
    ledger_post(text, text, uuid[], bigint[], jsonb), ledger_hold_place(text, uuid, bigint, timestamptz),
    ledger_hold_post(uuid, text, text, uuid[], bigint[], jsonb), ledger_hold_end(uuid, text, text),
    ledger_hold_void(uuid, text), ledger_hold_expire(uuid, text), ledger_roll_up(uuid),
    ledger_transfer_is_balanced(), ledger_is_append_only() FROM PUBLIC;
-- A request opens accounts, posts and holds; only the worker, acting for the rules, ends a hold.
GRANT EXECUTE ON FUNCTION ledger_open(uuid, text, text), ledger_post(text, text, uuid[], bigint[], jsonb),
    ledger_hold_place(text, uuid, bigint, timestamptz) TO exchange_api, exchange_worker;
GRANT EXECUTE ON FUNCTION ledger_hold_post(uuid, text, text, uuid[], bigint[], jsonb),
    ledger_hold_void(uuid, text), ledger_hold_expire(uuid, text), ledger_roll_up(uuid) TO exchange_worker;

-- A member reads its own side. The exchange's accounts (no company) are the operators' and the worker's.
ALTER TABLE ledger_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON ledger_account FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY worker_all ON ledger_account FOR SELECT TO exchange_worker USING (true);
ALTER TABLE ledger_transfer ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON ledger_transfer FOR SELECT TO exchange_api
    USING (app_company() = ANY (companies) OR app_operator());
CREATE POLICY worker_all ON ledger_transfer FOR SELECT TO exchange_worker USING (true);
ALTER TABLE ledger_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON ledger_entry FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY worker_all ON ledger_entry FOR SELECT TO exchange_worker USING (true);
ALTER TABLE ledger_rollup ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_operator ON ledger_rollup FOR SELECT TO exchange_api USING (app_operator());
CREATE POLICY worker_all ON ledger_rollup FOR SELECT TO exchange_worker USING (true);
ALTER TABLE ledger_hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON ledger_hold FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY worker_all ON ledger_hold FOR SELECT TO exchange_worker USING (true);
ALTER TABLE ledger_hold_resolution ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON ledger_hold_resolution FOR SELECT TO exchange_api
    USING (company_id = app_company() OR app_operator());
CREATE POLICY worker_all ON ledger_hold_resolution FOR SELECT TO exchange_worker USING (true);
ALTER TABLE deposit ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_own ON deposit FOR SELECT TO exchange_api USING (company_id = app_company() OR app_operator());
CREATE POLICY api_enter ON deposit FOR INSERT TO exchange_api
    WITH CHECK (app_operator() AND status = 'entered' AND entered_by = app_actor());
CREATE POLICY api_decide ON deposit FOR UPDATE TO exchange_api
    USING (app_operator()) WITH CHECK (app_operator() AND decided_by = app_actor());
CREATE POLICY worker_all ON deposit FOR SELECT TO exchange_worker USING (true);

GRANT SELECT ON ledger_account, ledger_entry, ledger_rollup, ledger_hold, ledger_hold_resolution, deposit
    TO exchange_api, exchange_worker;
-- Who else took part is for the policy, not for a reader.
GRANT SELECT (id, market_id, book_id, ref, kind, at, reason) ON ledger_transfer TO exchange_api;
GRANT SELECT ON ledger_transfer TO exchange_worker;
GRANT INSERT ON deposit TO exchange_api;
GRANT UPDATE (status, version, decided_by, decided_at, note) ON deposit TO exchange_api;
