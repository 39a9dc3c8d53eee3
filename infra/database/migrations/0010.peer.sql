-- The peer's payments: taken in by what they are, not by how often or in which order they come.

-- Takes in one event of the peer's. Returns new | changed | known | conflict. A payment that this
-- region owns (the peer accepted it while we could not be reached) is put to our own judges.
CREATE FUNCTION apply_remote(p_region text, p_body jsonb, p_trace text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_view jsonb := p_body -> 'payment';
    v_merchant text := v_view ->> 'merchant';
    v_id uuid := (v_view ->> 'id')::uuid;
    v_created timestamptz := (v_view ->> 'created_at')::timestamptz;
    v_payment payments%ROWTYPE;
    v_request bytea := decode(p_body ->> 'request', 'hex');
    v_known bytea;
    v_new boolean := false;
BEGIN
    INSERT INTO inbox (merchant, consumer, event)
    VALUES (v_merchant, 'projection', (p_body ->> 'event')::uuid) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'known';
    END IF;
    PERFORM set_config('payments.projecting', 'on', true);
    INSERT INTO idempotency (merchant, id, request, fingerprint, region, created_at, status, answer)
    VALUES (v_merchant, v_id, coalesce(v_request, ''), p_body ->> 'fingerprint',
            v_view ->> 'accepted_in', v_created, 201, v_view)
    ON CONFLICT (merchant, id) DO NOTHING;
    v_new := FOUND;
    IF v_new THEN
        v_payment := insert_payment(v_merchant, v_id, v_created, v_view || jsonb_build_object(
            'card_token', p_body -> 'card_token', 'card_region', p_body -> 'card_region',
            'card_scheme', v_view #> '{card,scheme}', 'card_bin', v_view #> '{card,bin}',
            'card_last4', v_view #> '{card,last4}', 'origin', v_view -> 'accepted_in',
            'trace', to_jsonb(p_trace)));
    ELSE
        v_payment := lock_payment(v_merchant, v_id);
        SELECT k.request INTO v_known FROM idempotency k
        WHERE k.merchant = v_merchant AND k.id = v_id;
        IF v_request IS NOT NULL AND v_known = '' THEN
            UPDATE idempotency k SET request = v_request, fingerprint = p_body ->> 'fingerprint'
            WHERE k.merchant = v_merchant AND k.id = v_id;
        ELSIF v_request IS NOT NULL AND v_known <> v_request THEN
            PERFORM note_conflict(v_payment, 'different_request', v_view);
            RETURN 'conflict';
        END IF;
        IF v_payment.settled_in = p_region AND v_view ->> 'settled_in' <> p_region
            AND (p_body ->> 'settled_epoch')::bigint <= v_payment.settled_epoch THEN
            PERFORM note_conflict(v_payment, 'settled_twice', v_view);
            RETURN 'conflict';
        END IF;
    END IF;
    IF (v_view ->> 'version')::integer > v_payment.version THEN
        PERFORM copy_remote(v_payment, v_view, p_body);
    ELSIF NOT v_new THEN
        RETURN 'known';
    END IF;
    IF v_new AND v_view ->> 'state' = 'accepted' AND EXISTS (SELECT FROM ownership o
            JOIN merchants m ON m.home = o.home
            WHERE m.merchant = v_merchant AND o.owner = p_region) THEN
        PERFORM emit(v_payment, 'payments.incoming', 'payment.accepted', jsonb_build_object(
            'request', p_body ->> 'request', 'fingerprint', p_body ->> 'fingerprint'));
    END IF;
    RETURN CASE WHEN v_new THEN 'new' ELSE 'changed' END;
END
$$;

CREATE FUNCTION copy_remote(p payments, p_view jsonb, p_body jsonb) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
    UPDATE payments x SET state = p_view ->> 'state',
        captured = (p_view ->> 'captured')::bigint, refunded = (p_view ->> 'refunded')::bigint,
        settled_in = p_view ->> 'settled_in',
        settled_epoch = (p_body ->> 'settled_epoch')::bigint,
        decline_code = p_view ->> 'decline_code',
        acquirer_reference = p_body ->> 'acquirer_reference',
        version = (p_view ->> 'version')::integer,
        updated_at = (p_view ->> 'updated_at')::timestamptz,
        due_at = CASE WHEN p_view ->> 'state' IN ('accepted', 'unknown') THEN x.due_at END
    WHERE x.merchant = p.merchant AND x.id = p.id AND x.created_at = p.created_at;
$$;

CREATE FUNCTION note_conflict(p payments, p_reason text, p_theirs jsonb) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
    INSERT INTO conflicts (merchant, payment, reason, ours, theirs)
    VALUES (p.merchant, p.id, p_reason, payment_view(p), p_theirs) ON CONFLICT DO NOTHING;
    SELECT note_audit(p.merchant, p.id, 'projection', 'conflict.' || p_reason, p_theirs);
$$;

-- For operators: this region settles for `p_home` from now on. Intents that never became payments
-- here become them, under the same ids; what is not settled is put to our own judges and acquirer.
CREATE FUNCTION take_over(p_home text, p_region text) RETURNS TABLE (
    epoch bigint, replayed bigint, resumed bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_intent intents%ROWTYPE;
    v_payment payments%ROWTYPE;
    v_replayed bigint := 0;
    v_resumed bigint := 0;
    v_epoch bigint;
BEGIN
    UPDATE ownership o SET owner = p_region, epoch = o.epoch + 1, updated_at = now()
    WHERE o.home = p_home RETURNING o.epoch INTO STRICT v_epoch;
    FOR v_intent IN
        SELECT i.* FROM intents i JOIN merchants m ON m.merchant = i.merchant
        WHERE m.home = p_home AND NOT EXISTS (SELECT FROM idempotency k
            WHERE k.merchant = i.merchant AND k.id = i.id)
    LOOP
        PERFORM accept_payment(v_intent.merchant, v_intent.id, v_intent.request,
            v_intent.fingerprint, p_region, v_intent.payment);
        PERFORM confirm_durability(v_intent.merchant, v_intent.id, 'global');
        v_replayed := v_replayed + 1;
    END LOOP;
    FOR v_payment IN
        SELECT p.* FROM payments p JOIN merchants m ON m.merchant = p.merchant
        WHERE m.home = p_home AND p.state IN ('accepted', 'unknown')
    LOOP
        -- Our own Vault can open the card that came with the intent, not the other region's.
        UPDATE payments p SET card_token = i.payment ->> 'card_token',
            card_region = i.payment ->> 'card_region', due_at = now()
        FROM intents i WHERE i.merchant = p.merchant AND i.id = p.id
            AND p.merchant = v_payment.merchant AND p.id = v_payment.id
            AND p.created_at = v_payment.created_at;
        PERFORM emit(v_payment, 'payments.incoming', 'payment.accepted', '{}');
        v_resumed := v_resumed + 1;
    END LOOP;
    RETURN QUERY SELECT v_epoch, v_replayed, v_resumed;
END
$$;
