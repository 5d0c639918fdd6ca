"""What users ask of a cohort."""

import uuid

from django.conf import settings
from django.db import models

from outcomes.models.cohort import Cohort
from registry.access import Permission
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted
from registry.models.study import SLUG


class PlanQuerySet(models.QuerySet):
    """Plans, by their cohorts."""

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "PlanQuerySet":
        """The plans of cohorts that the user may see."""
        return self.filter(cohort__in=Cohort.objects.visible_to(user, permission))


@tracked()
class Plan(models.Model):
    """A user's own plan for a cohort, as plan.schema.json describes one. The row is its newest version.

    Earlier versions stand in the history that the triggers keep, with who made them; results carry the entry that they
    answered. The slug is the document's name: what results, addresses and files call the plan.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="plans")
    slug = models.CharField(max_length=100, validators=[SLUG])
    name = models.CharField(max_length=200, help_text="The plan in words.")
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(help_text="When this version was made.")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["cohort", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "slug"],
                name="one_plan_per_slug",
                violation_error_message="This cohort has a plan of that name already; edit it, or take another name.",
            )
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return self.name
