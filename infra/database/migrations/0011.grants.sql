-- Services call functions and touch no table: what a role may do is the list of what it may call.
-- The roles themselves are made before the migrations run.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Small tables without a merchant's payments in them may be read where they steer a part.
GRANT SELECT ON merchants, ownership, signing_keys, downstreams TO payments_api, payments_relay,
    payments_fraud, payments_risk, payments_processor, payments_projection;
GRANT EXECUTE ON FUNCTION adopt_ownership(text, text, bigint)
    TO payments_api, payments_processor, payments_projection;

GRANT EXECUTE ON FUNCTION
    accept_payment(text, uuid, bytea, text, text, jsonb, boolean),
    confirm_durability(text, uuid, text),
    keep_intent(text, uuid, bytea, text, text, jsonb),
    find_payment(text, uuid),
    list_payments(text, integer, timestamptz, uuid, text, text, timestamptz),
    request_operation(text, uuid, bytea, text, uuid, text, bigint, text),
    list_operations(text, uuid),
    keep_signing_key(text, text, jsonb),
    note_downstream(text, text)
TO payments_api;

GRANT EXECUTE ON FUNCTION
    unsent(smallint[], integer), mark_sent(text[], uuid[]), outbox_depth(),
    claim_deliveries(integer), finish_delivery(text, uuid, text, interval, text), tidy()
TO payments_relay;

GRANT EXECUTE ON FUNCTION give_verdict(text, uuid, uuid, text, text, text, text)
TO payments_fraud, payments_risk;

GRANT EXECUTE ON FUNCTION
    begin_settlement(text, uuid, text),
    finish_settlement(text, uuid, text, bigint, text, text, text),
    begin_operation(text, uuid, text),
    finish_operation(text, uuid, text, bigint, text, text),
    due_work(text, integer),
    note_downstream(text, text)
TO payments_processor;

GRANT EXECUTE ON FUNCTION apply_remote(text, jsonb, text) TO payments_projection;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO payments_readonly, payments_breakglass;
GRANT EXECUTE ON FUNCTION audit_breaks(), outbox_depth(), payment_view(payments),
    operation_view(operations), find_payment(text, uuid),
    audit_hash(bytea, text, smallint, bigint, timestamptz, uuid, text, text, jsonb)
TO payments_readonly, payments_breakglass;
GRANT EXECUTE ON FUNCTION
    register_merchant(text, text, text[], text, text, text, bigint, text, text),
    take_over(text, text), replay_deliveries(text)
TO payments_breakglass;
