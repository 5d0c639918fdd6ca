"""What a place that pools keeps: its studies, who contributes, what was received, and what was made of the sums."""

import json
import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from registry.access import Permission, sites_for
from registry.audit import tracked
from registry.models import Site
from registry.models.guards import nothing_is_deleted, written_once
from registry.models.study import SLUG

CODE = RegexValidator(r"^[a-z0-9][a-z0-9_-]*\Z")
NAMED = 71  # sha256: and 64 digits


class OfPlace(models.QuerySet):
    """Rows of a place that pools: visible to who holds the permission there. The model's SITE_PATH leads to it.

    A token for one study of patients opens none of them: they are of no such study.
    """

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "OfPlace":
        if user.is_authenticated and user.is_system:
            return self
        if getattr(getattr(user, "token", None), "study_id", None) is not None:
            return self.none()
        return self.filter(**{f"{self.model.SITE_PATH}__in": sites_for(user, permission)})


class PoolingStudy(models.Model):
    """A spec that several sites count by, and the place that adds up what they send. Written once.

    Another spec is another study: what was counted in two ways is never added.
    """

    SITE_PATH = "site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="pooling_studies")
    slug = models.CharField(max_length=100, unique=True, validators=[SLUG])
    name = models.CharField(max_length=200)
    spec_hash = models.CharField(max_length=NAMED)
    spec_text = models.TextField(help_text="The spec's canonical JSON.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["site", "spec_hash"], name="one_pooling_study_per_spec")]
        triggers = [written_once()]

    def __str__(self):
        return self.name


@tracked()
class Contributor(models.Model):
    """A site that may send tables to a study, by the code that its bundles carry. It need not have an account here."""

    SITE_PATH = "study__site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(PoolingStudy, on_delete=models.PROTECT, related_name="contributors")
    code = models.CharField(max_length=40, validators=[CODE])
    name = models.CharField(max_length=200)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["study", "code"], name="one_contributor_per_code")]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return self.name


@tracked()
class ContributorKey(models.Model):
    """The public half of the key that a contributor signs with. Revoked, it opens nothing more; what is here stays."""

    SITE_PATH = "contributor__study__site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="keys")
    kid = models.CharField(max_length=100, help_text="What the contributor's signatures call the key.")
    public = models.CharField(max_length=44, help_text="Ed25519, 32 bytes as base64.")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["contributor", "kid"], name="one_key_per_kid"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                name="contributor_key_opens_before_it_closes",
            ),
        ]
        triggers = [
            nothing_is_deleted(),
            pgtrigger.ReadOnly(name="a_key_stays_the_key", exclude=["valid_to", "revoked_at"]),
        ]

    def __str__(self):
        return self.kid


@tracked(exclude=["content"])
class ReceivedBundle(models.Model):
    """A bundle as it came, byte for byte. Only whether it counts can change: a newer release takes its place."""

    class Status(models.TextChoices):
        ACCEPTED = "accepted", "accepted"
        SUPERSEDED = "superseded", "superseded"

    SITE_PATH = "study__site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(PoolingStudy, on_delete=models.PROTECT, related_name="bundles")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="bundles")
    key = models.ForeignKey(ContributorKey, on_delete=models.PROTECT, related_name="bundles")
    bundle_id = models.CharField(max_length=NAMED, help_text="Of the document without its signature.")
    sha256 = models.CharField(max_length=64, help_text="Of the bytes that were sent.")
    level = models.CharField(max_length=12)
    release_id = models.CharField(max_length=NAMED)
    release_digest = models.CharField(max_length=NAMED)
    as_of = models.DateTimeField()
    supersedes = models.CharField(max_length=NAMED, blank=True)
    overlap = models.CharField(max_length=20)
    n = models.PositiveIntegerField(null=True, help_text="Rows counted, where the level says how many.")
    status = models.CharField(max_length=12, choices=Status, default=Status.ACCEPTED)
    content = models.BinaryField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["contributor", "release_id"], name="one_bundle_per_release"),
            models.UniqueConstraint(fields=["study", "sha256"], name="one_bundle_per_content"),
            models.UniqueConstraint(
                fields=["contributor"], condition=Q(status="accepted"), name="one_accepted_bundle_per_contributor"
            ),
        ]
        triggers = [nothing_is_deleted(), pgtrigger.ReadOnly(name="bundle_written_once", exclude=["status"])]

    def __str__(self):
        return self.bundle_id


class Pooling(models.Model):
    """The sum of the bundles that were accepted at one moment. Written once; the same inputs find the same row.

    `digest` is of the spec and of the inputs: whoever has the bundles can make the same results to the byte.
    """

    SITE_PATH = "study__site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(PoolingStudy, on_delete=models.PROTECT, related_name="poolings")
    digest = models.CharField(max_length=64)
    inputs = ArrayField(models.CharField(max_length=NAMED), help_text="The bundles' ids, sorted.")
    level = models.CharField(max_length=12)
    manifest = models.JSONField(help_text="What the bundles say of their data, added up.")
    clock = models.DateTimeField(help_text="When the newest of its data were frozen.")
    program_version = models.CharField(max_length=40)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["study", "digest", "program_version"], name="one_pooling_per_inputs")
        ]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.study} {self.digest[:12]}"


class PooledResult(models.Model):
    """One analysis of a sum: payload, what went into it, whether it is exact, what stands beside it. Written once."""

    SITE_PATH = "pooling__study__site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pooling = models.ForeignKey(Pooling, on_delete=models.PROTECT, related_name="results")
    analysis_id = models.CharField(max_length=200)
    place = models.PositiveIntegerField(help_text="The analysis's place in the spec.")
    type = models.CharField(max_length=60)
    entry = models.JSONField(help_text="The spec's entry, as it was.")
    payload_text = models.TextField(help_text="Canonical JSON: the bytes that one site with all rows would have.")
    payload_sha256 = models.CharField(max_length=64)
    exact = models.BooleanField(help_text="No hidden cell went into it.")
    level = models.CharField(max_length=12)
    inputs = ArrayField(models.CharField(max_length=NAMED), help_text="The bundles that it was made of, sorted.")
    envelope = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["-created_at", "place"]
        constraints = [
            models.UniqueConstraint(fields=["pooling", "analysis_id"], name="one_pooled_result_per_analysis")
        ]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.analysis_id} of {self.pooling}"

    @property
    def payload(self) -> dict:
        """The numbers; the database's own JSON type would write some of them another way."""
        return json.loads(self.payload_text)
