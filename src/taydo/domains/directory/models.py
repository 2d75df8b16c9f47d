"""Tables of the directory. Agencies and posts are never deleted: they end on a day."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .rules import CODE_PATTERN, OLD_PATTERN, STATUSES

_ENDS_LATER = models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from"))


class Agency(models.Model):
    """An agency under its QĐ 20 code, which is never given to another; `code_old` is the former style, `""` when it has none."""

    code = models.TextField(primary_key=True)
    code_old = models.TextField(db_default="", default="")
    code_status = models.TextField(db_default="official", default="official")
    parent = models.TextField(db_default="", default="")
    name = models.TextField()
    name_en = models.TextField()
    short = models.TextField(db_default="", default="")
    kind = models.TextField()
    unit = models.TextField(db_default="", default="")
    fields = ArrayField(models.TextField(), default=list)
    folded = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    successor = models.TextField(db_default="", default="")
    source = models.TextField(db_default="", default="")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "directory_agency"
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=CODE_PATTERN), name="directory_agency_code"),
            models.CheckConstraint(
                condition=models.Q(code_old="") | models.Q(code_old__regex=OLD_PATTERN),
                name="directory_agency_code_old",
            ),
            models.CheckConstraint(condition=models.Q(code_status__in=STATUSES), name="directory_agency_status"),
            models.CheckConstraint(condition=_ENDS_LATER, name="directory_agency_span"),
            models.UniqueConstraint(
                fields=["code_old"], condition=~models.Q(code_old=""), name="directory_agency_old_once"
            ),
        ]
        indexes = [models.Index(fields=["parent"]), models.Index(fields=["unit"])]


class Post(models.Model):
    """A post in an agency with so many seats; `duty` posts are those that stand watch."""

    code = models.TextField(primary_key=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="posts")
    title = models.TextField()
    title_en = models.TextField()
    rank = models.SmallIntegerField(default=5)
    seats = models.SmallIntegerField(default=1)
    duty = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "directory_post"
        constraints = [models.CheckConstraint(condition=_ENDS_LATER, name="directory_post_span")]


class Holding(models.Model):
    """Somebody holds a post from a day up to, and not including, another."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    actor_id = models.BigIntegerField()
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        db_table = "directory_holding"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="directory_holding_span",
            ),
            models.UniqueConstraint(
                fields=["post", "actor_id"], condition=models.Q(until__isnull=True), name="directory_holding_once"
            ),
        ]
        indexes = [models.Index(fields=["actor_id"])]
