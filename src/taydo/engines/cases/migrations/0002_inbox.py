"""Inbox order, search without diacritics, and a timeline that only grows."""

from django.db import migrations

MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
PLAIN = "a" * 17 + "e" * 11 + "i" * 5 + "o" * 17 + "u" * 11 + "y" * 5 + "d"
FORWARD = f"""
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE FUNCTION cases_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT translate(lower(normalize(words, NFC)), '{MARKED}', '{PLAIN}') $$;

CREATE INDEX cases_words_trgm ON cases_words USING gin (words gin_trgm_ops);

-- The most urgent first: of one agency, of one owner, of the whole city. A case without a deadline comes last.
CREATE INDEX cases_inbox ON cases_case (agency, coalesce(due_at, 'infinity'::timestamptz), id) WHERE phase <> 'done';
CREATE INDEX cases_mine ON cases_case (owner_id, coalesce(due_at, 'infinity'::timestamptz), id) WHERE phase <> 'done';
CREATE INDEX cases_urgent ON cases_case (coalesce(due_at, 'infinity'::timestamptz), id) WHERE phase <> 'done';

CREATE FUNCTION cases_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a timeline is append-only'; END $$;
CREATE TRIGGER cases_event_append_only BEFORE UPDATE OR DELETE ON cases_event
    FOR EACH ROW EXECUTE FUNCTION cases_event_refuse();
"""
BACKWARD = """
DROP TRIGGER cases_event_append_only ON cases_event;
DROP FUNCTION cases_event_refuse();
DROP INDEX cases_urgent, cases_mine, cases_inbox;
DROP INDEX cases_words_trgm;
DROP FUNCTION cases_fold(text);
"""


class Migration(migrations.Migration):
    """What plain SQL says better than a model."""

    dependencies = [("cases", "0001_entities")]
    # As a list: Django's own splitting would tear the functions apart.
    operations = [migrations.RunSQL([FORWARD], BACKWARD)]
