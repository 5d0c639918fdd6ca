"""A request for work."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from registry.access import Permission, at_every_site


class JobQuerySet(models.QuerySet):
    """Jobs, by who asked and for which sites."""

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "JobQuerySet":
        """The jobs that touch only sites where the user holds the permission."""
        if user.is_authenticated and user.is_system:
            return self
        return self.filter(at_every_site(user, permission))

    def with_place(self) -> "JobQuerySet":
        """With `place`: how many jobs wait before this one, and itself; it means nothing where a job does not wait."""
        ahead = Func(F("created_at"), function="jobs_waiting_before", output_field=models.IntegerField())
        return self.annotate(place=ahead + 1)


class Job(models.Model):
    """A task to run once. The row is the truth; Redis only carries its id. `fence` says whose work may be kept."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    UNDER_WAY = (State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=100, help_text="The Celery task's name.")
    params = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    site_ids = ArrayField(models.UUIDField())
    idempotency_key = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=500, blank=True, help_text="In words, without patient data.")
    retry_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="retries")
    noticed_at = models.DateTimeField(null=True, blank=True, help_text="When its requester was shown that it was over.")

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["state", "sent_at"], name="job_waiting")]
        constraints = [
            models.UniqueConstraint(
                fields=["requested_by", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="one_job_per_idempotency_key",
            ),
            models.CheckConstraint(condition=Q(steps_done__lte=F("steps_total")), name="job_steps_within_total"),
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False)
                | Q(state__in=["queued", "running"], finished_at__isnull=True),
                name="job_finished_when_over",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.id}"

    @property
    def has_failed(self) -> bool:
        """Whether it is over and left nothing: it may be asked for once more."""
        return self.state in (self.State.FAILED, self.State.CANCELLED)

    @property
    def is_over(self) -> bool:
        return self.state not in self.UNDER_WAY
