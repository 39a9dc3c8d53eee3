-- What must agree, compared per origin region, currency and hour: nothing comes back if it does.

CREATE FUNCTION reconcile(p_since timestamptz) RETURNS TABLE (
    what text, origin text, currency text, hour timestamptz, expected bigint, found bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH p AS (
        SELECT x.*, date_trunc('hour', x.created_at) AS in_hour FROM payments x
        WHERE x.created_at >= p_since
    ),
    told AS (
        SELECT DISTINCT o.merchant, o.payment FROM outbox o
        WHERE o.type = 'payment.accepted' AND o.created_at >= p_since
    ),
    recorded AS (
        SELECT DISTINCT a.merchant, a.payment FROM audit a
        WHERE a.action = 'payment.accepted' AND a.at >= p_since
    ),
    booked AS (
        SELECT l.merchant, l.payment, sum(l.amount) AS amount FROM ledger l
        WHERE l.account = 'acquirer:receivable' GROUP BY 1, 2
    ),
    own AS (
        SELECT p.*, told.payment AS told, recorded.payment AS recorded,
               coalesce(booked.amount, 0) AS booked
        FROM p LEFT JOIN told ON (told.merchant, told.payment) = (p.merchant, p.id)
        LEFT JOIN recorded ON (recorded.merchant, recorded.payment) = (p.merchant, p.id)
        LEFT JOIN booked ON (booked.merchant, booked.payment) = (p.merchant, p.id)
    ),
    -- A payment taken in from the peer has its log, its events and its books there.
    here AS (SELECT * FROM own WHERE own.recorded IS NOT NULL OR own.booked <> 0),
    accepted AS (
        SELECT 'payment without its event' AS what, here.origin, here.currency, in_hour,
               count(*) AS expected, count(told) AS found FROM here
        WHERE recorded IS NOT NULL GROUP BY 2, 3, 4 HAVING count(*) <> count(told)
    ),
    money AS (
        SELECT 'ledger differs from payments', here.origin, here.currency, in_hour,
               sum(captured - refunded)::bigint, sum(booked)::bigint FROM here
        WHERE settled_in IS NOT NULL AND booked <> 0 GROUP BY 2, 3, 4
        HAVING sum(captured - refunded) <> sum(booked)
    ),
    whole AS (
        SELECT 'ledger does not sum to zero', NULL::text, l.currency, NULL::timestamptz,
               0::bigint, sum(l.amount)::bigint FROM ledger l GROUP BY 3 HAVING sum(l.amount) <> 0
        UNION ALL
        SELECT 'audit log is broken', NULL, NULL, NULL, 0, count(*) FROM audit_breaks()
        HAVING count(*) > 0
        UNION ALL
        SELECT 'both regions acted', NULL, NULL, NULL, 0, count(*) FROM conflicts
        WHERE resolved_at IS NULL HAVING count(*) > 0
        UNION ALL
        SELECT 'outside every month''s partition', NULL, NULL, NULL, 0, count(*)
        FROM payments_default HAVING count(*) > 0
        UNION ALL
        SELECT 'event not relayed for a minute', NULL, NULL, NULL, 0, count(*) FROM outbox o
        WHERE o.sent_at IS NULL AND o.created_at < now() - interval '1 minute'
        HAVING count(*) > 0
        UNION ALL
        SELECT 'charged by no one for a quarter of an hour', own.origin, own.currency, in_hour, 0,
               count(*) FROM own
        WHERE state IN ('accepted', 'unknown') AND created_at < now() - interval '15 minutes'
        GROUP BY 2, 3, 4
        UNION ALL
        SELECT 'intent that is no payment', i.origin, i.payment ->> 'currency',
               date_trunc('hour', i.received_at), 0, count(*) FROM intents i
        WHERE i.received_at >= p_since AND i.received_at < now() - interval '15 minutes'
            AND NOT EXISTS (SELECT FROM idempotency k WHERE k.merchant = i.merchant
                AND k.id = i.id)
        GROUP BY 2, 3, 4
    )
    SELECT * FROM accepted UNION ALL SELECT * FROM money UNION ALL SELECT * FROM whole;
$$;
REVOKE ALL ON FUNCTION reconcile(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reconcile(timestamptz) TO payments_readonly, payments_breakglass;
