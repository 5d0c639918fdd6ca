"""The specs that a site knows, and which of them its tables may leave by."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outcomes.models.pooling import NAMED, OfPlace
from registry.audit import tracked
from registry.models import Site
from registry.models.guards import nothing_is_deleted
from registry.models.study import SLUG

LONGEST_LEVEL = 12


@tracked(exclude=["text"])
class Spec(models.Model):
    """A spec that somebody proposed to a site. What it says never changes; whether it may be counted by, people decide.

    levels: at which levels its tables may leave, once it is approved.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        APPROVED = "approved", "approved"
        RETIRED = "retired", "retired"

    SITE_PATH = "site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="specs")
    name = models.CharField(max_length=100, validators=[SLUG])
    title = models.CharField(max_length=500)
    spec_hash = models.CharField(max_length=NAMED)
    text = models.TextField(help_text="Its canonical JSON.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    levels = ArrayField(models.CharField(max_length=LONGEST_LEVEL), default=list, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(fields=["site", "spec_hash"], name="a_spec_is_proposed_once"),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by=None, decided_at=None)
                | Q(status__in=["approved", "retired"], decided_by__isnull=False, decided_at__isnull=False),
                name="who_decided_on_a_spec_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | ~Q(levels=[]), name="an_approved_spec_has_a_level"
            ),
        ]
        triggers = [
            nothing_is_deleted(),
            pgtrigger.ReadOnly(name="a_spec_stays_the_spec", exclude=["status", "levels", "decided_by", "decided_at"]),
        ]

    def __str__(self):
        return self.title

    @property
    def is_approved(self) -> bool:
        return self.status == self.Status.APPROVED
