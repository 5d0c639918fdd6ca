"""A number that an instrument gave at a visit."""

import uuid

from django.db import models

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted, refuse_unless
from registry.models.instrument import Instrument
from registry.models.missing import MissingReason, value_or_reason
from registry.models.site import Site
from registry.models.told import tells
from registry.models.visit import FollowUpVisit
from registry.models.watches import drops_with_each, stays_while_locked


@tracked()
class Score(models.Model):
    """The value of one instrument (and its version) at one visit, or the coded reason why there is none."""

    STUDY_PATH = "visit__procedure__patient__study"
    PATIENT_PATH = "visit__procedure__patient"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="scores")
    visit = models.ForeignKey(FollowUpVisit, on_delete=models.PROTECT, related_name="scores")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="scores")
    value = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    missing = models.CharField(max_length=20, choices=MissingReason, null=True, blank=True)  # noqa: DJ001
    derived = models.BooleanField(default=False, help_text="Summed from its items here, not read from the chart.")
    version = models.PositiveIntegerField(default=1)
    error_marked_at = models.DateTimeField(null=True, blank=True)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["visit", "instrument__key"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="score_site_id"),
            models.UniqueConstraint(fields=["visit", "instrument"], name="one_score_per_instrument"),
            value_or_reason("value", name="score_value_or_reason"),
        ]
        triggers = [
            nothing_is_deleted(),
            *stays_while_locked("visit__procedure__patient"),
            *tells("score", "visit__procedure__patient"),
            *drops_with_each("visit", "visit_id", "instrument_id", "registry_instrument", "key", "value, missing"),
            refuse_unless(
                "score_within_its_instrument",
                "NEW.value BETWEEN i.minimum AND i.maximum AND mod(NEW.value - i.minimum, i.step) = 0",
                declare="i registry_instrument%ROWTYPE",
                prepare="SELECT * INTO i FROM registry_instrument WHERE id = NEW.instrument_id;",
            ),
        ]

    def __str__(self):
        return f"{self.instrument} at {self.visit}"
