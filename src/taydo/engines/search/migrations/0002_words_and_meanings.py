"""Pairs of words beside the words, how rare each is, and the version every change raises."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0001_entities")]
    operations = [
        migrations.RunSQL(["CREATE SEQUENCE search_version"], ["DROP SEQUENCE search_version"]),
        migrations.AddField("entry", "keyword_words", models.TextField(db_default="")),
        migrations.AddField("entry", "titles", django.contrib.postgres.search.SearchVectorField(db_default="")),
        migrations.AddField("entry", "version", models.BigIntegerField(db_default=0)),
        migrations.AddIndex(
            "entry", django.contrib.postgres.indexes.GinIndex(fields=["titles"], name="search_entry_titles")
        ),
        migrations.AddIndex("entry", models.Index(fields=["version"], name="search_entry_version")),
        migrations.AddIndex("entry", models.Index(fields=["mark"], name="search_entry_mark")),
        migrations.CreateModel(
            "Term",
            [("word", models.TextField(primary_key=True, serialize=False)), ("entries", models.IntegerField())],
            options={"db_table": "search_term"},
        ),
        migrations.CreateModel(
            "Mark",
            [
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("of", models.TextField()),
            ],
            options={"db_table": "search_mark"},
        ),
        # What was put before this is put again by its owners: `taydo load` and the parts' own events.
        migrations.RunSQL(["DELETE FROM search_entry"], migrations.RunSQL.noop),
    ]
