-- The audit log: each row holds the hash of the row before it in its chain. A merchant has 64
-- chains, chosen by payment, so that its payments do not wait for one another's hash.

CREATE TABLE audit_heads (
    merchant text NOT NULL,
    chain smallint NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (merchant, chain)
);

CREATE TABLE audit (
    merchant text NOT NULL,
    chain smallint NOT NULL,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    payment uuid NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    detail jsonb NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (merchant, chain, position)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION audit_hash(
    p_previous bytea, p_merchant text, p_chain smallint, p_position bigint, p_at timestamptz,
    p_payment uuid, p_actor text, p_action text, p_detail jsonb
) RETURNS bytea LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT sha256(p_previous || convert_to(jsonb_build_array(p_merchant, p_chain, p_position,
        to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), p_payment, p_actor,
        p_action, p_detail)::text, 'UTF8'));
$$;

CREATE FUNCTION note_audit(
    p_merchant text, p_payment uuid, p_actor text, p_action text, p_detail jsonb
) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_chain smallint := get_byte(uuid_send(p_payment), 15) % 64;
    v_at timestamptz := clock_timestamp();
    v_head audit_heads%ROWTYPE;
    v_hash bytea;
BEGIN
    SELECT * INTO v_head FROM audit_heads
    WHERE merchant = p_merchant AND chain = v_chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads VALUES (p_merchant, v_chain, 0, '') ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT v_head FROM audit_heads
        WHERE merchant = p_merchant AND chain = v_chain FOR UPDATE;
    END IF;
    v_hash := audit_hash(v_head.hash, p_merchant, v_chain, v_head.position + 1, v_at, p_payment,
        p_actor, p_action, p_detail);
    INSERT INTO audit VALUES (p_merchant, v_chain, v_head.position + 1, v_at, p_payment, p_actor,
        p_action, p_detail, v_head.hash, v_hash);
    UPDATE audit_heads SET position = v_head.position + 1, hash = v_hash
    WHERE merchant = p_merchant AND chain = v_chain;
END
$$;

-- Rows that do not follow from the row before them, and chains whose end is missing: none, if the
-- log is whole.
CREATE FUNCTION audit_breaks() RETURNS TABLE (merchant text, chain smallint, at_position bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT merchant, chain, position FROM (
        SELECT a.*, lag(a.hash, 1, ''::bytea) OVER w AS expected,
               row_number() OVER w AS number
        FROM audit a WINDOW w AS (PARTITION BY a.merchant, a.chain ORDER BY a.position)
    ) r
    WHERE previous <> expected OR position <> number OR hash <> audit_hash(previous, merchant,
        chain, position, at, payment, actor, action, detail)
    UNION ALL
    SELECT h.merchant, h.chain, h.position FROM audit_heads h LEFT JOIN audit a
        ON (a.merchant, a.chain, a.position) = (h.merchant, h.chain, h.position)
    WHERE h.position > 0 AND a.hash IS DISTINCT FROM h.hash;
$$;
