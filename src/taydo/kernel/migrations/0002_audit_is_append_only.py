"""Audit rows know their transaction (so that the sealer never passes a running one) and can be neither changed nor deleted."""

from django.db import migrations

FORWARD = """
ALTER TABLE kernel_audit ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION kernel_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit rows are append-only'; END $$;
CREATE TRIGGER kernel_audit_append_only BEFORE UPDATE OR DELETE ON kernel_audit
  FOR EACH ROW EXECUTE FUNCTION kernel_audit_refuse();
CREATE TRIGGER kernel_auditleaf_append_only BEFORE UPDATE OR DELETE ON kernel_auditleaf
  FOR EACH ROW EXECUTE FUNCTION kernel_audit_refuse();
"""
BACKWARD = """
DROP TRIGGER kernel_audit_append_only ON kernel_audit;
DROP TRIGGER kernel_auditleaf_append_only ON kernel_auditleaf;
DROP FUNCTION kernel_audit_refuse();
ALTER TABLE kernel_audit DROP COLUMN tx;
"""


class Migration(migrations.Migration):
    """Append-only audit."""

    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
