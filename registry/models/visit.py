"""An encounter at which outcomes were assessed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.dates import Precision, coarser, date_with_precision
from registry.models.guards import nothing_is_deleted, refuse_unless
from registry.models.in_time import visit_before_death
from registry.models.missing import MissingReason
from registry.models.procedure import Procedure
from registry.models.provenance import Provenance
from registry.models.schedule import Timepoint
from registry.models.site import Site
from registry.models.told import tells_of_visit
from registry.models.watches import drops_with_the_value, stays_while_locked

COARSER = coarser("NEW.visited_precision", "p.performed_precision")
KNOWN_OF_VISIT = f"date_trunc({COARSER}, NEW.visited_on)"
KNOWN_OF_PROCEDURE = f"date_trunc({COARSER}, p.performed_on)"


@tracked()
class FollowUpVisit(Provenance):
    """What happened at, or instead of, a planned visit: a baseline, a follow-up, an unscheduled or a missed one.

    Planned and actual are two things. `timepoint` is the plan (empty: unscheduled), asserted by the source or
    derived from the schedule's windows; `visited_on` or `day` says when it really was.
    """

    STUDY_PATH = "procedure__patient__study"
    PATIENT_PATH = "procedure__patient"

    class Window(models.TextChoices):
        INSIDE = "inside", "in window"
        OUTSIDE = "outside", "out of window"
        UNKNOWN = "unknown", "window unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="visits")
    timepoint = models.ForeignKey(Timepoint, null=True, blank=True, on_delete=models.PROTECT, related_name="visits")
    timepoint_asserted = models.BooleanField(default=True)
    visited_on = models.DateField(null=True, blank=True)
    visited_precision = models.CharField(max_length=5, choices=Precision, null=True, blank=True)  # noqa: DJ001
    day = models.IntegerField(null=True, blank=True, help_text="Days from the procedure.")
    window = models.CharField(max_length=10, choices=Window, default=Window.UNKNOWN)
    window_reason = models.CharField(max_length=300, blank=True)
    missed = models.CharField(max_length=20, choices=MissingReason, null=True, blank=True)  # noqa: DJ001
    missed_comment = models.CharField(max_length=300, blank=True)
    submission_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)
    error_marked_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=300, blank=True)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["procedure", "day", "timepoint__order"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="visit_site_id"),
            models.UniqueConstraint(
                fields=["procedure", "timepoint"],
                condition=Q(timepoint_asserted=True, error_marked_at=None, timepoint__isnull=False),
                name="one_asserted_visit_per_timepoint",
                violation_error_message="A visit is recorded for this timepoint already; correct that one.",
            ),
            date_with_precision("visited_on", "visited_precision", name="visit_date_with_precision"),
            models.CheckConstraint(
                condition=Q(missed__isnull=True) | Q(visited_on__isnull=True, day__isnull=True),
                name="a_missed_visit_has_no_date",
                violation_error_message="A visit that did not take place has no date.",
            ),
            models.CheckConstraint(
                condition=Q(missed__isnull=True) | Q(timepoint__isnull=False),
                name="a_missed_visit_was_planned",
                violation_error_message="Only a planned visit can be missed: say which timepoint.",
            ),
            models.CheckConstraint(
                condition=~Q(window="outside") | ~Q(window_reason=""),
                name="out_of_window_has_a_reason",
                violation_error_message="A visit outside its window needs a reason.",
            ),
        ]
        triggers = [
            nothing_is_deleted(),
            visit_before_death(),
            *stays_while_locked("procedure__patient"),
            *drops_with_the_value("visit"),
            *tells_of_visit(),
            refuse_unless(
                "visit_on_its_side_of_the_procedure",
                f"""t.kind IS NULL OR CASE t.kind
                    WHEN 'follow_up' THEN COALESCE(NEW.day >= 0, TRUE)
                        AND COALESCE({KNOWN_OF_VISIT} >= {KNOWN_OF_PROCEDURE}, TRUE)
                    ELSE COALESCE(NEW.day <= 0, TRUE)
                        AND COALESCE({KNOWN_OF_VISIT} <= {KNOWN_OF_PROCEDURE}, TRUE)
                    END""",
                declare="p registry_procedure%ROWTYPE;t registry_timepoint%ROWTYPE",
                prepare="""SELECT * INTO p FROM registry_procedure WHERE id = NEW.procedure_id;
                    SELECT * INTO t FROM registry_timepoint WHERE id = NEW.timepoint_id;""",
            ),
        ]

    def __str__(self):
        return f"{self.timepoint or 'unscheduled'} visit of {self.procedure.patient}"
