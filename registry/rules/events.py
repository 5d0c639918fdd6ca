"""Rules of complications, secondary procedures and deaths."""

from collections.abc import Iterator

from registry.addresses import Address
from registry.models import Event
from registry.models.event import Complication, SecondaryProcedure
from registry.rules.dates import Moment
from registry.rules.record import ProcedureRecord
from registry.rules.rule import Found, of_each_procedure, refuses, warns

COMPLICATION, SECONDARY, DEATH = "complication", "secondary_procedure", "death"
EVENTS = (COMPLICATION, SECONDARY, DEATH)
FATAL, INTENSIVE = "V", ("IVa", "IVb")
OPERATIONS = (
    SecondaryProcedure.REPEAT_SACROPLASTY, SecondaryProcedure.HARDWARE_REMOVAL, SecondaryProcedure.HARDWARE_REVISION,
    SecondaryProcedure.ADDITIONAL_FIXATION, SecondaryProcedure.OPEN_SURGERY,
)  # fmt: skip


def when(event: Event) -> Moment | None:
    return Moment.of(event, "happened")


def found(form: str, row: Event, field: str, value, message: str, *beside: tuple, awaits: bool = False) -> Found:
    return Found(Address(form, row.pk, field), str(value), message, beside, awaits)


@refuses(
    "E1", forms=("procedure", *EVENTS), fields=("happened_on",), evidence="P",
    wording="An event is not before its procedure; the days from the index are the difference of the dates.",
    constraints=("event_not_before_its_procedure", "procedure_not_after_its_events"),
)  # fmt: skip
@of_each_procedure
def before_its_procedure(procedure: ProcedureRecord) -> Iterator[Found]:
    performed, beside = procedure.when, ("procedure", procedure.procedure.pk)
    for form in EVENTS:
        for row in procedure.rows(form):
            if when(row) is not None and when(row).before(performed):
                message = f"An event cannot be before its procedure ({performed})."
                yield found(form, row, "happened_on", when(row), message, beside)


@refuses(
    "E2", forms=(COMPLICATION, DEATH, "vital_status"), fields=("clavien_dindo", "happened_on"), evidence="K",
    wording="Clavien-Dindo V is a death, on the date of death; a death has no other grade.",
)  # fmt: skip
@of_each_procedure
def grade_against_death(procedure: ProcedureRecord) -> Iterator[Found]:
    vital = procedure.of.only("vital_status")
    deaths = [(DEATH, row.pk, when(row)) for row in procedure.rows(DEATH)]
    deaths += [("vital_status", vital.pk, Moment.of(vital, "died"))] if vital and vital.status == "deceased" else []
    beside = [(form, pk) for form, pk, _ in deaths]
    for row in procedure.rows(DEATH):
        if row.clavien_dindo not in ("", FATAL):
            message = "The grade of a death is V; leave it empty where the death was no complication."
            yield found(DEATH, row, "clavien_dindo", row.clavien_dindo, message)
    for row in [*procedure.rows(COMPLICATION), *procedure.rows(DEATH)]:
        form = DEATH if row.kind == DEATH else COMPLICATION
        if form == COMPLICATION and row.clavien_dindo != FATAL:
            continue
        if not deaths:
            message = "Grade V is death, and no death is recorded. Fill in the vital status."
            yield found(form, row, "clavien_dindo", FATAL, message, awaits=True)
        for _, pk, died in deaths:
            if pk != row.pk and when(row) is not None and (when(row).before(died) or when(row).after(died)):
                message = f"The date of death is {died} elsewhere. Correct one of them."
                yield found(form, row, "happened_on", when(row), message, *beside)


@warns(
    "E3", forms=(COMPLICATION, SECONDARY), fields=("complication", "linked_procedure", "secondary"), evidence="P",
    wording="A reoperation has the procedure that was done, or a secondary procedure; an operation among the secondary"
    " procedures that was not planned has its complication.", awaits=True,
)  # fmt: skip
@of_each_procedure
def reoperation_without_operation(procedure: ProcedureRecord) -> Iterator[Found]:
    complications, secondary = procedure.rows(COMPLICATION), procedure.rows(SECONDARY)
    operations = [row for row in secondary if row.secondary in OPERATIONS and row.reason != "planned_staged"]
    reoperations = [row for row in complications if row.complication == Complication.REOPERATION]
    for row in reoperations if not operations else ():
        if row.linked_procedure_id is None:
            message = "Record what was done: the procedure, or a secondary procedure."
            yield found(COMPLICATION, row, "complication", row.complication, message, awaits=True)
    for row in operations if not complications else ():
        message = "Record the complication that led to it, or say that it was planned."
        yield found(SECONDARY, row, "secondary", row.secondary, message, awaits=True)


@warns(
    "E4", forms=(COMPLICATION, "operation"), fields=("clavien_dindo", "icu_admission"), evidence="P",
    wording="Clavien-Dindo IV (intensive care) while the operation says that there was no intensive care.",
)  # fmt: skip
@of_each_procedure
def intensive_care_denied(procedure: ProcedureRecord) -> Iterator[Found]:
    operation = procedure.only("operation")
    if operation is None or operation.icu_admission is not False:
        return
    for row in procedure.rows(COMPLICATION):
        if row.clavien_dindo in INTENSIVE:
            message = f"Grade {row.clavien_dindo} needs intensive care; the operation says there was none. Check both."
            yield found(COMPLICATION, row, "clavien_dindo", row.clavien_dindo, message, ("operation", operation.pk))


@refuses(
    "E5", forms=(SECONDARY, "procedure"), fields=("happened_on",), evidence="P",
    wording="A secondary procedure on the day of the index procedure is part of the index procedure.",
    constraints=("event_not_before_its_procedure", "procedure_not_after_its_events"),
)  # fmt: skip
@of_each_procedure
def part_of_the_index(procedure: ProcedureRecord) -> Iterator[Found]:
    performed = procedure.when
    for row in procedure.rows(SECONDARY):
        if performed is not None and performed.days_to(when(row)) == 0:
            message = "This is the day of the procedure itself: record it as part of the operation."
            yield found(SECONDARY, row, "happened_on", when(row), message, ("procedure", procedure.procedure.pk))


@refuses(
    "E6", forms=(COMPLICATION, SECONDARY, DEATH), fields=("complication", "secondary", "intraoperative"), evidence="P",
    wording="A type of complication goes with a complication, a type of procedure with a secondary procedure.",
    constraints=("event_complication_of_its_kind", "event_secondary_of_its_kind"),
)  # fmt: skip
@of_each_procedure
def type_of_another_kind(procedure: ProcedureRecord) -> Iterator[Found]:
    for form in EVENTS:
        for row in procedure.rows(form):
            if row.complication and row.kind != COMPLICATION:
                yield found(form, row, "", row.complication, "Only a complication has a type of these.")
            if row.secondary and row.kind != SECONDARY:
                yield found(form, row, "", row.secondary, "Only a secondary procedure has a type of these.")


@refuses(
    "E7", forms=(COMPLICATION, "procedure"), fields=("intraoperative", "happened_on"), evidence="P",
    wording="What happened during the operation happened on its day.",
)  # fmt: skip
@of_each_procedure
def during_another_day(procedure: ProcedureRecord) -> Iterator[Found]:
    performed = procedure.when
    for row in procedure.rows(COMPLICATION):
        if row.intraoperative and when(row) is not None and when(row).after(performed):
            message = f"The operation was on {performed}: this was later, or it was not during the operation."
            yield found(COMPLICATION, row, "intraoperative", when(row), message, ("procedure", procedure.procedure.pk))
