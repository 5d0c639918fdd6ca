"""Rules of dates: birth, diagnosis, procedure, stay, courses. Partial dates refuse only what is certain."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from django.db import models

from registry.addresses import Address
from registry.derived.age import possible_ages
from registry.derived.spans import span_of
from registry.models import Malignancy, Operation
from registry.rules.dates import EARLIEST_DATE, Moment
from registry.rules.presets import ADULT, PERIODS
from registry.rules.record import PatientRecord, ProcedureRecord
from registry.rules.rule import Found, Said, of_each, refuses, warns

# All thresholds are proposals of this registry.
LONGEST_STAY_NIGHTS = 60
AGE_MAY_DIFFER_BY = 1
OLDEST = 110
DAYS_TO_READ_A_BIOPSY = 30
CANCER = ("metastatic", "myeloma_lymphoma")
COURSES = {
    "radiation": ("started", "ended"), "systemic": ("started", "ended"), "bone_drug": ("started", "ended"),
    "opioid_line": ("started", "ended"), "complication": ("happened", "resolved"),
}  # fmt: skip


def at(form: str, row: models.Model, field: str) -> Address:
    return Address(form, row.pk, field)


@cache
def dates_of(model: type[models.Model]) -> tuple[str, ...]:
    """The dates of a form; moments of the clock are not among them."""
    fields = model._meta.concrete_fields
    return tuple(field.name for field in fields if type(field) is models.DateField)


@refuses(
    "D1", forms=("patient", "procedure", "visit", "malignancy", "every form"), fields=("every date",), evidence="P",
    wording="No date is in the future or before 1900; birth is before a diagnosis and a procedure; the cancer for"
    f" which somebody is treated was diagnosed by the index procedure, or within {DAYS_TO_READ_A_BIOPSY} days of it.",
    constraints=("patient_born_before_all", "procedure_not_before_birth", "malignancy_not_before_birth"),
)  # fmt: skip
def dates_out_of_order(record: PatientRecord) -> Iterator[Found]:
    yield from off_the_calendar(record)
    yield from before_birth(record)
    yield from diagnosed_too_late(record)


def off_the_calendar(record: PatientRecord) -> Iterator[Found]:
    """Dates that nobody can have lived through."""
    rows = [("patient", record.patient, ("born_on",))]
    rows += [("procedure", each.procedure, ("performed_on",)) for each in record.procedures]
    rows += [("visit", each.visit, ("visited_on",)) for each in record.visits]
    rows += [
        (form, row, dates_of(type(row)))
        for place in record.places
        for form, filled in place.forms.items()
        for row in filled
    ]
    for form, row, names in rows:
        for name in names:
            on = getattr(row, name)
            if on is not None and not EARLIEST_DATE <= on <= record.today:
                wrong = "in the future" if on > record.today else "before 1900"
                yield Found(at(form, row, name), str(on), f"This date is {wrong}.")


def before_birth(record: PatientRecord) -> Iterator[Found]:
    """A diagnosis or a procedure before birth."""
    born = Moment.of(record.patient, "born")
    if born is None:
        return
    beside = (("patient", record.patient.pk),)
    happened = [("procedure", each.procedure, "performed") for each in record.procedures]
    happened += [("malignancy", row, "diagnosed") for row in record.rows("malignancy")]
    for form, row, stem in happened:
        when = Moment.of(row, stem)
        if when is not None and when.before(born):
            yield Found(at(form, row, f"{stem}_on"), str(when), f"This is before birth ({born}).", beside)


def diagnosed_too_late(record: PatientRecord) -> Iterator[Found]:
    """The only cancers were found long after the index procedure, and nothing but cancer is said to be the cause.

    A biopsy at the procedure may take weeks to read. As long as no cause is recorded, that is awaited.
    """
    rows: list[Malignancy] = record.rows("malignancy")
    index = record.index.when if record.index else None
    causes = {row.etiology for row in record.rows("fracture")} - {""}
    if index is None or not rows or causes - set(CANCER):
        return
    read_by = Moment(span_of(*index).last + timedelta(DAYS_TO_READ_A_BIOPSY), "day")
    found = [(row, Moment.of(row, "diagnosed")) for row in rows]
    if all(when is not None and when.after(read_by) for _, when in found):
        beside = (("procedure", record.index.procedure.pk), *(("fracture", row.pk) for row in record.rows("fracture")))
        for row, when in found:
            message = (
                f"The cancer was diagnosed more than {DAYS_TO_READ_A_BIOPSY} days after the index procedure ({index})."
                " Check both dates; if it is not the cause, say in the form of the fracture what is."
            )
            yield Found(at("malignancy", row, "diagnosed_on"), str(when), message, beside, awaits=not causes)


@refuses(
    "D2", forms=("patient", "procedure"), fields=("born_on", "performed_on", "age"), evidence="S",
    wording=f"At the index procedure the age is at least that of the protocol ({ADULT}) and at most {OLDEST};"
    f" an age that is kept differs by {AGE_MAY_DIFFER_BY} year at most from that of the dates.",
)  # fmt: skip
def wrong_age(record: PatientRecord) -> Iterator[Found]:
    patient, index = record.patient, record.index
    if index is None:
        return
    performed = index.procedure
    ages = possible_ages(patient.born_on, patient.born_precision, performed.performed_on, performed.performed_precision)
    if ages is None:
        return
    youngest, age, beside = ages[0], ages[-1], (("procedure", performed.pk),)
    on_the_calendar = patient.born_on >= EARLIEST_DATE and performed.performed_on <= record.today  # else D1 says it
    if youngest > OLDEST and on_the_calendar:
        message = f"The age at the procedure is {youngest}: nobody here is older than {OLDEST}. Check both dates."
        yield Found(at("patient", patient, "born_on"), str(youngest), message, beside)
    least = ADULT.get(record.schedule)
    if least is not None and 0 <= age < least:
        message = f"The age at the procedure is {age}; this study is of people of {least} and older."
        yield Found(at("patient", patient, "born_on"), str(age), message, beside)
    kept = record.covariates.get("age")
    if kept is not None and not youngest - AGE_MAY_DIFFER_BY <= kept <= age + AGE_MAY_DIFFER_BY:
        message = f"By the dates the age is {age}; {kept.normalize():f} is kept. Check the dates and the age."
        yield Found(at("patient", patient, "born_on"), f"{age}, age {kept.normalize():f}", message, beside)


@refuses(
    "D7", forms=("operation", "procedure"), fields=("admitted_on", "discharged_on", "performed_on"), evidence="P",
    wording="Admission is not after the procedure, discharge not before it.",
    constraints=("operation_within_the_stay", "procedure_within_the_stay"),
)  # fmt: skip
@of_each("operation")
def outside_the_stay(row: Operation, procedure: ProcedureRecord) -> Iterator[Said]:
    performed, admitted, discharged = procedure.when, Moment.of(row, "admitted"), Moment.of(row, "discharged")
    beside = (("procedure", procedure.procedure.pk),)
    if admitted is not None and admitted.after(performed):
        yield Said("admitted_on", str(admitted), f"Admission is after the procedure ({performed}).", beside)
    if discharged is not None and discharged.before(performed):
        yield Said("discharged_on", str(discharged), f"Discharge is before the procedure ({performed}).", beside)
    if admitted is not None and admitted.after(discharged):
        yield Said("discharged_on", str(discharged), f"Discharge is before admission ({admitted}).")


@warns(
    "D7w", forms=("operation",), fields=("discharged_on",), evidence="P",
    wording=f"A stay of more than {LONGEST_STAY_NIGHTS} nights after the procedure.",
)  # fmt: skip
@of_each("operation")
def long_stay(row: Operation, procedure: ProcedureRecord) -> Iterator[Said]:
    performed, discharged = procedure.when, Moment.of(row, "discharged")
    nights = performed.days_to(discharged) if performed else None
    if nights is not None and nights > LONGEST_STAY_NIGHTS:
        message = f"A stay of {nights} nights after the procedure. Check the discharge."
        yield Said("discharged_on", str(nights), message, (("procedure", procedure.procedure.pk),))


@warns(
    "D9", forms=("procedure",), fields=("performed_on",), evidence="S",
    wording="An index procedure lies in the period of its study: "
    + "; ".join(f"{slug} {first} to {last}" for slug, (first, last) in PERIODS.items())
    + ".",
)  # fmt: skip
def out_of_period(record: PatientRecord) -> Iterator[Found]:
    index = record.index
    if index is None or index.when is None or record.schedule not in PERIODS:
        return
    first, last = PERIODS[record.schedule]
    if index.when.before(first) or index.when.after(last):
        message = f"The study takes procedures from {first} to {last}; this one was on {index.when}."
        yield Found(at("procedure", index.procedure, "performed_on"), str(index.when), message)


@refuses(
    "D10", forms=tuple(COURSES), fields=("started_on", "ended_on", "happened_on", "resolved_on"), evidence="P",
    wording="Nothing ends before it begins: a course of treatment, a line of opioids, a complication.",
    constraints=tuple(f"{model}_ends_after_it_begins" for model in (
        "radiationcourse", "systemictherapy", "bonedrug", "opioidline", "event",
    )),
)  # fmt: skip
def ends_before_it_begins(record: PatientRecord) -> Iterator[Found]:
    for place in record.places:
        for form, (begins, ends) in COURSES.items():
            for row in place.rows(form):
                begin, end = Moment.of(row, begins), Moment.of(row, ends)
                if end is not None and end.before(begin):
                    message = f"This is before the beginning ({begin}). Check both dates."
                    yield Found(at(form, row, f"{ends}_on"), str(end), message)
