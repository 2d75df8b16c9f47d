"""Looks at personal data, by the person whose data it is; they can be neither changed nor deleted."""

import django.db.models.functions.datetime
from django.db import migrations, models

FORWARD = """CREATE TRIGGER kernel_look_append_only BEFORE UPDATE OR DELETE ON kernel_look
  FOR EACH ROW EXECUTE FUNCTION kernel_audit_refuse();"""
BACKWARD = "DROP TRIGGER kernel_look_append_only ON kernel_look;"


class Migration(migrations.Migration):
    """Who looked at my data."""

    dependencies = [("kernel", "0002_audit_is_append_only")]
    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("viewer", models.BigIntegerField(null=True)),
                ("viewer_name", models.CharField(max_length=200)),
                ("agency", models.CharField(blank=True, default="", max_length=40)),
                ("kind", models.CharField(max_length=40)),
                ("object_id", models.CharField(max_length=80)),
                ("purpose", models.TextField()),
            ],
            options={"indexes": [models.Index(fields=["person", "-id"], name="kernel_look_of_person")]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
