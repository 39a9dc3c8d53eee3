-- The double-entry ledger: integers in minor units, zero for each journal and currency at commit.

CREATE TABLE ledger (
    merchant text NOT NULL,
    journal uuid NOT NULL,
    account text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    payment uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (merchant, journal, account, currency)
);

-- It runs at commit, when the function that posted has given its rights back.
CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.ledger WHERE merchant = NEW.merchant AND journal = NEW.journal
        GROUP BY currency HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'journal % does not sum to zero', NEW.journal
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Posts one movement between two accounts. `journal` is the id of what caused it: posting the same
-- cause twice breaks the primary key.
CREATE FUNCTION post(
    p_merchant text, p_journal uuid, p_payment uuid, p_debit text, p_credit text,
    p_currency text, p_amount bigint
) RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
    INSERT INTO ledger (merchant, journal, account, currency, amount, payment) VALUES
        (p_merchant, p_journal, p_debit, p_currency, p_amount, p_payment),
        (p_merchant, p_journal, p_credit, p_currency, -p_amount, p_payment);
$$;
