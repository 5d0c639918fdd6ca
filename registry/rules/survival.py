"""Rules of death, loss to follow-up, and the reasons for missing that follow from them."""

from collections.abc import Iterator
from datetime import timedelta

from registry.addresses import Address
from registry.models import MissingReason, VitalStatus
from registry.rules.dates import Moment
from registry.rules.record import PatientRecord, VisitRecord
from registry.rules.rule import Found, Rows, Said, of_each, refuses, warns

DECEASED, ALIVE = VitalStatus.Status.DECEASED, VitalStatus.Status.ALIVE
DEATH, EVENTS = "death", ("complication", "secondary_procedure")


def death_of(record: PatientRecord) -> tuple[Moment | None, Rows]:
    """The date of death, from vital status or from the event, and the rows that say it."""
    rows = [("vital_status", row, Moment.of(row, "died")) for row in record.rows("vital_status")]
    rows += [(DEATH, row, Moment.of(row, "happened")) for each in record.procedures for row in each.rows(DEATH)]
    known = [(form, row, when) for form, row, when in rows if when is not None]
    return (known[0][2] if known else None), tuple((form, row.pk) for form, row, _ in known)


def is_dead(record: PatientRecord) -> bool:
    """Whether anything says that the patient died, with or without a date."""
    status = record.only("vital_status")
    said = status is not None and (status.status == DECEASED or status.died_on is not None)
    return said or any(procedure.rows(DEATH) for procedure in record.procedures)


def moment_of(visit: VisitRecord) -> Moment | None:
    """When a visit was: its date, or the procedure's and the days since."""
    performed = visit.of.when
    if visit.when is not None or visit.visit.day is None or performed is None or performed.precision != "day":
        return visit.when
    return Moment(performed.on + timedelta(visit.visit.day), "day")


def after_death(record: PatientRecord, *, seen: bool) -> Iterator[Found]:
    """Visits after death: those at which something was found out, or the others."""
    death, rows = death_of(record)
    if death is None:
        return
    for visit in record.visits:
        when = moment_of(visit)
        if when is not None and when.after(death) and bool(visit.numbers or visit.visit.timepoint) == seen:
            message = f"The patient had died ({death}). Check both dates."
            yield Found(Address("visit", visit.visit.pk, "visited_on"), str(when), message, rows)


@refuses(
    "D4", forms=("visit", "procedure", *EVENTS, "vital_status"), fields=("visited_on", "happened_on", "performed_on"),
    evidence="P", wording="No visit, event or procedure is after death.",
    constraints=("visit_not_after_death", "event_not_after_death", "procedure_not_after_death",
                 "vitalstatus_death_is_last"),
)  # fmt: skip
def life_after_death(record: PatientRecord) -> Iterator[Found]:
    yield from after_death(record, seen=True)
    death, rows = death_of(record)
    if death is None:
        return
    for procedure in record.procedures:
        happened = [("procedure", procedure.procedure, "performed")]
        happened += [(form, row, "happened") for form in EVENTS for row in procedure.rows(form)]
        for form, row, stem in happened:
            when = Moment.of(row, stem)
            if when is not None and when.after(death):
                message = f"The patient had died ({death}). Check both dates."
                yield Found(Address(form, row.pk, f"{stem}_on"), str(when), message, rows)


@warns(
    "D4w", forms=("visit", "vital_status"), fields=("visited_on",), evidence="P",
    wording="An unscheduled contact without scores after death: administrative, or a wrong date.",
)  # fmt: skip
def contact_after_death(record: PatientRecord) -> Iterator[Found]:
    yield from after_death(record, seen=False)


@refuses(
    "D5", forms=("vital_status", "procedure", "death"), fields=("status", "died_on", "death_date_unknown"),
    evidence="P", constraints=("vitalstatus_death_is_dated", "vitalstatus_death_is_last"),
    wording="Death is not before a procedure; deceased has a date of death, or says that it cannot be found, and only"
    " deceased has one. ECOG 5 is death: it is not typed.",
)  # fmt: skip
@of_each("vital_status")
def death_and_status(row: VitalStatus, record: PatientRecord) -> Iterator[Said]:
    died = Moment.of(row, "died")
    said = died is not None or row.death_date_unknown or "died_on" in row.missing
    if row.status == DECEASED and not said:
        yield Said("died_on", "", "Give the date of death, or say that it cannot be found.")
    if row.status in (ALIVE, VitalStatus.Status.UNKNOWN) and (died is not None or row.death_date_unknown):
        yield Said(
            "status", row.status, "There is a date of death: the vital status is deceased, or the date is wrong."
        )
    if died is not None and row.death_date_unknown:
        yield Said("death_date_unknown", str(died), "There is a date of death, so it can be found.")
    for procedure in record.procedures:
        if died is not None and died.before(procedure.when):
            beside = (("procedure", procedure.procedure.pk),)
            yield Said("died_on", str(died), f"Death is before the procedure ({procedure.when}).", beside)
        for event in procedure.rows(DEATH) if row.status not in ("", DECEASED) else ():
            yield Said("status", row.status, "A death is recorded as an event: correct one.", ((DEATH, event.pk),))


@refuses(
    "D6", forms=("vital_status", "visit"), fields=("last_known_alive_on", "lost_on", "lost_to_follow_up"),
    evidence="P", constraints=("vitalstatus_alive_before_death", "vitalstatus_dead_is_not_lost"),
    wording="Last known alive is not after death; nobody is lost to follow-up before their last visit, or once dead.",
)  # fmt: skip
@of_each("vital_status")
def lost_or_alive(row: VitalStatus, record: PatientRecord) -> Iterator[Said]:
    alive, died, lost = (Moment.of(row, stem) for stem in ("last_known_alive", "died", "lost"))
    if alive is not None and alive.after(died):
        yield Said("last_known_alive_on", str(alive), f"This is after death ({died}).")
    if row.status == DECEASED and (row.lost_to_follow_up or lost is not None):
        message = "Somebody who died is not lost to follow-up: leave the loss out."
        yield Said("lost_to_follow_up", str(lost or "yes"), message)
    for visit in record.visits:
        when = moment_of(visit) if lost is not None and visit.visit.missed is None else None
        if when is not None and lost.before(when):
            beside = (("visit", visit.visit.pk),)
            yield Said("lost_on", str(lost), f"There is a visit after it ({when}).", beside)


@refuses(
    "M2", forms=("visit", "vital_status"), fields=("missed", "any score"), evidence="P",
    wording="A visit is missing because of death only if the patient died, and not before its window; not yet due"
    " only as long as its window is open at the date of the source; without that date it is asked at night.",
)  # fmt: skip
def reason_against_dates(record: PatientRecord) -> Iterator[Found]:
    for visit in record.visits:
        reasons = {key: value for key, value in visit.scores.items() if type(value) is MissingReason}
        if visit.visit.missed:
            reasons["missed"] = visit.visit.missed
        for field, reason in reasons.items():
            wrong = WRONG.get(reason)
            said = wrong and wrong(visit, record)
            if said:
                yield Found(Address("visit", visit.visit.pk, field), str(reason), *said)


def not_dead_then(visit: VisitRecord, record: PatientRecord) -> tuple[str, Rows, bool] | None:
    """What is wrong with `deceased` as a reason; the date of death may come with another form."""
    death, rows = death_of(record)
    when, status = moment_of(visit), record.only("vital_status")
    closes = window_end(visit)
    if when is not None and death is not None and not when.after(death):
        return f"The visit was not after death ({death}): give another reason.", rows, False
    if death is not None and closes is not None and death.after(closes):
        return f"The patient died ({death}) after the window had closed: give another reason.", rows, False
    if status is not None and status.status == ALIVE:
        return "The vital status is alive: give another reason.", (("vital_status", status.pk),), False
    return None if is_dead(record) else ("No death is recorded. Fill in the vital status.", rows, True)


def due_already(visit: VisitRecord, record: PatientRecord) -> tuple[str, Rows, bool] | None:
    """What is wrong with `not_due` as a reason: by the date of the source, else by today, which awaits another one."""
    closes, cut = window_end(visit), visit.visit.source_date
    if closes is None or closes.on >= (cut or record.today):
        return None
    other = "say not done, visit not attended, or why else it is missing; or give the date of the source"
    return f"The window closed on {closes}, and the visit was due: {other}.", (), cut is None


def window_end(visit: VisitRecord) -> Moment | None:
    """The last day of the visit's window, where it is known to the day."""
    performed, timepoint = visit.of.when, visit.visit.timepoint
    if timepoint is None or timepoint.closes_on_day is None or performed is None or performed.precision != "day":
        return None
    return Moment(performed.on + timedelta(timepoint.closes_on_day), "day")


WRONG = {MissingReason.DECEASED: not_dead_then, MissingReason.NOT_DUE: due_already}
