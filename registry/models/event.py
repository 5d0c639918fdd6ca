"""What went wrong, or had to be done again."""

import uuid

from django.db import models

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.dates import Precision, date_with_precision
from registry.models.guards import nothing_is_deleted
from registry.models.procedure import Procedure
from registry.models.site import Site


@tracked()
class Event(models.Model):
    """A complication, secondary procedure or death after a procedure. Its id is permanent: the third stays so."""

    STUDY_PATH = "procedure__patient__study"

    class Kind(models.TextChoices):
        COMPLICATION = "complication", "Complication"
        SECONDARY_PROCEDURE = "secondary_procedure", "Secondary procedure"
        DEATH = "death", "Death"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="events")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    description = models.CharField(max_length=300, blank=True)
    happened_on = models.DateField(null=True, blank=True)
    happened_precision = models.CharField(max_length=5, choices=Precision, null=True, blank=True)  # noqa: DJ001
    version = models.PositiveIntegerField(default=1)
    error_marked_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=300, blank=True)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["procedure", "happened_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="event_site_id"),
            models.UniqueConstraint(
                fields=["procedure"],
                condition=models.Q(kind="death", error_marked_at=None),
                name="one_death_per_procedure",
                violation_error_message="A death is recorded for this procedure already.",
            ),
            date_with_precision("happened_on", "happened_precision", name="event_date_with_precision"),
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return f"{self.get_kind_display()} after {self.procedure}"
