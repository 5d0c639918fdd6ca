"""Rules of complications, secondary procedures and deaths."""

from collections.abc import Iterator

from registry.addresses import Address
from registry.models import Event, VitalStatus
from registry.models.event import Complication, SecondaryProcedure
from registry.rules.dates import Moment
from registry.rules.record import ProcedureRecord
from registry.rules.rule import Found, of_each_procedure, refuses, warns

COMPLICATION, SECONDARY, DEATH = "complication", "secondary_procedure", "death"
EVENTS = (COMPLICATION, SECONDARY, DEATH)
DECEASED = VitalStatus.Status.DECEASED
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
    wording="Clavien-Dindo V is a death, and what led to it began before; a death has its date everywhere, and no"
    " other grade.",
)  # fmt: skip
@of_each_procedure
def grade_against_death(procedure: ProcedureRecord) -> Iterator[Found]:
    deaths = deaths_told(procedure)
    for row in [*procedure.rows(COMPLICATION), *procedure.rows(DEATH)]:
        form = DEATH if row.kind == DEATH else COMPLICATION
        is_death = DEATH in (row.kind, row.complication)
        if is_death and row.clavien_dindo not in ("", FATAL):
            message = "The grade of a death is V; leave it empty where the death was no complication."
            yield found(form, row, "clavien_dindo", row.clavien_dindo, message)
        if is_death or row.clavien_dindo == FATAL:
            others = [told for told in deaths if told[1] != row.pk]
            yield from death_told_otherwise(form, row, is_death, others)
            if not deaths:
                message = "This is a death, and no death is recorded. Fill in the vital status."
                yield found(form, row, "clavien_dindo", FATAL, message, awaits=True)


def deaths_told(procedure: ProcedureRecord) -> list[tuple]:
    """(form, id, when) of the rows that tell of the patient's death."""
    vital = procedure.of.only("vital_status")
    deaths = [(DEATH, row.pk, when(row)) for row in procedure.rows(DEATH)]
    return deaths + (
        [("vital_status", vital.pk, Moment.of(vital, "died"))] if vital and vital.status == DECEASED else []
    )


def death_told_otherwise(form: str, row: Event, is_death: bool, deaths: list[tuple]) -> Iterator[Found]:
    """A death on another date than elsewhere, or what led to it after it; a fatal complication may begin before."""
    happened, beside = when(row), [(other, pk) for other, pk, _ in deaths]
    for _, _, died in deaths if happened is not None else ():
        if happened.after(died):
            message = f"The death was on {died}, before this. Correct one of the dates."
            yield found(form, row, "happened_on", happened, message, *beside)
        elif is_death and happened.before(died):
            message = f"The date of death is {died} elsewhere. Correct one of them."
            yield found(form, row, "happened_on", happened, message, *beside)


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
    for row in reoperations if not operations and not procedure.is_lost(SECONDARY) else ():
        if row.linked_procedure_id is None:
            message = "Record what was done: the procedure, or a secondary procedure."
            yield found(COMPLICATION, row, "complication", row.complication, message, awaits=True)
    for row in operations if not complications and not procedure.is_lost(COMPLICATION) else ():
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
            message = (
                "This is the day of the procedure itself: record it as part of the operation. Was it a return to"
                " theatre, record a second procedure of that day, and the complication 'reoperation' with it."
            )
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
