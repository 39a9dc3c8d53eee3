-- What the relay reads and marks. It holds an advisory lock on each slice that it reads, so two
-- relays share the slices and neither can reorder one payment's events.

CREATE FUNCTION unsent(p_slices smallint[], p_limit integer) RETURNS TABLE (
    merchant text, event uuid, payment uuid, topic text, type text, body jsonb, trace text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.merchant, o.event, o.payment, o.topic, o.type, o.body, o.trace FROM outbox o
    WHERE o.sent_at IS NULL AND o.slice = ANY (p_slices) ORDER BY o.position LIMIT p_limit;
$$;

CREATE FUNCTION mark_sent(p_merchants text[], p_events uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE outbox o SET sent_at = now()
    FROM unnest(p_merchants, p_events) AS s (merchant, event)
    WHERE o.merchant = s.merchant AND o.event = s.event;
$$;

CREATE FUNCTION outbox_depth() RETURNS TABLE (unsent bigint, oldest_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*), coalesce(extract(epoch FROM now() - min(o.created_at)), 0)::float8
    FROM outbox o WHERE o.sent_at IS NULL;
$$;

-- Claims deliveries for a minute. The webhook's secret comes as it is kept: sealed.
CREATE FUNCTION claim_deliveries(p_limit integer) RETURNS TABLE (
    merchant text, event uuid, body jsonb, attempts integer, created_at timestamptz, url text,
    secret text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH due AS (
        SELECT d.merchant, d.event FROM deliveries d
        WHERE d.state = 'pending' AND d.due_at <= now()
        ORDER BY d.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d SET attempts = d.attempts + 1, due_at = now() + interval '1 minute'
    FROM due, merchants m
    WHERE d.merchant = due.merchant AND d.event = due.event AND m.merchant = d.merchant
    RETURNING d.merchant, d.event, d.body, d.attempts, d.created_at, m.webhook_url,
        m.webhook_secret;
END
$$;

-- state: delivered | dead | pending (again after `p_wait`).
CREATE FUNCTION finish_delivery(
    p_merchant text, p_event uuid, p_state text, p_wait interval, p_error text
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE deliveries d SET state = p_state, due_at = now() + p_wait, last_error = p_error
    WHERE d.merchant = p_merchant AND d.event = p_event;
$$;

-- For operators: sends the dead letters of a merchant once more; returns how many.
CREATE FUNCTION replay_deliveries(p_merchant text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH revived AS (
        UPDATE deliveries d SET state = 'pending', attempts = 0, due_at = now(),
            created_at = now()
        WHERE d.merchant = p_merchant AND d.state = 'dead' RETURNING 1
    )
    SELECT count(*) FROM revived;
$$;

-- Forgets what nothing asks for any more; the answers of keys are kept 31 days, their rows longer.
CREATE FUNCTION tidy() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT make_partitions();
    DELETE FROM outbox WHERE sent_at < now() - interval '14 days';
    DELETE FROM inbox WHERE heard_at < now() - interval '31 days' AND consumer <> 'processor';
    DELETE FROM deliveries WHERE state = 'delivered' AND created_at < now() - interval '31 days';
$$;
