"""Tables of the search: one row for each public thing that can be found, and the vector of its meaning."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """A public thing: `kind` and `ref` name it, `href` opens it. `title_words`: its title folded; `words`: what full text looks at
    (A title, B keywords, D text, all folded). `mark`: a fingerprint of what its meaning is made of."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    ref = models.TextField()
    title = models.TextField()
    text = models.TextField()
    keywords = models.TextField()
    href = models.TextField()
    language = models.TextField()
    weight = models.FloatField()
    title_words = models.TextField()
    words = SearchVectorField()
    mark = models.TextField()
    put_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "search_entry"
        indexes = [GinIndex(fields=["words"], name="search_entry_words")]
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="search_entry_once")]


class Meaning(models.Model):
    """The vector of a text's meaning by its fingerprint: 384 float16 values of length 1. Entries with the same words share it."""

    mark = models.TextField(primary_key=True)
    vector = models.BinaryField()

    class Meta:
        db_table = "search_meaning"
