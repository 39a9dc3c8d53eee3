-- Who may pay, and which region settles for whom. Small tables that every region holds in full.

CREATE TABLE merchants (
    merchant text PRIMARY KEY CHECK (merchant ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    certificate text NOT NULL CHECK (certificate ~ '^[0-9a-f]{64}$'),
    scopes text[] NOT NULL,
    home text NOT NULL,
    durability text NOT NULL CHECK (durability IN ('regional', 'global')),
    peer_lost text NOT NULL CHECK (peer_lost IN ('accept', 'refuse')),
    amount_max bigint NOT NULL CHECK (amount_max > 0),
    webhook_url text,
    webhook_secret text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((webhook_url IS NULL) = (webhook_secret IS NULL))
);
COMMENT ON COLUMN merchants.certificate IS 'sha256 of the client certificate in DER form, hex';
COMMENT ON COLUMN merchants.webhook_secret IS 'sealed by the Transit key webhooks, never in clear';

-- One row for each home region: the region that settles for its merchants now. The epoch fences:
-- whoever acts under an older one is refused.
CREATE TABLE ownership (
    home text PRIMARY KEY,
    owner text NOT NULL,
    epoch bigint NOT NULL CHECK (epoch > 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Public keys of both regions' token signers, so that a token outlives the loss of its region.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    region text NOT NULL,
    jwk jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- What the circuit breakers of the downstream parts say, for the parts that only queue.
CREATE TABLE downstreams (
    name text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('closed', 'half_open', 'open')),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION register_merchant(
    p_merchant text,
    p_certificate text,
    p_scopes text[],
    p_home text,
    p_durability text DEFAULT 'regional',
    p_peer_lost text DEFAULT 'accept',
    p_amount_max bigint DEFAULT 100000000,
    p_webhook_url text DEFAULT NULL,
    p_webhook_secret text DEFAULT NULL
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO merchants (merchant, certificate, scopes, home, durability, peer_lost, amount_max,
                           webhook_url, webhook_secret)
    VALUES (p_merchant, lower(p_certificate), p_scopes, p_home, p_durability, p_peer_lost,
            p_amount_max, p_webhook_url, p_webhook_secret)
    ON CONFLICT (merchant) DO UPDATE SET
        certificate = excluded.certificate, scopes = excluded.scopes, home = excluded.home,
        durability = excluded.durability, peer_lost = excluded.peer_lost,
        amount_max = excluded.amount_max, webhook_url = excluded.webhook_url,
        webhook_secret = excluded.webhook_secret, updated_at = now();
    -- A region settles for its own merchants until an operator moves that.
    INSERT INTO ownership (home, owner, epoch) VALUES (p_home, p_home, 1)
    ON CONFLICT (home) DO NOTHING;
END
$$;

CREATE FUNCTION note_downstream(p_name text, p_state text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO downstreams (name, state) VALUES (p_name, p_state)
    ON CONFLICT (name) DO UPDATE SET state = excluded.state, updated_at = now();
$$;

-- Takes over what the peer says of ownership, where the peer knows a later epoch.
CREATE FUNCTION adopt_ownership(p_home text, p_owner text, p_epoch bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ownership AS o (home, owner, epoch) VALUES (p_home, p_owner, p_epoch)
    ON CONFLICT (home) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch,
        updated_at = now() WHERE o.epoch < excluded.epoch;
    RETURN FOUND;
END
$$;

CREATE FUNCTION keep_signing_key(p_kid text, p_region text, p_jwk jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO signing_keys (kid, region, jwk) VALUES (p_kid, p_region, p_jwk)
    ON CONFLICT (kid) DO UPDATE SET jwk = excluded.jwk, updated_at = now();
$$;
