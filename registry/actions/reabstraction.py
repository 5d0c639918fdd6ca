"""Samples are drawn, read a second time by somebody who does not see the first reading, and settled field by field."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from registry.actions.visits import correct_visit, recorded_scores
from registry.audit import recording
from registry.clock import today
from registry.errors import Problem, Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import (
    FollowUpVisit,
    Instrument,
    MissingReason,
    ReabstractionSample,
    Reading,
    Resolution,
    Site,
    Study,
    User,
)
from registry.reabstraction import Said, asked_of, can_be_drawn, disagreements, drawn, in_words, recorded
from registry.rules import RULES, NewVisit, Severity, check_visit, item_counts


def problem(field: str, value, message: str, rule: str = "A1") -> Problem:
    return Problem(rule=rule, field=field, value=str(value), message=message)


@transaction.atomic
def draw_sample(*, study: Study, site: Site, seed: int, share: Decimal, reader: User, by: User) -> ReabstractionSample:
    """Draw a share of the visits for a second reading; the reader does not see their patients until it is done."""
    ids = list(can_be_drawn(study, site, reader).values_list("pk", flat=True))
    if not ids:
        message = (
            "No visit can be drawn: each was read first by this reader, is being read again, or did not take place."
        )
        raise Refused([problem("reader", reader, message)])
    sample = ReabstractionSample(
        site=site, study=study, seed=seed, share=share, drawn_from=len(ids), reader=reader, drawn_by=by
    )
    sample.full_clean(exclude=["id"])
    visits = FollowUpVisit.objects.filter(pk__in=drawn(ids, seed=seed, share=share)).select_related("procedure")
    with recording(by=by):
        sample.save()
        Reading.objects.bulk_create(
            Reading(site=site, sample=sample, patient_id=visit.procedure.patient_id, visit=visit, reader=reader)
            for visit in visits
        )
    return sample


@transaction.atomic
def submit_reading(
    reading: Reading, *, values: dict[Instrument, Decimal | MissingReason], version: int, by: User
) -> Reading:
    """Hand in a second reading: every field that is asked has a value in range or a reason. It is not changed after."""
    refuse_unfit(reading.visit, values)
    kept = {each.key: as_said(value) for each, value in values.items()}
    changes = {"values": kept, "first_values": recorded(reading.visit), "submitted_at": timezone.now()}
    with recording(by=by):
        rows = Reading.objects.filter(pk=reading.pk, reader=by, version=version, submitted_at=None)
        if rows.update(**changes, version=F("version") + 1) == 0:
            raise StaleSave("This reading was handed in already.")
    reading.refresh_from_db()
    return reading


def refuse_unfit(visit: FollowUpVisit, values: dict[Instrument, Decimal | MissingReason]) -> None:
    """Refused where a field is left open, or a value breaks a rule of the scores of one visit."""
    unanswered = [each for each in asked_of(visit) if each not in values]
    wrong = [problem(each.key, "", "Give a value or the reason why there is none.", "M1") for each in unanswered]
    meant = with_scores(visit, values)
    keys = {instrument.key for instrument in values}
    broken = check_visit(meant, today=today(), items=item_counts([meant]))
    wrong += [each for each in broken if each.field in keys]
    if wrong:
        raise Refused(wrong)


def as_said(value: Decimal | MissingReason) -> Said:
    return {"missing": value.value} if isinstance(value, MissingReason) else {"value": f"{value.normalize():f}"}


@locks_in_words()
@transaction.atomic
def resolve(
    reading: Reading, *, field: str, taken: str, value: Decimal | MissingReason | None, reason: str, by: User
) -> Resolution:
    """Settle one disagreement: the first reading, the second, or another value; the record follows, with the reason.

    StaleSave where the record says neither what it said when the reading was handed in nor what is decided now.
    """
    FollowUpVisit.objects.select_for_update().get(pk=reading.visit_id)
    found = {each.instrument.key: each for each in disagreements(reading, asked_of(reading.visit))}.get(field)
    if reading.submitted_at is None or found is None or found.resolution is not None:
        raise Refused([problem("field", field, "There is no open disagreement on this field.")])
    if not reason.strip():
        raise Refused([problem("reason", "", "Say how it was decided; the reason is kept.")])
    decided = {"first": found.first, "second": found.second}.get(taken) or (as_said(value) if value is not None else {})
    if not decided:
        raise Refused([problem("value", "", "Give the value that the chart says, or the reason why there is none.")])
    now = recorded(reading.visit).get(field, {})
    if now not in (found.first, decided):
        raise StaleSave(
            f"The record was corrected since: it says {in_words(now)}. Settle on that, or correct the visit."
        )
    with recording(by=by, reason=reason):
        resolution = Resolution.objects.create(
            site_id=reading.site_id, reading=reading, field=field, taken=taken, value=decided, reason=reason, by=by
        )
        if decided != now:
            put_in_record(reading.visit, found.instrument, decided, reason=reason, by=by)
    return resolution


def put_in_record(visit: FollowUpVisit, instrument: Instrument, decided: Said, *, reason: str, by: User) -> None:
    """The decided value takes the place of the recorded one, by the same action as any correction.

    What a rule only warns of was looked at by whoever decided: the reason of the decision is the warning's too.
    """
    visit.refresh_from_db()
    new = MissingReason(decided["missing"]) if "missing" in decided else Decimal(decided["value"])
    meant = with_scores(visit, recorded_scores(visit) | {instrument: new})
    meant.overrides = {code: reason for code, rule in RULES.items() if rule.severity is Severity.WARN}
    correct_visit(visit, meant, version=visit.version, reason=f"Second reading: {reason}", by=by)


def with_scores(visit: FollowUpVisit, scores: dict[Instrument, Decimal | MissingReason]) -> NewVisit:
    """A recorded visit as somebody would type it again, with these scores."""
    return NewVisit(
        procedure=visit.procedure,
        timepoint=visit.timepoint,
        timepoint_asserted=visit.timepoint_asserted,
        visited_on=visit.visited_on,
        visited_precision=visit.visited_precision,
        day=visit.day,
        missed=visit.missed,
        missed_comment=visit.missed_comment,
        window_reason=visit.window_reason,
        scores=scores,
    )
