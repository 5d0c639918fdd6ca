"""How long until something happened, or until it was last known not to have."""

import uuid

from django.db import models

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted
from registry.models.instrument import LARGEST
from registry.models.procedure import Procedure
from registry.models.site import Site
from registry.models.watches import stays_while_locked


@tracked()
class TimeToEvent(models.Model):
    """A follow-up time as the source gives it: name, time, unit, and whether it ended in the event or by censoring."""

    STUDY_PATH = "procedure__patient__study"
    PATIENT_PATH = "procedure__patient"

    class Unit(models.TextChoices):
        DAYS = "days", "days"
        WEEKS = "weeks", "weeks"
        MONTHS = "months", "months"
        YEARS = "years", "years"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="times_to_event")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="times_to_event")
    name = models.CharField(max_length=60)
    time = models.DecimalField(max_digits=20, decimal_places=8)
    unit = models.CharField(max_length=10, choices=Unit, default=Unit.DAYS)
    event = models.BooleanField()
    version = models.PositiveIntegerField(default=1)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["procedure", "name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="time_to_event_site_id"),
            models.UniqueConstraint(fields=["procedure", "name"], name="one_time_per_name"),
            models.CheckConstraint(
                condition=models.Q(time__gte=0, time__lte=LARGEST),
                name="time_to_event_countable",
                violation_error_message="A follow-up time lies between 0 and 1 000 000 000.",
            ),
        ]
        triggers = [nothing_is_deleted(), *stays_while_locked("procedure__patient")]

    def __str__(self):
        return f"{self.name} of {self.procedure}"
