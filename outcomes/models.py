"""Cohorts, freezes of them, plans, and the results computed from freezes."""

import json
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.access import Permission, sites_for
from registry.audit import tracked
from registry.models import Job, Site, Study
from registry.models.guards import nothing_is_deleted, written_once
from registry.models.study import SLUG


def within_token(user, cohort: str) -> models.Q | models.Exists:
    """A token for one study reads cohorts of that study alone; `cohort` names the row's cohort."""
    study_id = getattr(getattr(user, "token", None), "study_id", None)
    if study_id is None:
        return models.Q()
    links = Cohort.studies.through.objects.filter(cohort=models.OuterRef(cohort))
    return models.Exists(links.filter(study=study_id)) & ~models.Exists(links.exclude(study=study_id))


class CohortQuerySet(models.QuerySet):
    """Cohorts, by the sites that enrol in their studies."""

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "CohortQuerySet":
        """Cohorts over studies that the user may read; what is read is only the user's own sites' part."""
        if user.is_authenticated and user.is_system:
            return self
        rows = self.filter(studies__in=Study.objects.visible_to(user, permission)).distinct()
        return rows.filter(within_token(user, "pk"))


@tracked()
class Cohort(models.Model):
    """A named, versioned rule that picks procedures, over one or several studies. Not a list of patients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=100, unique=True, validators=[SLUG])
    name = models.CharField(max_length=200)
    studies = models.ManyToManyField(Study, related_name="cohorts")
    description = models.TextField(blank=True, help_text="What the cohort is for, in the investigator's words.")
    rule = models.JSONField(default=dict, help_text='Which procedures are in: {"procedures": "index"}.')
    version = models.PositiveIntegerField(default=1)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self):
        return self.name

    def sites_for(self, user, permission: Permission = Permission.READ_RESULTS) -> models.QuerySet:
        """The sites of this cohort whose part the user may see, in order of code."""
        sites = Site.objects.filter(studies__in=self.studies.all()).distinct()
        token_study = getattr(getattr(user, "token", None), "study_id", None)
        if token_study is not None:
            sites = sites.filter(studies=token_study)
        return sites if user.is_system else sites.filter(pk__in=sites_for(user, permission))


class PlanQuerySet(models.QuerySet):
    """Plans, by their cohorts."""

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "PlanQuerySet":
        """The plans of cohorts that the user may see."""
        return self.filter(cohort__in=Cohort.objects.visible_to(user, permission))


@tracked()
class Plan(models.Model):
    """A user's own plan for a cohort, as plan.schema.json describes one. The row is its newest version.

    Earlier versions stand in the history that the triggers keep, with who made them; results carry the entry that they
    answered. The slug is the document's name: what results, addresses and files call the plan.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="plans")
    slug = models.CharField(max_length=100, validators=[SLUG])
    name = models.CharField(max_length=200, help_text="The plan in words.")
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(help_text="When this version was made.")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["cohort", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "slug"],
                name="one_plan_per_slug",
                violation_error_message="This cohort has a plan of that name already; edit it, or take another name.",
            )
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return self.name


class OfSites(models.QuerySet):
    """Rows computed from several sites' data: visible to who may read the results of every one of them."""

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "OfSites":
        if user.is_authenticated and user.is_system:
            return self
        sites = [row["site_id"] for row in sites_for(user, permission)]
        rows = self.filter(site_ids__contained_by=sites).exclude(site_ids=[])
        return rows.filter(within_token(user, "cohort"))


def in_order(manifest: dict) -> dict:
    """The manifest with instruments in the order of the form, all else in order of name, wherever it comes from."""
    sorted_keys = json.loads(json.dumps(manifest, sort_keys=True))
    instruments = sorted(sorted_keys["instruments"].items(), key=lambda item: item[1]["order"])
    return sorted_keys | {"instruments": dict(instruments)}


class Freeze(models.Model):
    """A cohort's data at one moment: canonical rows, a manifest, and the digest that names them. Written once.

    The tables are kept as Parquet in the database, so that a backup holds them and a worker that dies in the middle
    leaves no half file. The digest is of the canonical content, not of the Parquet bytes, which vary by writer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="freezes")
    site_ids = ArrayField(models.UUIDField())
    digest = models.CharField(max_length=64)
    manifest = models.JSONField()
    procedures = models.BinaryField()
    scores = models.BinaryField()
    survival = models.BinaryField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    TABLES = ("procedures", "scores", "survival")

    objects = OfSites.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [models.UniqueConstraint(fields=["cohort", "digest"], name="one_freeze_per_digest")]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.cohort} {self.digest[:12]}"

    @property
    def manifest_in_order(self) -> dict:
        """The manifest with instruments in the order of the form; the database keeps no order of keys."""
        return in_order(self.manifest)


class FreezeName(models.Model):
    """What somebody called a freeze, and why it was made. Written once; the same data may be called by two names."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="names")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="freeze_names")
    name = models.CharField(max_length=100)
    note = models.TextField(blank=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["named_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "name"],
                name="one_freeze_per_name",
                violation_error_message="A freeze of this cohort has that name already; take another one.",
            )
        ]
        triggers = [written_once()]

    def __str__(self):
        return self.name


class Result(models.Model):
    """One analysis of one freeze: payload (numbers, n, test, effect, interval) and envelope. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="results")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="results")
    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="results")
    site_ids = ArrayField(models.UUIDField())
    plan = models.CharField(max_length=200)
    analysis_id = models.CharField(max_length=200)
    place = models.PositiveIntegerField(help_text="The analysis's place in its plan.")
    type = models.CharField(max_length=60)
    entry = models.JSONField(help_text="The plan's entry, as it was.")
    payload_text = models.TextField(help_text="Canonical JSON: the bytes that can be compared with any other site's.")
    payload_sha256 = models.CharField(max_length=64)
    envelope = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfSites.as_manager()

    class Meta:
        ordering = ["-created_at", "place"]
        constraints = [models.UniqueConstraint(fields=["job", "analysis_id"], name="one_result_per_analysis")]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.analysis_id} of {self.freeze}"

    @property
    def payload(self) -> dict:
        """The numbers; the database's own JSON type would write some of them another way."""
        return json.loads(self.payload_text)
