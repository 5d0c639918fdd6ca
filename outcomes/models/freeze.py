"""A cohort's data at one moment, and what it is called."""

import json
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from outcomes.models.cohort import Cohort, OfSites
from registry.models.guards import written_once


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
        constraints = [models.UniqueConstraint(fields=["cohort", "digest", "site_ids"], name="one_freeze_per_digest")]
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
