"""What was saved on screen stands in a table of its own, so that saving a version again never changes what held before."""

import django.db.models.functions.datetime
from django.db import migrations, models

COPY = """
INSERT INTO forms_release (form_id, version, valid_from, saved_by, saved_at, note)
SELECT id, version, valid_from, saved_by, saved_at, note FROM forms_version WHERE valid_from IS NOT NULL ORDER BY saved_at
"""
BACK = """
UPDATE forms_version v SET valid_from = r.valid_from, saved_by = r.saved_by, saved_at = r.saved_at, note = r.note
FROM (SELECT DISTINCT ON (version) * FROM forms_release ORDER BY version, id DESC) r WHERE r.version = v.version
"""


class Migration(migrations.Migration):
    dependencies = [("forms", "0002_beside")]

    operations = [
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form_id", models.TextField()),
                ("version", models.TextField()),
                ("valid_from", models.DateField()),
                ("saved_by", models.TextField(db_default="")),
                ("saved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("note", models.TextField(db_default="")),
            ],
            options={
                "db_table": "forms_release",
                "indexes": [models.Index(fields=["form_id", "-valid_from", "-id"], name="forms_in_force")],
            },
        ),
        migrations.RunSQL(COPY, BACK),
        migrations.RemoveIndex(model_name="version", name="forms_saved"),
        migrations.RemoveField(model_name="version", name="valid_from"),
        migrations.RemoveField(model_name="version", name="saved_by"),
        migrations.RemoveField(model_name="version", name="saved_at"),
        migrations.RemoveField(model_name="version", name="note"),
    ]
