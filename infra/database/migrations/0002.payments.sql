-- Payments, by month and by merchant. A unique key of a partitioned table must hold the partition
-- column, so no key of `payments` can promise "one payment an idempotency key": `idempotency` does.

-- One row a key that a merchant ever sent; `id` is derived from merchant, method, route and key,
-- and is the id of the payment or operation that the key made. `created_at` names its partition.
CREATE TABLE idempotency (
    merchant text NOT NULL,
    id uuid NOT NULL,
    request bytea NOT NULL,
    fingerprint text,
    region text NOT NULL,
    created_at timestamptz NOT NULL,
    locked_until timestamptz,
    status smallint,
    answer jsonb,
    PRIMARY KEY (merchant, id)
);
COMMENT ON COLUMN idempotency.request IS 'sha256 of the request without its card number';
COMMENT ON COLUMN idempotency.fingerprint IS 'keyed hash of the card, by the Vault of `region`';

CREATE TABLE payments (
    merchant text NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'accepted' CHECK (state IN ('accepted', 'unknown', 'authorised',
        'captured', 'declined', 'voided', 'refunded')),
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    exponent smallint NOT NULL CHECK (exponent BETWEEN 0 AND 4),
    capture text NOT NULL CHECK (capture IN ('automatic', 'manual')),
    captured bigint NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
    reference text,
    card_token text NOT NULL,
    card_region text NOT NULL,
    card_scheme text NOT NULL,
    card_bin text NOT NULL CHECK (length(card_bin) = 6),
    card_last4 text NOT NULL CHECK (length(card_last4) = 4),
    durability text NOT NULL CHECK (durability IN ('regional', 'global')),
    origin text NOT NULL,
    settled_in text,
    settled_epoch bigint,
    decline_code text,
    acquirer_reference text,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz,
    trace text,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (merchant, id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX payments_by_time ON payments (merchant, created_at DESC, id DESC);
-- What the janitor looks for; tiny, since settled payments leave it.
CREATE INDEX payments_due ON payments (due_at) WHERE state IN ('accepted', 'unknown');

CREATE TABLE payments_default PARTITION OF payments DEFAULT;

-- Makes the partitions of this month and of `p_months` after it; returns how many were missing.
CREATE FUNCTION make_partitions(p_months integer DEFAULT 6) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_start timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    v_name text;
    v_made integer := 0;
BEGIN
    FOR i IN 0..p_months LOOP
        v_name := 'payments_' || to_char(v_start + make_interval(months => i), 'YYYY_MM');
        IF to_regclass(v_name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF payments FOR VALUES FROM (%L) TO (%L)',
                v_name,
                (v_start + make_interval(months => i)) AT TIME ZONE 'UTC',
                (v_start + make_interval(months => i + 1)) AT TIME ZONE 'UTC');
            v_made := v_made + 1;
        END IF;
    END LOOP;
    RETURN v_made;
END
$$;

SELECT make_partitions();

-- The published state machine; app/payments.py holds the same table and a test compares them.
CREATE TABLE moves (
    source text NOT NULL,
    target text NOT NULL,
    PRIMARY KEY (source, target)
);
INSERT INTO moves VALUES
    ('accepted', 'unknown'), ('accepted', 'authorised'), ('accepted', 'captured'),
    ('accepted', 'declined'),
    ('unknown', 'authorised'), ('unknown', 'captured'), ('unknown', 'declined'),
    ('authorised', 'captured'), ('authorised', 'voided'),
    ('captured', 'refunded');

CREATE FUNCTION refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The projection copies a state that the peer reached, maybe by several moves.
    IF current_setting('payments.projecting', true) = 'on' THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM public.moves WHERE source = OLD.state AND target = NEW.state) THEN
        RAISE EXCEPTION 'payment % cannot move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER legal_move BEFORE UPDATE OF state ON payments FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_illegal_move();
