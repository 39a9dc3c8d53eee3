-- What happened, what is to be told, and what was already heard. All distributed by merchant, so
-- that every transaction of one payment stays on one shard.

CREATE TABLE outbox (
    merchant text NOT NULL,
    event uuid NOT NULL,
    payment uuid NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    slice smallint NOT NULL,
    topic text NOT NULL,
    type text NOT NULL,
    body jsonb NOT NULL,
    trace text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    PRIMARY KEY (merchant, event)
);
-- The relay claims by "not yet sent", never by "after the last position": a position committed
-- late would be skipped.
CREATE INDEX outbox_unsent ON outbox (slice, position) WHERE sent_at IS NULL;

CREATE TABLE inbox (
    merchant text NOT NULL,
    consumer text NOT NULL,
    event uuid NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (merchant, consumer, event)
);

CREATE TABLE verdicts (
    merchant text NOT NULL,
    payment uuid NOT NULL,
    judge text NOT NULL CHECK (judge IN ('fraud', 'risk')),
    verdict text NOT NULL CHECK (verdict IN ('pass', 'refuse')),
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (merchant, payment, judge)
);

CREATE TABLE operations (
    merchant text NOT NULL,
    id uuid NOT NULL,
    payment uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('capture', 'void', 'refund')),
    amount bigint NOT NULL CHECK (amount >= 0),
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'unknown', 'succeeded',
        'failed')),
    code text,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (merchant, id)
);
CREATE INDEX operations_by_payment ON operations (merchant, payment);
CREATE INDEX operations_due ON operations (due_at) WHERE state IN ('pending', 'unknown');

-- Payments of the peer's that were acknowledged as `global`: durable here before the answer there.
CREATE TABLE intents (
    merchant text NOT NULL,
    id uuid NOT NULL,
    request bytea NOT NULL,
    fingerprint text NOT NULL,
    origin text NOT NULL,
    payment jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (merchant, id)
);

-- What both regions did to one payment while they could not see each other.
CREATE TABLE conflicts (
    merchant text NOT NULL,
    payment uuid NOT NULL,
    reason text NOT NULL,
    ours jsonb NOT NULL,
    theirs jsonb NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    PRIMARY KEY (merchant, payment, reason)
);

CREATE TABLE deliveries (
    merchant text NOT NULL,
    event uuid NOT NULL,
    payment uuid NOT NULL,
    type text NOT NULL,
    body jsonb NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    PRIMARY KEY (merchant, event)
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'pending';
