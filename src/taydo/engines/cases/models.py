"""Tables of cases. Transitions are written as one SQL statement (`transition.py`); the models carry columns and constraints.

The words that search looks in stand in a table of their own, so that a transition does not touch their index.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class CaseType(models.Model):
    """A version of a case type, by its content hash."""

    version = models.TextField(primary_key=True)
    id = models.TextField()
    spec = models.JSONField()
    loaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "cases_type"


class Case(models.Model):
    """Something asked or reported, that an agency owns until it is done.

    `chain`: every agency that has had it; `restricted`: only these see it, by name; `parent_id`: of which case it is a task, and
    `tasks_open`: how many of its own tasks wait for an answer; `escalated`: the level told last, and `escalate_at` when the next
    one is due; `extended`: how often its deadline was put off; `soon_at`: from when it counts as due soon; `paused_left_s`: seconds of working time
    (or of clock time, by `due_clock`) that are left while the deadline stands still; `late_at`: when its lateness was told;
    `step_due_at`: until when the state it stands in should be left, by the plan of the type.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    type = models.TextField()
    type_version = models.TextField()
    state = models.TextField()
    phase = models.TextField()
    title = models.TextField()
    summary = models.TextField(db_default="")
    agency = models.TextField()
    chain = ArrayField(models.TextField(), db_default=[])
    owner_id = models.BigIntegerField(null=True)
    opened_by = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    soon_at = models.DateTimeField(null=True)
    due_clock = models.TextField(db_default="")
    late_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_left_s = models.FloatField(null=True)
    subject_kind = models.TextField(db_default="")
    subject_id = models.TextField(db_default="")
    unit_code = models.TextField(db_default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    priority = models.SmallIntegerField(db_default=0)
    public = models.BooleanField(db_default=False)
    data = models.JSONField(db_default={})
    version = models.IntegerField(db_default=1)
    parent_id = models.BigIntegerField(null=True)
    asker_id = models.BigIntegerField(null=True)
    restricted = models.BooleanField(db_default=False)
    merged_into = models.BigIntegerField(null=True)
    escalated = models.SmallIntegerField(db_default=0)
    escalate_at = models.DateTimeField(null=True)
    deadline_class = models.TextField(db_default="")
    extended = models.SmallIntegerField(db_default=0)
    tasks_open = models.IntegerField(db_default=0)
    step_due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cases_case"
        indexes = [
            models.Index(fields=["parent_id"], condition=models.Q(parent_id__isnull=False), name="cases_parent"),
            models.Index(fields=["asker_id", "-id"], condition=models.Q(asker_id__isnull=False), name="cases_asker"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="cases_merged"),
            models.Index(
                fields=["escalate_at"],
                condition=models.Q(escalate_at__isnull=False) & ~models.Q(phase="done"),
                name="cases_to_escalate",
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="cases_subject"),
            models.Index(fields=["agency", "-id"], name="cases_agency_newest"),
            models.Index(
                fields=["due_at"], condition=models.Q(late_at=None) & ~models.Q(phase="done"), name="cases_to_be_late"
            ),
            models.Index(fields=["closed_at"], condition=models.Q(phase="done"), name="cases_closed"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(phase__in=["open", "waiting", "done"]), name="cases_phase"),
            models.CheckConstraint(
                condition=models.Q(phase="done", closed_at__isnull=False)
                | (~models.Q(phase="done") & models.Q(closed_at=None)),
                name="cases_done_is_closed",
            ),
            models.CheckConstraint(condition=models.Q(chain__contains=[models.F("agency")]), name="cases_has_had_it"),
        ]


class CaseEvent(models.Model):
    """A line of a case's timeline. Lines are only ever added: a trigger refuses anything else."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, db_index=False)
    at = models.DateTimeField()
    kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField()
    move = models.TextField(db_default="")
    from_state = models.TextField(db_default="")
    to_state = models.TextField(db_default="")
    agency = models.TextField(db_default="")
    note = models.TextField(db_default="")
    data = models.JSONField(db_default={})
    public = models.BooleanField(db_default=False)
    version = models.IntegerField()

    class Meta:
        db_table = "cases_event"
        indexes = [models.Index(fields=["case", "id"], name="cases_timeline")]


class CaseWords(models.Model):
    """What search looks in: code, title and summary without accents."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True)
    words = models.TextField()

    class Meta:
        db_table = "cases_words"


class Absence(models.Model):
    """Somebody is away from one day to another (both included), and somebody else does their work meanwhile."""

    id = models.BigAutoField(primary_key=True)
    actor_id = models.BigIntegerField()
    deputy_id = models.BigIntegerField()
    since = models.DateField()
    until = models.DateField()

    class Meta:
        db_table = "cases_absence"
        indexes = [models.Index(fields=["deputy_id", "until"], name="cases_deputy")]
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gte=models.F("since")), name="cases_absence_runs"),
            models.CheckConstraint(condition=~models.Q(actor_id=models.F("deputy_id")), name="cases_absence_deputy"),
        ]
