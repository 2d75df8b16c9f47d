"""Search of public reports and known answers without accents."""

from django.db import migrations

FORWARD = """
CREATE INDEX hotline_report_words ON hotline_report USING gin (words gin_trgm_ops) WHERE listed;
CREATE INDEX hotline_answer_words ON hotline_answer USING gin (words gin_trgm_ops);
"""
BACKWARD = "DROP INDEX hotline_answer_words; DROP INDEX hotline_report_words;"


class Migration(migrations.Migration):
    """What plain SQL says better than a model; `pg_trgm` and `cases_fold` come with the cases engine."""

    dependencies = [("hotline", "0001_initial"), ("cases", "0002_inbox")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
