"""Tables of notices: what was said, whom we may write to, what they want to hear, and how each delivery went."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField


class Notice(models.Model):
    """Something people should know; `key` makes saying it twice the same as once."""

    id = models.BigAutoField(primary_key=True)
    topic = models.TextField()
    key = models.TextField(unique=True)
    title_vi = models.TextField()
    title_en = models.TextField()
    body_vi = models.TextField()
    body_en = models.TextField()
    href = models.TextField(db_default="", default="")
    severity = models.TextField(db_default="", default="")
    units = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notices_notice"


class Contact(models.Model):
    """One way to reach one recipient: an account's own list, a mail address, a browser, a phone. Addresses are sealed at rest."""

    id = models.BigAutoField(primary_key=True)
    channel = models.TextField()
    actor = models.BigIntegerField(null=True)
    address = SealedField(default="")
    fingerprint = models.TextField()
    keys = SealedField(default="")
    language = models.TextField(db_default="vi", default="vi")
    state = models.TextField(db_default="active", default="active")
    failures = models.IntegerField(db_default=0, default=0)
    reason = models.TextField(db_default="", default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notices_contact"
        constraints = [
            models.UniqueConstraint(fields=["channel", "fingerprint"], name="notices_contact_once"),
            models.CheckConstraint(
                condition=models.Q(channel__in=["app", "mail", "push", "sms"]), name="notices_contact_channel"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "bad", "ended"]), name="notices_contact_state"
            ),
        ]
        indexes = [models.Index(fields=["actor"], name="notices_contact_actor")]


class Subscription(models.Model):
    """What a contact wants to hear: a topic, everywhere (no unit, no point), in one unit, or at one point."""

    id = models.BigAutoField(primary_key=True)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    topic = models.TextField()
    unit_code = models.TextField(db_default="", default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    state = models.TextField(db_default="active", default="active")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notices_subscription"
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "topic", "unit_code", "lon", "lat"],
                nulls_distinct=False,
                name="notices_subscription_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "active"]), name="notices_subscription_state"
            ),
        ]
        indexes = [models.Index(fields=["topic", "unit_code"], name="notices_subscription_topic")]


class Delivery(models.Model):
    """One notice to one contact, once: waiting, sending, sent or failed, with the reason."""

    pk = models.CompositePrimaryKey("notice", "contact")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    state = models.TextField(db_default="waiting", default="waiting")
    tries = models.IntegerField(db_default=0, default=0)
    next_at = models.DateTimeField(db_default=Now())
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    reason = models.TextField(db_default="", default="")

    class Meta:
        db_table = "notices_delivery"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "sending", "sent", "failed"]), name="notices_delivery_state"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(state__in=["waiting", "sending"]), name="notices_delivery_due"
            )
        ]
