"""Derived values that are not stored, from the rows of the chart that they follow from; nothing asks the database."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from registry import opioids
from registry.derived.body import bmi
from registry.derived.bone_drugs import bone_drug_timing, over_12_months
from registry.derived.complications import significant_gupta
from registry.derived.follow_up import follow_up_days
from registry.derived.katagiri import Suggestion, suggested_growth
from registry.derived.pain import pain_0_10
from registry.derived.secondary_procedures import counts_for_cox_rate, first_secondary_procedure_day
from registry.derived.sins import POINTS, sins_total
from registry.derived.spans import Span, days_between, span_of
from registry.derived.treatments import Timing, prior_local_rt, timing_of
from registry.models import (
    BoneDrug,
    Comorbidity,
    Event,
    FollowUpVisit,
    Fracture,
    Malignancy,
    OpioidLine,
    Procedure,
    RadiationCourse,
    SystemicTherapy,
    VisitDetails,
    VitalStatus,
)  # fmt: skip
from registry.opioids import DailyMME, daily_mme

YES_OR_NO = {"yes": True, "no": False}


def when(row, stem: str) -> Span | None:
    """The date in <stem>_on and <stem>_precision of a row, as a span."""
    return span_of(getattr(row, f"{stem}_on"), getattr(row, f"{stem}_precision"))


def mme_of_lines(lines: Iterable[OpioidLine]) -> DailyMME:
    """The MME a day of a visit's opioid lines, by CDC 2022 [V]; `reasons` say what is missing where it is not known.

    Whether a line is taken as needed must be answered, but of a patch: what is prescribed is never taken for what was
    taken, and a patch counts by its rate.
    """
    lines = list(lines)
    found = daily_mme(map(prescription_of, lines))
    unanswered = tuple(
        f"whether {line.drug_other or line.drug} is taken as needed is not answered"
        for line in lines
        if line.prn is None and line.route != opioids.TRANSDERMAL
    )
    return replace(found, mme=None, reasons=(*found.reasons, *unanswered)) if unanswered else found


def prescription_of(line: OpioidLine) -> opioids.OpioidLine:
    """A row of the chart as registry.opioids takes it."""
    named = line.drug if line.drug != "other" else line.drug_other
    return opioids.OpioidLine(
        drug=named or "the drug, which is not named,",
        route=line.route or "route not known",
        strength=line.strength,
        units_per_day=line.units_per_day,
        prn=bool(line.prn),
        taken_per_day=line.taken_per_day,
    )


def mme_per_day(
    lines: Iterable[OpioidLine], *, any_opioid: bool | None, details: VisitDetails | None = None
) -> Decimal | None:
    """MME a day at a visit: of its lines, else as the chart reports it, else 0 only where no opioid is in use [S].

    No line is not "no opioid": that is said by any_opioid, the visit's own answer.
    """
    lines = list(lines)
    found = mme_of_lines(lines).mme if lines else None
    reported = details.mme_reported if details else None
    if found is None:
        found = reported
    return Decimal(0) if found is None and not lines and any_opioid is False else found


def pain_of(details: VisitDetails) -> Decimal | None:
    """Pain on 0-10 from what the chart wrote; None where the scale is not known or the value is outside of it."""
    raw, high, end = details.pain_raw, details.pain_raw_high, details.pain_raw_max
    if None in (raw, end) or not raw <= (raw if high is None else high) <= end:
        return None
    return pain_0_10(raw, end, high)


def timing_of_row(row: RadiationCourse | SystemicTherapy, index: Procedure) -> Timing:
    """Neoadjuvant, adjuvant or both, of one course or line of treatment."""
    return timing_of(when(row, "started"), when(row, "ended"), when(index, "performed"))


def prior_local_rt_of(courses: Iterable[RadiationCourse], index: Procedure) -> bool | None:
    """Whether the sacrum was irradiated before the index [S, Cox]; False of no course at all."""
    return prior_local_rt((timing_of_row(each, index), each.field_includes_sacrum) for each in courses)


def bone_drug_timing_of(row: BoneDrug, index: Procedure) -> str | None:
    """pre, peri, post or None."""
    return bone_drug_timing(when(row, "started"), when(row, "ended"), when(index, "performed"))


def over_12_months_of(row: BoneDrug, *, today: date) -> bool | None:
    """Whether romosozumab was given for longer than 12 months [S]."""
    return over_12_months(row.drug, when(row, "started"), when(row, "ended"), today=today)


def bmi_of(row: Comorbidity) -> Decimal | None:
    """kg/m2, to one decimal."""
    return bmi(row.height_cm, row.weight_kg)


def growth_suggestion_of(row: Malignancy) -> Suggestion:
    """The Katagiri growth group to offer beside the choice, and why."""
    hormone = YES_OR_NO.get(row.hormone_sensitive)
    return suggested_growth(
        row.primary_cancer or None, hormone_sensitive=hormone, targeted_therapy=row.targeted_therapy
    )


def sins_of(row: Fracture) -> int | None:
    """SINS 0-18, None unless all six components are there."""
    return sins_total({name: getattr(row, f"sins_{name}") for name in POINTS})


def days_from_index(row: Event, index: Procedure) -> int | None:
    """Days from the index procedure to an event; None unless both dates are known to the day."""
    return days_between(when(index, "performed"), when(row, "happened"))


def is_significant(row: Event) -> bool | None:
    """Significant as Gupta counts complications [S]."""
    type_code = "death" if row.kind == Event.Kind.DEATH else row.complication or None
    return significant_gupta(
        type_code,
        permanent_deficit=row.lasting_disability,
        needed_surgery=row.needed_surgery,
        related=row.related or None,
    )


def counts_for_cox(row: Event) -> bool | None:
    """Whether a secondary procedure counts for Cox's rate [S]; False of every other event."""
    if row.kind != Event.Kind.SECONDARY_PROCEDURE:
        return False
    return counts_for_cox_rate(row.secondary or None, row.reason or None, newly_started=row.newly_started)


def first_secondary_day(events: Iterable[Event], index: Procedure) -> int | None:
    """Days to a patient's first secondary procedure; None without any, or where the day of one is not known."""
    secondary = [each for each in events if each.kind == Event.Kind.SECONDARY_PROCEDURE]
    days = [days_from_index(each, index) for each in secondary]
    return None if any(day is not None and day < 0 for day in days) else first_secondary_procedure_day(days)


def death_of(vital: VitalStatus | None, events: Iterable[Event] = ()) -> Span | None:
    """When a patient died: as the vital status says, else as an event does."""
    died = when(vital, "died") if vital else None
    spans = (when(each, "happened") for each in events if each.kind == Event.Kind.DEATH)
    return died or next(filter(None, spans), None)


def followed_for(
    index: Procedure,
    vital: VitalStatus | None,
    events: Iterable[Event] = (),
    visits: Iterable[FollowUpVisit] = (),
) -> int | None:
    """Days of follow-up, to death or last contact; None where that is not recorded to the day [P].

    Last contact is the last day known alive or the last visit, whichever is later; where a death is recorded, the
    visits before it end nothing.
    """
    alive, death = when(vital, "last_known_alive") if vital else None, death_of(vital, events)
    visits = () if death else visits
    contacts = [each for each in (alive, *(when(visit, "visited") for visit in visits)) if each is not None]
    last = max(contacts, key=lambda span: (span.first, span.last), default=None)
    return follow_up_days(when(index, "performed"), death=death, last_contact=last)
