"""Room in the pages of dossiers: their steps change columns no index is on, so that a change stays in its page and touches no index."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("procedures", "0002_handling")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE procedures_dossier SET (fillfactor = 70)", "ALTER TABLE procedures_dossier RESET (fillfactor)"
        )
    ]
