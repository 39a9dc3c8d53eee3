-- Captures, voids and refunds: each is a row of its own, made under the payment's lock.

CREATE FUNCTION operation_view(o operations) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object('id', o.id, 'payment', o.payment, 'kind', o.kind,
        'amount', o.amount, 'state', o.state, 'code', o.code,
        'created_at', to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
$$;

-- Why an operation is refused, or NULL. What is asked for and not failed counts as done, so that
-- two requests at once cannot exceed the payment together.
CREATE FUNCTION operation_refusal(p payments, p_kind text, p_amount bigint, p_currency text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    v_captures bigint;
    v_refunds bigint;
    v_voids bigint;
BEGIN
    SELECT coalesce(sum(amount) FILTER (WHERE kind = 'capture'), 0),
           coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0),
           count(*) FILTER (WHERE kind = 'void')
    INTO v_captures, v_refunds, v_voids FROM operations
    WHERE merchant = p.merchant AND payment = p.id AND state <> 'failed';
    IF p_currency IS NOT NULL AND p_currency <> p.currency THEN
        RETURN 'currency_mismatch';
    END IF;
    IF p_kind = 'capture' THEN
        IF p.state NOT IN ('authorised', 'captured') OR p.capture = 'automatic' OR v_voids > 0 THEN
            RETURN 'state_forbids';
        END IF;
        RETURN CASE WHEN v_captures + p_amount > p.amount THEN 'exceeds_authorised' END;
    ELSIF p_kind = 'refund' THEN
        IF p.state <> 'captured' THEN
            RETURN 'state_forbids';
        END IF;
        RETURN CASE WHEN v_refunds + p_amount > p.captured THEN 'exceeds_captured' END;
    END IF;
    RETURN CASE WHEN p.state <> 'authorised' OR v_captures > 0 OR v_voids > 0
        THEN 'state_forbids' END;
END
$$;

-- The amount meant where none is given: all that is left.
CREATE FUNCTION operation_amount(p payments, p_kind text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE p_kind WHEN 'void' THEN p.amount WHEN 'capture' THEN p.amount ELSE p.captured END
        - coalesce(sum(o.amount), 0)::bigint
    FROM operations o WHERE o.merchant = p.merchant AND o.payment = p.id AND o.kind = p_kind
        AND o.state <> 'failed';
$$;

-- outcome: created | replayed | mismatch | in_flight | not_found | not_owner | state_forbids
-- | currency_mismatch | exceeds_authorised | exceeds_captured.
CREATE FUNCTION request_operation(
    p_merchant text, p_id uuid, p_request bytea, p_region text, p_payment uuid, p_kind text,
    p_amount bigint, p_currency text
) RETURNS TABLE (outcome text, status smallint, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_key idempotency%ROWTYPE;
    v_payment payments%ROWTYPE;
    v_operation operations%ROWTYPE;
    v_amount bigint;
    v_refusal text;
BEGIN
    v_payment := lock_payment(p_merchant, p_payment);
    SELECT * INTO v_key FROM idempotency k WHERE k.merchant = p_merchant AND k.id = p_id;
    IF FOUND THEN
        RETURN QUERY SELECT key_answer(v_key, p_request, NULL, p_region), v_key.status,
            v_key.answer;
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM ownership o JOIN merchants m ON m.home = o.home
                   WHERE m.merchant = p_merchant AND o.owner = p_region) THEN
        RETURN QUERY SELECT 'not_owner'::text, 503::smallint, NULL::jsonb;
        RETURN;
    END IF;
    IF v_payment.id IS NULL THEN
        RETURN QUERY SELECT 'not_found'::text, 404::smallint, NULL::jsonb;
        RETURN;
    END IF;
    v_amount := coalesce(p_amount, operation_amount(v_payment, p_kind));
    v_refusal := operation_refusal(v_payment, p_kind, v_amount, p_currency);
    IF v_refusal IS NULL AND v_amount <= 0 THEN
        v_refusal := CASE p_kind WHEN 'refund' THEN 'exceeds_captured' ELSE 'exceeds_authorised' END;
    END IF;
    IF v_refusal IS NOT NULL THEN
        RETURN QUERY SELECT v_refusal, 409::smallint, payment_view(v_payment);
        RETURN;
    END IF;
    INSERT INTO operations (merchant, id, payment, kind, amount, due_at)
    VALUES (p_merchant, p_id, p_payment, p_kind, v_amount, now() + interval '10 seconds')
    RETURNING * INTO v_operation;
    INSERT INTO idempotency (merchant, id, request, region, created_at, status, answer)
    VALUES (p_merchant, p_id, p_request, p_region, now(), 201, operation_view(v_operation));
    PERFORM emit(v_payment, 'payments.incoming', 'operation.requested.' || p_id,
        jsonb_build_object('operation', operation_view(v_operation)));
    PERFORM note_audit(p_merchant, p_payment, 'api:' || p_region, 'operation.requested',
        operation_view(v_operation));
    RETURN QUERY SELECT 'created'::text, 201::smallint, operation_view(v_operation);
END
$$;

CREATE FUNCTION list_operations(p_merchant text, p_payment uuid) RETURNS SETOF jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT operation_view(o) FROM operations o
    WHERE o.merchant = p_merchant AND o.payment = p_payment ORDER BY o.created_at, o.id;
$$;

-- Claims an operation for the acquirer for thirty seconds; NULL when there is nothing to do.
CREATE FUNCTION begin_operation(p_merchant text, p_id uuid, p_region text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_operation operations%ROWTYPE;
    v_payment payments%ROWTYPE;
    v_epoch bigint;
BEGIN
    SELECT o.epoch INTO v_epoch FROM ownership o JOIN merchants m ON m.home = o.home
    WHERE m.merchant = p_merchant AND o.owner = p_region;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_operation FROM operations o
    WHERE o.merchant = p_merchant AND o.id = p_id FOR UPDATE;
    IF NOT FOUND OR v_operation.state NOT IN ('pending', 'unknown')
        OR (v_operation.attempts > 0 AND v_operation.due_at > now()) THEN
        RETURN NULL;
    END IF;
    UPDATE operations o SET attempts = o.attempts + 1, due_at = now() + interval '30 seconds'
    WHERE o.merchant = p_merchant AND o.id = p_id;
    SELECT p.* INTO v_payment FROM payments p JOIN idempotency k
        ON k.merchant = p.merchant AND k.id = p.id AND k.created_at = p.created_at
    WHERE p.merchant = p_merchant AND p.id = v_operation.payment;
    RETURN operation_view(v_operation) || jsonb_build_object('epoch', v_epoch,
        'attempts', v_operation.attempts + 1, 'currency', v_payment.currency,
        'trace', v_payment.trace);
END
$$;

-- outcome: succeeded | failed | unknown | retry. Returns whether it changed anything.
CREATE FUNCTION finish_operation(
    p_merchant text, p_id uuid, p_region text, p_epoch bigint, p_outcome text, p_code text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_operation operations%ROWTYPE;
    v_payment payments%ROWTYPE;
    v_state text;
BEGIN
    PERFORM require_epoch(p_merchant, p_region, p_epoch);
    SELECT o.payment INTO STRICT v_payment.id FROM operations o
    WHERE o.merchant = p_merchant AND o.id = p_id;
    v_payment := lock_payment(p_merchant, v_payment.id);
    SELECT * INTO STRICT v_operation FROM operations o
    WHERE o.merchant = p_merchant AND o.id = p_id FOR UPDATE;
    IF v_operation.state NOT IN ('pending', 'unknown') THEN
        RETURN false;
    END IF;
    UPDATE operations o SET code = p_code, updated_at = now(),
        state = CASE WHEN p_outcome = 'retry' THEN o.state ELSE p_outcome END,
        due_at = CASE WHEN p_outcome IN ('retry', 'unknown') THEN now()
            + least(300, power(2, least(o.attempts, 9))) * interval '1 second' END
    WHERE o.merchant = p_merchant AND o.id = p_id RETURNING * INTO v_operation;
    IF p_outcome IN ('retry', 'unknown') THEN
        RETURN false;
    END IF;
    INSERT INTO inbox (merchant, consumer, event) VALUES (p_merchant, 'processor', p_id);
    IF p_outcome = 'failed' THEN
        PERFORM change_payment(v_payment, v_payment.state, p_region, p_epoch, NULL, NULL, 0, 0,
            'processor', v_operation.kind || '.failed');
    ELSIF v_operation.kind = 'capture' THEN
        PERFORM post(p_merchant, p_id, v_payment.id, 'acquirer:receivable', 'merchant:payable',
            v_payment.currency, v_operation.amount);
        PERFORM change_payment(v_payment, 'captured', p_region, p_epoch, NULL, NULL,
            v_operation.amount, 0, 'processor', 'payment.captured');
    ELSIF v_operation.kind = 'refund' THEN
        PERFORM post(p_merchant, p_id, v_payment.id, 'merchant:payable', 'acquirer:receivable',
            v_payment.currency, v_operation.amount);
        v_state := CASE WHEN v_payment.refunded + v_operation.amount = v_payment.amount
            THEN 'refunded' ELSE 'captured' END;
        PERFORM change_payment(v_payment, v_state, p_region, p_epoch, NULL, NULL, 0,
            v_operation.amount, 'processor', 'payment.refunded');
    ELSE
        PERFORM change_payment(v_payment, 'voided', p_region, p_epoch, NULL, NULL, 0, 0,
            'processor', 'payment.voided');
    END IF;
    RETURN true;
END
$$;

-- Payments and operations of this region's that wait for the acquirer and are due.
CREATE FUNCTION due_work(p_region text, p_limit integer)
RETURNS TABLE (kind text, merchant text, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    (SELECT 'payment', p.merchant, p.id FROM payments p
     JOIN merchants m ON m.merchant = p.merchant JOIN ownership w ON w.home = m.home
     WHERE p.state IN ('accepted', 'unknown') AND p.due_at < now() AND w.owner = p_region
     ORDER BY p.due_at LIMIT p_limit)
    UNION ALL
    (SELECT 'operation', o.merchant, o.id FROM operations o
     JOIN merchants m ON m.merchant = o.merchant JOIN ownership w ON w.home = m.home
     WHERE o.state IN ('pending', 'unknown') AND o.due_at < now() AND w.owner = p_region
     ORDER BY o.due_at LIMIT p_limit);
$$;
