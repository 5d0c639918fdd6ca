"""Every planned visit of every patient who is followed, and what became of it by a given day. One query, in SQL.

Only the index procedure of a patient who is still in the study is followed. A date that is not known to the day is
taken at its last possible day: a window is called closed only when it certainly is.
"""

from datetime import date

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Least

from registry.models import FollowUpVisit, MissingReason, Procedure, VitalStatus
from registry.models.dates import Precision

POINT = "patient__study__schedule__timepoints"


class Fate(TextChoices):
    """What became of a planned visit."""

    DONE = "done", "Visit recorded"
    MISSED = "missed", "Missed, with the reason"
    DIED = "died", "Died before the window opened"
    LOST = "lost", "Lost to follow-up before the window opened"
    UNKNOWN = "unknown", "No window: a date is not known to the day, or the plan gives none"
    AHEAD = "ahead", "Window not open yet"
    OPEN = "open", "Window open"
    CLOSED = "closed", "Window closed, nothing recorded"


# Fates of a planned visit for which nothing is recorded, and which can still be seen or read in the chart.
OUTSTANDING = (Fate.OPEN, Fate.CLOSED, Fate.AHEAD, Fate.UNKNOWN)


class EndOf(Func):
    """The last day of the month or year of a date."""

    template = "(date_trunc('%(unit)s', %(expressions)s) + interval '1 %(unit)s' - interval '1 day')::date"
    output_field = DateField()


def last_day(moment: str, precision: str) -> Case:
    """The last day that a date of some precision can be."""
    return Case(
        When(**{precision: Precision.DAY}, then=F(moment)),
        When(**{precision: Precision.MONTH}, then=EndOf(F(moment), unit="month")),
        When(**{precision: Precision.YEAR}, then=EndOf(F(moment), unit="year")),
        output_field=DateField(),
    )


def holds(condition: Q) -> Case:
    """True or False, also where a column of the condition is empty."""
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def days_after(moment: str, days: str) -> ExpressionWrapper:
    return ExpressionWrapper(F(moment) + F(days), output_field=DateField())


def followed(user) -> QuerySet:
    """The index procedures that the reader may see, of patients who are neither withdrawn nor entered in error."""
    return (
        Procedure.objects.valid()
        .visible_to(user)
        .filter(is_index=True, patient__error_marked_at=None, patient__withdrawn_on=None)
        .order_by()
    )


def planned_visits(procedures: QuerySet, *, on: date) -> QuerySet:
    """A row for each procedure and timepoint: `point`, its window as `opens_on` and `closes_on`, and its `fate`.

    A death ends a window: whoever died in it is not to be called any more, and may have been seen before.
    """
    rows = with_ends_of_follow_up(with_timepoints(procedures)).annotate(
        first_day=F("performed_on"),
        last_start=last_day("performed_on", "performed_precision"),
    )
    rows = rows.annotate(
        opens_on=days_after("first_day", "opens_day"),
        closes_on=Least(days_after("last_start", "closes_day"), "died_by"),
        attended=Exists(visits_there().filter(missed=None)),
        missed_because=Subquery(visits_there().exclude(missed=None).values("missed")[:1]),
    )
    return rows.annotate(fate=fate_on(on))


def with_timepoints(procedures: QuerySet) -> QuerySet:
    """Each procedure once for each timepoint of its study's schedule."""
    columns = {
        "point": "pk", "point_code": "code", "point_label": "label", "point_order": "order", "point_kind": "kind",
        "opens_day": "opens_on_day", "closes_day": "closes_on_day", "target": "target_day",
    }  # fmt: skip
    named = {name: F(f"{POINT}__{column}") for name, column in columns.items()}
    return procedures.annotate(**named).filter(point__isnull=False)


def with_ends_of_follow_up(procedures: QuerySet) -> QuerySet:
    """`dead`, `died_by`, `lost`, `lost_by`: from the vital status and from a death among the events."""
    valid_status = Q(patient__vitalstatus_rows__error_marked_at=None)
    a_death = Q(events__kind="death", events__error_marked_at=None)
    return procedures.annotate(
        vital=FilteredRelation("patient__vitalstatus_rows", condition=valid_status),
        death=FilteredRelation("events", condition=a_death),
    ).annotate(
        dead=holds(Q(vital__status=VitalStatus.Status.DECEASED) | Q(death__isnull=False)),
        died_by=Least(
            last_day("vital__died_on", "vital__died_precision"),
            last_day("death__happened_on", "death__happened_precision"),
        ),
        lost=holds(Q(vital__lost_to_follow_up=True)),
        lost_by=last_day("vital__lost_on", "vital__lost_precision"),
    )


def visits_there() -> QuerySet:
    """The valid visits of a planned visit; one that was 'not yet due' when it was written is no visit."""
    return (
        FollowUpVisit.objects.valid()
        .filter(procedure=OuterRef("pk"), timepoint=OuterRef("point"))
        .exclude(missed=MissingReason.NOT_DUE)
        .order_by()
    )


def known_dead_before() -> Exists:
    """An earlier planned visit was missed because the patient had died."""
    deceased = FollowUpVisit.objects.valid().filter(procedure=OuterRef("pk"), missed=MissingReason.DECEASED)
    return Exists(deceased.filter(timepoint__order__lte=OuterRef("point_order")))


def fate_on(on: date) -> Case:
    """The first that holds."""
    opens_known = Q(opens_on__isnull=False)
    exact = Q(performed_precision=Precision.DAY) & ~(Q(dead=True) & Q(died_by=None))
    return Case(
        When(attended=True, then=Value(Fate.DONE)),
        When(missed_because=MissingReason.DECEASED, then=Value(Fate.DIED)),
        When(missed_because=MissingReason.LOST, then=Value(Fate.LOST)),
        When(missed_because__isnull=False, then=Value(Fate.MISSED)),
        When(known_dead_before(), then=Value(Fate.DIED)),
        When(opens_known & Q(dead=True, died_by__lte=F("opens_on")), then=Value(Fate.DIED)),
        When(opens_known & Q(lost=True, lost_by__lt=F("opens_on")), then=Value(Fate.LOST)),
        When(Q(closes_on__lt=on) & Q(closes_day__isnull=False), then=Value(Fate.CLOSED)),
        When(~exact | Q(opens_day=None) | Q(opens_on=None), then=Value(Fate.UNKNOWN)),
        When(opens_on__gt=on, then=Value(Fate.AHEAD)),
        default=Value(Fate.OPEN),
        output_field=CharField(),
    )
