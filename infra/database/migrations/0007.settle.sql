-- Verdicts and settlement: each function is one consumer's effect, with its inbox row, in one
-- transaction.

-- Errors of SQLSTATE EK001 mean: ownership has moved on, nothing was written.
CREATE FUNCTION require_epoch(p_merchant text, p_region text, p_epoch bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM ownership o JOIN merchants m ON m.home = o.home
    WHERE m.merchant = p_merchant AND o.owner = p_region AND o.epoch = p_epoch FOR SHARE OF o;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% no longer settles for % under epoch %', p_region, p_merchant, p_epoch
            USING ERRCODE = 'EK001';
    END IF;
END
$$;

CREATE FUNCTION lock_payment(p_merchant text, p_id uuid) RETURNS payments
LANGUAGE sql SET search_path = public, pg_temp AS $$
    SELECT p.* FROM payments p
    WHERE p.merchant = p_merchant AND p.id = p_id AND p.created_at =
        (SELECT k.created_at FROM idempotency k WHERE k.merchant = p_merchant AND k.id = p_id)
    FOR UPDATE;
$$;

-- Returns whether this was news.
CREATE FUNCTION give_verdict(
    p_merchant text, p_payment uuid, p_event uuid, p_judge text, p_verdict text, p_reason text,
    p_region text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_payment payments%ROWTYPE;
BEGIN
    INSERT INTO inbox (merchant, consumer, event) VALUES (p_merchant, p_judge, p_event)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    v_payment := lock_payment(p_merchant, p_payment);
    IF v_payment.id IS NULL THEN
        RAISE EXCEPTION 'payment % of % is not here', p_payment, p_merchant;
    END IF;
    INSERT INTO verdicts (merchant, payment, judge, verdict, reason)
    VALUES (p_merchant, p_payment, p_judge, p_verdict, p_reason) ON CONFLICT DO NOTHING;
    PERFORM emit(v_payment, 'payments.verdicts', 'payment.judged.' || p_judge,
        jsonb_build_object('judge', p_judge, 'verdict', p_verdict, 'reason', p_reason));
    PERFORM note_audit(p_merchant, p_payment, p_judge || ':' || p_region, 'payment.judged',
        jsonb_build_object('verdict', p_verdict, 'reason', p_reason));
    RETURN true;
END
$$;

-- Moves a payment on and tells of it. The caller holds the row's lock.
CREATE FUNCTION change_payment(
    p payments, p_state text, p_region text, p_epoch bigint, p_code text, p_reference text,
    p_captured bigint, p_refunded bigint, p_actor text, p_type text
) RETURNS payments LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_payment payments%ROWTYPE;
BEGIN
    UPDATE payments x SET state = p_state, settled_in = p_region, settled_epoch = p_epoch,
        decline_code = coalesce(p_code, x.decline_code),
        acquirer_reference = coalesce(p_reference, x.acquirer_reference),
        captured = x.captured + p_captured, refunded = x.refunded + p_refunded,
        version = x.version + 1, updated_at = now(),
        due_at = CASE WHEN p_state IN ('accepted', 'unknown') THEN now() + interval '2 seconds' END
    WHERE x.merchant = p.merchant AND x.id = p.id AND x.created_at = p.created_at
    RETURNING * INTO STRICT v_payment;
    PERFORM emit(v_payment, 'payments.settled', p_type, '{}');
    PERFORM note_audit(p.merchant, p.id, p_actor || ':' || p_region, p_type,
        jsonb_build_object('state', v_payment.state, 'captured', v_payment.captured,
            'refunded', v_payment.refunded, 'code', p_code, 'epoch', p_epoch));
    RETURN v_payment;
END
$$;

-- Claims a payment for its charge at the acquirer, for thirty seconds. NULL when there is nothing
-- to do: settled, not judged by both yet, claimed by another, or another region's.
CREATE FUNCTION begin_settlement(p_merchant text, p_payment uuid, p_region text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_payment payments%ROWTYPE;
    v_epoch bigint;
    v_judges integer;
    v_refusal text;
BEGIN
    SELECT o.epoch INTO v_epoch FROM ownership o JOIN merchants m ON m.home = o.home
    WHERE m.merchant = p_merchant AND o.owner = p_region;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    v_payment := lock_payment(p_merchant, p_payment);
    IF v_payment.id IS NULL OR v_payment.state NOT IN ('accepted', 'unknown') THEN
        RETURN NULL;
    END IF;
    SELECT count(*), min(v.judge || '_refused') FILTER (WHERE v.verdict = 'refuse')
    INTO v_judges, v_refusal FROM verdicts v
    WHERE v.merchant = p_merchant AND v.payment = p_payment;
    IF v_judges < 2 THEN
        UPDATE payments p SET due_at = now() + interval '30 seconds'
        WHERE p.merchant = p_merchant AND p.id = p_payment AND p.due_at < now()
            AND p.created_at = v_payment.created_at;
        RETURN NULL;
    END IF;
    IF v_refusal IS NOT NULL AND v_payment.state = 'accepted' THEN
        PERFORM change_payment(v_payment, 'declined', p_region, v_epoch, v_refusal, NULL, 0, 0,
            'processor', 'payment.declined');
        RETURN NULL;
    END IF;
    IF v_payment.attempts > 0 AND v_payment.due_at > now() THEN
        RETURN NULL;
    END IF;
    UPDATE payments p SET attempts = p.attempts + 1, due_at = now() + interval '30 seconds'
    WHERE p.merchant = p_merchant AND p.id = p_payment AND p.created_at = v_payment.created_at;
    RETURN payment_view(v_payment) || jsonb_build_object('card_token', v_payment.card_token,
        'card_region', v_payment.card_region, 'attempts', v_payment.attempts + 1,
        'epoch', v_epoch, 'trace', v_payment.trace);
END
$$;

-- outcome: authorised | captured | declined | unknown | retry. Returns whether it changed anything.
CREATE FUNCTION finish_settlement(
    p_merchant text, p_payment uuid, p_region text, p_epoch bigint, p_outcome text,
    p_reference text, p_code text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_payment payments%ROWTYPE;
BEGIN
    PERFORM require_epoch(p_merchant, p_region, p_epoch);
    v_payment := lock_payment(p_merchant, p_payment);
    IF v_payment.state NOT IN ('accepted', 'unknown') OR v_payment.state = p_outcome
        OR p_outcome = 'retry' THEN
        UPDATE payments p SET due_at = now()
            + least(300, power(2, least(p.attempts, 9))) * interval '1 second'
        WHERE p.merchant = p_merchant AND p.id = p_payment AND p.created_at = v_payment.created_at
            AND p.state IN ('accepted', 'unknown');
        RETURN false;
    END IF;
    IF p_outcome <> 'unknown' THEN
        -- The effect's own mark: whatever hears of this payment again changes nothing.
        INSERT INTO inbox (merchant, consumer, event) VALUES (p_merchant, 'processor', p_payment);
    END IF;
    IF p_outcome = 'captured' THEN
        PERFORM post(p_merchant, p_payment, p_payment, 'acquirer:receivable', 'merchant:payable',
            v_payment.currency, v_payment.amount);
    END IF;
    PERFORM change_payment(v_payment, p_outcome, p_region, p_epoch, p_code, p_reference,
        CASE WHEN p_outcome = 'captured' THEN v_payment.amount ELSE 0 END, 0, 'processor',
        'payment.' || p_outcome);
    RETURN true;
END
$$;

