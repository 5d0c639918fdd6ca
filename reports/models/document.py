"""Reports as files: what was made of which results, and who took it away."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from outcomes.models import Cohort, Freeze, OfSites
from registry.access import Permission
from registry.models import Job
from registry.models.guards import written_once
from reports.models.kept_file import KeptFile


class Document(models.Model):
    """A report as files, of one freeze by one plan. Written once; the same request finds the same document.

    `key` is the digest of all that its bytes depend on: freeze, plan, profile, program. `made_at` is when they were
    made; no file says so: the clock inside them is the freeze's.
    """

    class Profile(models.TextChoices):
        TABLES = "tables", "Tables and figures alone: nothing of a single patient"
        DEIDENTIFIED = "deidentified", "With de-identified rows: no study numbers, no dates"
        IDENTIFIED = "identified", "With rows as they are recorded: study numbers and dates"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="document")
    analysis = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="documents")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="documents")
    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="documents")
    site_ids = ArrayField(models.UUIDField())
    plan = models.CharField(max_length=200, blank=True, help_text="The plan's name; empty for the overview.")
    profile = models.CharField(max_length=12, choices=Profile)
    key = models.CharField(max_length=64, unique=True)
    manifest = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = OfSites.as_manager()

    class Meta:
        ordering = ["-made_at"]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.cohort}: {self.plan or 'overview'}, {self.profile}"

    @property
    def needs(self) -> Permission:
        """What a reader must be allowed at every site: rows are for who may see patients."""
        return Permission.READ_RESULTS if self.profile == self.Profile.TABLES else Permission.VIEW_PATIENTS


class DocumentFile(KeptFile):
    """One file of a document."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="files")

    class Meta:
        ordering = ["document", "name"]
        constraints = [models.UniqueConstraint(fields=["document", "name"], name="one_file_per_name")]
        triggers = [written_once()]


class Download(models.Model):
    """Somebody took a file away."""

    file = models.ForeignKey(DocumentFile, on_delete=models.PROTECT, related_name="downloads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.file} at {self.at:%Y-%m-%d}"
