"""The ledger is append-only, every movement balances, is written in one transaction and is never empty: the database sees to it."""

from django.db import migrations

FORWARD = """
ALTER TABLE payments_movement ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION payments_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER payments_movement_append_only BEFORE UPDATE OR DELETE ON payments_movement
  FOR EACH ROW EXECUTE FUNCTION payments_refuse();
CREATE TRIGGER payments_posting_append_only BEFORE UPDATE OR DELETE ON payments_posting
  FOR EACH ROW EXECUTE FUNCTION payments_refuse();
CREATE FUNCTION payments_same_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT tx FROM payments_movement WHERE id = NEW.movement_id) IS DISTINCT FROM pg_current_xact_id() THEN
    RAISE EXCEPTION 'movement % was written before; nothing is added to it', NEW.movement_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payments_posting_same_transaction BEFORE INSERT ON payments_posting
  FOR EACH ROW EXECUTE FUNCTION payments_same_transaction();
CREATE FUNCTION payments_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE total numeric; parts int;
BEGIN
  SELECT sum(amount_vnd), count(*) INTO total, parts FROM payments_posting WHERE movement_id = NEW.id;
  IF parts < 2 OR total <> 0 THEN
    RAISE EXCEPTION 'movement % does not balance: % postings, sum %', NEW.id, parts, total USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_movement_balanced AFTER INSERT ON payments_movement
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_balanced();
"""
BACKWARD = """
DROP TRIGGER payments_movement_balanced ON payments_movement;
DROP TRIGGER payments_posting_same_transaction ON payments_posting;
DROP TRIGGER payments_posting_append_only ON payments_posting;
DROP TRIGGER payments_movement_append_only ON payments_movement;
DROP FUNCTION payments_balanced();
DROP FUNCTION payments_same_transaction();
DROP FUNCTION payments_refuse();
ALTER TABLE payments_movement DROP COLUMN tx;
"""


class Migration(migrations.Migration):
    """What the ledger promises."""

    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
