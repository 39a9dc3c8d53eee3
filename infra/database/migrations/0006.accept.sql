-- Accepting a payment: one call, one transaction, on one shard.

-- What the API shows of a payment.
CREATE FUNCTION payment_view(p payments) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'id', p.id, 'merchant', p.merchant, 'state', p.state, 'amount', p.amount,
        'currency', p.currency, 'exponent', p.exponent, 'capture', p.capture,
        'captured', p.captured, 'refunded', p.refunded, 'reference', p.reference,
        'card', jsonb_build_object('scheme', p.card_scheme, 'bin', p.card_bin,
                                   'last4', p.card_last4),
        'durability', p.durability, 'accepted_in', p.origin, 'settled_in', p.settled_in,
        'decline_code', p.decline_code, 'version', p.version,
        'created_at', to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updated_at', to_char(p.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
$$;

-- Tells the world: one outbox row, and one delivery where the merchant wants a webhook. The event's
-- id is derived, so both regions give the same change of the same payment the same id.
CREATE FUNCTION emit(p payments, p_topic text, p_type text, p_more jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_event uuid := md5(p.id::text || ':' || p.version || ':' || p_type)::uuid;
    v_body jsonb;
BEGIN
    v_body := jsonb_build_object('event', v_event, 'type', p_type, 'payment', payment_view(p),
        'card_token', p.card_token, 'card_region', p.card_region,
        'acquirer_reference', p.acquirer_reference, 'settled_epoch', p.settled_epoch) || p_more;
    INSERT INTO outbox (merchant, event, payment, slice, topic, type, body, trace)
    VALUES (p.merchant, v_event, p.id, get_byte(uuid_send(p.id), 14) % 16, p_topic, p_type,
            v_body, p.trace)
    ON CONFLICT (merchant, event) DO NOTHING;
    IF p_topic = 'payments.settled' THEN
        INSERT INTO deliveries (merchant, event, payment, type, body)
        SELECT p.merchant, v_event, p.id, p_type,
               jsonb_build_object('type', p_type, 'timestamp', to_char(now() AT TIME ZONE 'UTC',
                   'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'data', payment_view(p))
        FROM merchants m WHERE m.merchant = p.merchant AND m.webhook_url IS NOT NULL
        ON CONFLICT (merchant, event) DO NOTHING;
    END IF;
END
$$;

-- Compares a repeated request with the first one under its key: NULL when they are the same.
CREATE FUNCTION key_answer(
    p_key idempotency, p_request bytea, p_fingerprint text, p_region text
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_key.request <> p_request THEN 'mismatch'
        -- Each region's Vault has its own fingerprint key: only its own can be compared.
        WHEN p_key.region = p_region AND p_key.fingerprint IS DISTINCT FROM p_fingerprint
            THEN 'mismatch'
        WHEN p_key.locked_until > now() THEN 'in_flight'
        ELSE 'replayed'
    END;
$$;

CREATE FUNCTION insert_payment(
    p_merchant text, p_id uuid, p_created_at timestamptz, p_payment jsonb
) RETURNS payments LANGUAGE sql SET search_path = public, pg_temp AS $$
    INSERT INTO payments (merchant, id, created_at, amount, currency, exponent, capture, reference,
        card_token, card_region, card_scheme, card_bin, card_last4, durability, origin, due_at,
        trace, updated_at)
    SELECT p_merchant, p_id, p_created_at, r.amount, r.currency, r.exponent, r.capture,
        r.reference, r.card_token, r.card_region, r.card_scheme, r.card_bin, r.card_last4,
        'regional', r.origin, now() + interval '30 seconds', r.trace, p_created_at
    FROM jsonb_to_record(p_payment) AS r (amount bigint, currency text, exponent smallint,
        capture text, reference text, card_token text, card_region text, card_scheme text,
        card_bin text, card_last4 text, origin text, trace text)
    RETURNING payments.*;
$$;

-- outcome: created | replayed | mismatch | in_flight. `p_hold` keeps repeats of the key waiting
-- until `confirm_durability` says what the peer answered, or for ten seconds.
CREATE FUNCTION accept_payment(
    p_merchant text, p_id uuid, p_request bytea, p_fingerprint text, p_region text,
    p_payment jsonb, p_hold boolean DEFAULT false
) RETURNS TABLE (outcome text, status smallint, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_key idempotency%ROWTYPE;
    v_payment payments%ROWTYPE;
    v_status smallint := 201;
    v_answer jsonb;
BEGIN
    INSERT INTO idempotency (merchant, id, request, fingerprint, region, created_at, locked_until)
    VALUES (p_merchant, p_id, p_request, p_fingerprint, p_region, now(),
            CASE WHEN p_hold THEN now() + interval '10 seconds' END)
    ON CONFLICT (merchant, id) DO NOTHING;
    IF NOT FOUND THEN
        SELECT * INTO STRICT v_key FROM idempotency k WHERE k.merchant = p_merchant AND k.id = p_id;
        RETURN QUERY SELECT key_answer(v_key, p_request, p_fingerprint, p_region), v_key.status,
            v_key.answer;
        RETURN;
    END IF;
    v_payment := insert_payment(p_merchant, p_id, now(), p_payment);
    v_answer := payment_view(v_payment);
    -- A breaker that its owner has not spoken of for a minute is no longer believed.
    IF EXISTS (SELECT FROM downstreams d WHERE d.state = 'open'
               AND d.updated_at > now() - interval '1 minute') THEN
        v_status := 202;
        v_answer := v_answer || '{"message": "payment queued, will retry"}';
    END IF;
    UPDATE idempotency k SET status = v_status, answer = v_answer
    WHERE k.merchant = p_merchant AND k.id = p_id;
    PERFORM emit(v_payment, 'payments.incoming', 'payment.accepted', jsonb_build_object(
        'request', encode(p_request, 'hex'), 'fingerprint', p_fingerprint));
    PERFORM note_audit(p_merchant, p_id, 'api:' || p_region, 'payment.accepted', v_answer);
    RETURN QUERY SELECT 'created'::text, v_status, v_answer;
END
$$;

-- Ends the hold of `accept_payment`, with the durability that was reached.
CREATE FUNCTION confirm_durability(p_merchant text, p_id uuid, p_durability text)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_key idempotency%ROWTYPE;
BEGIN
    UPDATE idempotency k SET locked_until = NULL,
        answer = k.answer || jsonb_build_object('durability', p_durability)
    WHERE k.merchant = p_merchant AND k.id = p_id RETURNING * INTO STRICT v_key;
    UPDATE payments p SET durability = p_durability
    WHERE p.merchant = p_merchant AND p.id = p_id AND p.created_at = v_key.created_at;
    RETURN v_key.answer;
END
$$;

CREATE FUNCTION keep_intent(
    p_merchant text, p_id uuid, p_request bytea, p_fingerprint text, p_origin text,
    p_payment jsonb
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO intents (merchant, id, request, fingerprint, origin, payment)
    VALUES (p_merchant, p_id, p_request, p_fingerprint, p_origin, p_payment)
    ON CONFLICT (merchant, id) DO NOTHING;
$$;

CREATE FUNCTION find_payment(p_merchant text, p_id uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT payment_view(p) FROM idempotency k JOIN payments p
        ON p.merchant = k.merchant AND p.id = k.id AND p.created_at = k.created_at
    WHERE k.merchant = p_merchant AND k.id = p_id;
$$;

-- A page of payments, newest first, before the cursor (`p_before`, `p_before_id`).
CREATE FUNCTION list_payments(
    p_merchant text, p_limit integer, p_before timestamptz, p_before_id uuid, p_state text,
    p_currency text, p_since timestamptz
) RETURNS SETOF jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT payment_view(p) FROM payments p
    WHERE p.merchant = p_merchant
        AND p.created_at <= coalesce(p_before, 'infinity')
        AND (p_before IS NULL OR (p.created_at, p.id) < (p_before, p_before_id))
        AND p.created_at >= coalesce(p_since, '-infinity')
        AND (p_state IS NULL OR p.state = p_state)
        AND (p_currency IS NULL OR p.currency = p_currency)
    ORDER BY p.created_at DESC, p.id DESC LIMIT p_limit;
$$;
