"""Values that somebody held against the source."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted
from registry.models.patient import Patient
from registry.models.site import Site


@tracked()
class Verification(models.Model):
    """One value, verified. It drops when the value changes by any route: the database sees to it."""

    STUDY_PATH, PATIENT_PATH = "patient__study", "patient"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="verifications")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="verifications")
    form = models.CharField(max_length=60)
    row_id = models.UUIDField()
    field = models.CharField(max_length=100)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)
    # Empty where the database dropped it, because the value changed; else who took it back.
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["verified_at"]
        indexes = [models.Index(fields=["row_id"], name="verification_of_row")]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="verification_site_id"),
            models.UniqueConstraint(
                fields=["form", "row_id", "field"], condition=Q(dropped_at=None), name="one_standing_verification"
            ),
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return f"{self.field} verified"
