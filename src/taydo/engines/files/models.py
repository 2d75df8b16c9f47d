"""The table of files: whose, about what, of which content."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class File(models.Model):
    """A file that was kept. Its bytes stand on disk under `sha256`; `scan`: clean, infected, unscanned; place: WGS 84."""

    id = models.UUIDField(primary_key=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.TextField()
    content_type = models.TextField()
    scan = models.TextField()
    object_kind = models.TextField(db_default="")
    object_id = models.TextField(db_default="")
    agency = models.TextField(db_default="")
    public = models.BooleanField(db_default=False)
    kept_by = models.BigIntegerField(null=True)
    kept_at = models.DateTimeField(db_default=Now())
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)

    class Meta:
        db_table = "files_file"
        indexes = [
            models.Index(fields=["object_kind", "object_id"], name="files_object"),
            models.Index(fields=["sha256"], name="files_content"),
            models.Index(fields=["kept_at"], condition=models.Q(scan="unscanned"), name="files_unscanned"),
        ]
