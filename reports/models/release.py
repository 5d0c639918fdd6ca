"""Rows of a freeze, without identifiers, as files for one recipient."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from outcomes.models import Cohort, Freeze, OfSites
from registry.models import Job
from registry.models.guards import written_once
from reports.models.kept_file import KeptFile


class Release(models.Model):
    """A freeze under a profile for one recipient. Written once; the same request finds the same release.

    Its id is its job's. `key` is the digest of all that its files depend on: freeze, profile, recipient, formats.
    `digest` names the manifest (its signature left out), and through it each file. `patient_ids` are the patients of
    the freeze, so that who withdrew since can be counted.
    """

    class Profile(models.TextChoices):
        SAFE_HARBOR = "safe_harbor", "Safe harbor: no date, no age above 90, nothing that a rare patient is known by"
        LIMITED = "limited", "Limited, under an agreement: ages and typed dates as they are"

    id = models.UUIDField(primary_key=True, editable=False)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="release")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="releases")
    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="releases")
    site_ids = ArrayField(models.UUIDField())
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="releases")
    profile = models.CharField(max_length=12, choices=Profile)
    profile_hash = models.CharField(max_length=71)
    key = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=71)
    manifest = models.JSONField()
    patient_ids = ArrayField(models.UUIDField())
    smallest_class = models.PositiveIntegerField(help_text="The fewest patients who are alike in what is well known.")
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = OfSites.as_manager()

    class Meta:
        ordering = ["-made_at"]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.cohort}: {self.profile}, {self.digest[:19]}"


class ReleaseFile(KeptFile):
    """One file of a release. `rows`: how many its table has; null for what is no table."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    rows = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["release", "name"]
        constraints = [models.UniqueConstraint(fields=["release", "name"], name="one_release_file_per_name")]
        triggers = [written_once()]


class ReleaseAgreement(models.Model):
    """Under which agreement a recipient may have rows of a cohort with rarer patients. The newest counts.

    `fewest`: how many patients have to be alike; 1 asks nothing. Taken back by writing a higher number.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="release_agreements")
    site_ids = ArrayField(models.UUIDField())
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="agreements")
    fewest = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=500)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-made_at"]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.cohort}: {self.fewest} for {self.recipient}"
