"""Tables of the vault, and kinds of paper as officials declare them. What is personal is sealed; owners are found by fingerprint."""

from __future__ import annotations

from typing import Literal

from django.db import models
from django.db.models.functions import Now

from taydo.kernel.sealing import SealedField
from taydo.kernel.specs import Label, Spec

from .rules import ORIGINS, OWNERS, STATES


class Paper(models.Model):
    """A paper of one owner: by the fingerprint of a citizen number or tax code, or by account while the number is unknown, never by both.

    `issuer_agency`: code of the agency that issued it here; `data`: what was read from it (sealed JSON); `verify`: code of its page of
    verification; `keep_until`: the last day of its retention, None while there is none or for ever (`kept_for_ever`).
    """

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    title = models.TextField()
    owner_kind = models.TextField()
    owner_mark = models.TextField(db_default="")
    actor_id = models.BigIntegerField(null=True)
    origin = models.TextField()
    issuer = models.TextField(db_default="")
    issuer_agency = models.TextField(db_default="")
    number = SealedField(db_default="")
    issued_on = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    data = SealedField(db_default="")
    file_id = models.UUIDField(null=True)
    verify = models.TextField(db_default="")
    source_kind = models.TextField(db_default="")
    source_id = models.TextField(db_default="")
    state = models.TextField(db_default="held")
    reason = models.TextField(db_default="")
    replaced_by = models.UUIDField(null=True)
    keep_until = models.DateField(null=True)
    kept_for_ever = models.BooleanField(db_default=False)
    put_key = models.TextField(null=True, unique=True)
    put_by = models.TextField()
    put_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "vault_paper"
        constraints = [
            models.CheckConstraint(condition=models.Q(owner_kind__in=OWNERS), name="vault_owner_kind"),
            models.CheckConstraint(condition=models.Q(origin__in=ORIGINS), name="vault_origin"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="vault_state"),
            models.CheckConstraint(
                condition=models.Q(owner_mark="", actor_id__isnull=False, owner_kind="person")
                | (~models.Q(owner_mark="") & models.Q(actor_id__isnull=True)),
                name="vault_one_owner",
            ),
        ]
        indexes = [
            models.Index(fields=["owner_mark", "kind"], condition=~models.Q(owner_mark=""), name="vault_by_mark"),
            models.Index(fields=["actor_id"], condition=models.Q(actor_id__isnull=False), name="vault_by_account"),
            models.Index(fields=["valid_to"], condition=models.Q(state="held"), name="vault_ending"),
            models.Index(fields=["keep_until"], condition=~models.Q(state="erased"), name="vault_retention"),
        ]


class Consent(models.Model):
    """The owner (or, for `look`, the law) opens a paper to somebody, for a purpose, until an instant, for so many openings.

    `to_kind`: agency (code), organisation (fingerprint of its tax code), link (SHA-256 of the token), look (account of an official).
    """

    id = models.BigAutoField(primary_key=True)
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, db_index=False)
    to_kind = models.TextField()
    to_id = models.TextField(db_default="")
    to_name = models.TextField(db_default="")
    purpose = models.TextField()
    given_at = models.DateTimeField()
    given_by = models.TextField()
    expires_at = models.DateTimeField()
    uses_most = models.IntegerField(null=True)
    uses = models.IntegerField(db_default=0)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "vault_consent"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_kind__in=("agency", "organisation", "link", "look")), name="vault_to_kind"
            )
        ]
        indexes = [
            models.Index(fields=["paper", "-id"], name="vault_consents_of"),
            models.Index(fields=["to_kind", "to_id"], condition=models.Q(revoked_at=None), name="vault_consents_to"),
        ]


class Use(models.Model):
    """A paper was reused for a purpose, such as ("dossier", "17"): its agencies open it while the purpose lives."""

    id = models.BigAutoField(primary_key=True)
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, db_index=False)
    purpose_kind = models.TextField()
    purpose_id = models.TextField()
    words = models.TextField()
    used_at = models.DateTimeField()
    used_by = models.TextField()

    class Meta:
        db_table = "vault_use"
        constraints = [
            models.UniqueConstraint(fields=["paper", "purpose_kind", "purpose_id"], name="vault_used_once"),
        ]
        indexes = [models.Index(fields=["purpose_kind", "purpose_id"], name="vault_uses_for")]


class Representative(models.Model):
    """A person acts for an organisation: asked by account, or known by personal number from its registration. `state`: asked, confirmed, ended."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.TextField()
    number = SealedField()
    name = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    person_mark = models.TextField(db_default="")
    state = models.TextField(db_default="asked")
    basis = models.TextField(db_default="")
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(db_default="")
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "vault_representative"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=("asked", "confirmed", "ended")), name="vault_representative_state"
            ),
            models.UniqueConstraint(
                fields=["organisation", "actor_id"], condition=~models.Q(state="ended") & ~models.Q(actor_id=None), name="vault_acts_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "person_mark"], condition=~models.Q(state="ended") & ~models.Q(person_mark=""), name="vault_named_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["actor_id"], condition=models.Q(state="confirmed"), name="vault_acts_for"),
            models.Index(fields=["person_mark"], condition=models.Q(state="confirmed"), name="vault_named_for"),
        ]


class Kind(Spec):
    """A kind of paper. `keep_years` after it was issued (None: for ever); `fields`: what is read from it besides number and dates."""

    title: Label
    of: Literal["person", "organisation", "both"] = "person"
    fields: dict[str, Label] = {}
    keep_years: int | None = None
    upload: bool = True
    source: str = ""
    verified: bool = False


class Kinds(Spec):
    """`specs/kinds.yaml` of the vault, and `vault.yaml` of a city, which adds to it and overrides."""

    kinds: dict[str, Kind]
