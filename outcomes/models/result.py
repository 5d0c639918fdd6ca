"""What was computed of a freeze."""

import json
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from outcomes.models.cohort import Cohort, OfSites
from outcomes.models.freeze import Freeze
from registry.models import Job
from registry.models.guards import written_once


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
