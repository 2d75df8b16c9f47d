"""Tables of the search: a row for each public thing that can be found, the words of all, and the vectors of what they mean."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """A public thing: `kind` and `ref` name it, `href` opens it.

    `title_words`, `keyword_words`: folded. `titles` holds their words and pairs (`khaisinh`), `words` the words of the text.
    `mark`: a fingerprint of what its meaning is made of. `version` grows with every change of any entry.
    """

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
    keyword_words = models.TextField(db_default="")
    titles = SearchVectorField(db_default="")
    words = SearchVectorField()
    mark = models.TextField()
    version = models.BigIntegerField(db_default=0)
    put_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "search_entry"
        indexes = [
            GinIndex(fields=["titles"], name="search_entry_titles"),
            GinIndex(fields=["words"], name="search_entry_words"),
            models.Index(fields=["version"], name="search_entry_version"),
            models.Index(fields=["mark"], name="search_entry_mark"),
        ]
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="search_entry_once")]


class Term(models.Model):
    """A folded word, or two written together, and in how many entries it stands."""

    word = models.TextField(primary_key=True)
    entries = models.IntegerField()

    class Meta:
        db_table = "search_term"


class Meaning(models.Model):
    """The vector of a text's meaning by its fingerprint: 384 float16 of length 1. Entries that say the same share it."""

    mark = models.TextField(primary_key=True)
    vector = models.BinaryField()

    class Meta:
        db_table = "search_meaning"


class Mark(models.Model):
    """What processes keep in memory, by name (`terms`, `meanings`): `version` grows when it must be read anew; `of`: made from what."""

    name = models.TextField(primary_key=True)
    version = models.BigIntegerField()
    of = models.TextField()

    class Meta:
        db_table = "search_mark"
