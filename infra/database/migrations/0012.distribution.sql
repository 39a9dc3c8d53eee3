-- Shards by merchant where Citus is; the same tables, whole, where it is not.

CREATE FUNCTION distribute() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_table text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    -- The triggers here read the row's own shard and small tables only, which Citus cannot know.
    PERFORM set_config('citus.enable_unsafe_triggers', 'on', true);
    FOREACH v_table IN ARRAY ARRAY['merchants', 'ownership', 'signing_keys', 'downstreams', 'moves']
    LOOP
        EXECUTE format('SELECT create_reference_table(%L)', v_table);
    END LOOP;
    EXECUTE 'SELECT create_distributed_table(''payments'', ''merchant'', shard_count => 96)';
    FOREACH v_table IN ARRAY ARRAY['idempotency', 'outbox', 'inbox', 'verdicts', 'operations',
        'intents', 'conflicts', 'deliveries', 'ledger', 'audit', 'audit_heads']
    LOOP
        EXECUTE format('SELECT create_distributed_table(%L, ''merchant'', colocate_with => %L)',
            v_table, 'payments');
    END LOOP;
END
$$;

SELECT distribute();
