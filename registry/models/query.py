"""Questions about recorded values: asked by a rule or a person, answered, closed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted, written_once
from registry.models.patient import Patient
from registry.models.site import Site


@tracked()
class Query(models.Model):
    """One question about one value, found by its address (form, row, field). A rule's has its code.

    A waiver holds for the value it was given for; `waived_for` keeps that value, and a change of it lapses the waiver.
    """

    STUDY_PATH, PATIENT_PATH = "patient__study", "patient"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"
        WAIVED = "waived", "Waived"

    class Category(models.TextChoices):
        RULE = "rule", "Rule"
        SOURCE = "source", "Check against the source"
        MISSING = "missing", "Missing value"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="queries")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="queries")
    form = models.CharField(max_length=60)
    row_id = models.UUIDField()
    field = models.CharField(max_length=100, blank=True)
    rule = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=10, choices=Category, default=Category.OTHER)
    text = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned_queries"
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    waived_for = models.JSONField(null=True, blank=True)
    waived_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["opened_at", "id"]
        verbose_name_plural = "queries"
        indexes = [
            models.Index(fields=["form", "row_id"], name="query_of_row"),
            models.Index(fields=["site", "status"], name="query_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="query_site_id"),
            models.UniqueConstraint(
                fields=["rule", "form", "row_id", "field"],
                condition=~Q(rule="") & ~Q(status="closed"),
                name="one_query_per_finding",
            ),
            models.CheckConstraint(
                condition=Q(status="waived") & ~Q(waived_reason="") | ~Q(status="waived") & Q(waived_reason=""),
                name="a_waiver_has_a_reason",
                violation_error_message="Say why the query is waived.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["closed", "waived"], ended_at__isnull=False)
                | Q(status__in=["open", "answered"], ended_at__isnull=True),
                name="query_ended_when_closed_or_waived",
            ),
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return f"{self.rule or self.get_category_display()}: {self.text}"


class QueryStep(models.Model):
    """What was done with a query, by whom, in which words. Written once."""

    class Action(models.TextChoices):
        OPENED = "opened", "opened"
        ANSWERED = "answered", "answered"
        SENT_BACK = "sent_back", "sent back"
        CLOSED = "closed", "closed"
        REOPENED = "reopened", "opened again"
        WAIVED = "waived", "waived"
        LAPSED = "lapsed", "waiver lapsed"
        ASSIGNED = "assigned", "assigned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    query = models.ForeignKey(Query, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField(max_length=10, choices=Action)
    comment = models.CharField(max_length=500, blank=True)
    # Empty where the database itself did it: a waiver that lapsed because its value changed.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.get_action_display()} at {self.at}"
