"""Patients' records in memory, of rows that are never saved: what the rules are shown in their examples."""

from datetime import date
from decimal import Decimal
from functools import cache

from registry import instruments, schedules
from registry.chart import FORMS
from registry.models import (
    Event,
    FollowUpVisit,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Schedule,
    Site,
    Study,
    Timepoint,
)
from registry.rules import Moment, PatientRecord, ProcedureRecord, VisitRecord
from registry.schedules import day_of, window_of

TODAY = date(2024, 12, 1)
PERFORMED = "2022-03-01"


def dated(fields: dict) -> dict:
    """Fields with dates as people type them: died_on='2022-05' is known to the month."""
    made = {}
    for name, value in fields.items():
        if name.endswith("_on") and isinstance(value, str):
            moment = Moment.read(value)
            made |= {name: moment.on, f"{name.removesuffix('_on')}_precision": moment.precision}
        else:
            made[name] = Decimal(str(value)) if isinstance(value, float) else value
    return made


@cache
def shipped() -> dict[str, Instrument]:
    """The shipped instruments, by key."""
    made: dict[str, Instrument] = {}
    for definition in instruments.DEFINITIONS:
        made[definition["key"]] = Instrument(**instruments.fields_of(definition))
    for definition in instruments.DEFINITIONS:
        made[definition["key"]].part_of = made.get(definition["part_of"])
    return made


@cache
def items() -> dict:
    """How many items each total has."""
    wholes = [each.part_of_id for each in shipped().values() if each.part_of_id]
    return {whole: wholes.count(whole) for whole in wholes}


@cache
def planned(schedule: str) -> dict[str, Timepoint]:
    """The timepoints of a shipped schedule, by code."""
    definition = next(each for each in schedules.DEFINITIONS if each["slug"] == schedule)
    of = Schedule(slug=schedule)
    return {fields["code"]: Timepoint(schedule=of, **fields) for fields in definition["timepoints"]}


def rows(filled: dict, **parent) -> dict[str, list]:
    """Forms by key, each a dict of fields or a list of them."""
    made: dict[str, list] = {}
    for key, given in filled.items():
        for fields in given if isinstance(given, list) else [given]:
            form = FORMS.get(key)
            model, fixed = (form.model, dict(form.fixed)) if form else (Event, {"kind": key})
            made.setdefault(key, []).append(model(**parent, **(fixed | dated(fields))))
    return made


def visit_record(procedure: Procedure, fields: dict, schedule: str) -> VisitRecord:
    """A visit by its fields, with `scores` by instrument key and `forms` by form key."""
    fields = dict(fields)
    scores, filled = fields.pop("scores", {}), fields.pop("forms", {})
    code = fields.pop("timepoint", "w6" if schedule == "clunk" else None)
    row = FollowUpVisit(procedure=procedure, timepoint=planned(schedule)[code] if code else None, **dated(fields))
    derived = day_of(row.visited_on, row.visited_precision, procedure.performed_on, procedure.performed_precision)
    row.day = row.day if derived is None else derived
    row.window = fields.get("window", window_of(row.timepoint, row.day))
    values = {
        key: MissingReason(value) if value in MissingReason.values else Decimal(str(value))
        for key, value in scores.items()
    }
    return VisitRecord(row, values, {key: shipped()[key] for key in values}, forms=rows(filled, visit=row))


def chart(
    *, schedule: str = "clunk", patient: dict | None = None, procedure: dict | None = None, visits=(), forms=None,
    covariates=None,
) -> PatientRecord:  # fmt: skip
    """A record: `forms` of the patient and of the procedure, by key; `visits` as visit_record takes them."""
    site = Site(code="north")
    study = Study(slug="hips", schedule=Schedule(slug=schedule))
    person = Patient(site=site, study=study, study_number="N-1", **dated(patient or {}))
    performed = {"performed_on": PERFORMED} | (procedure or {})
    done = Procedure(site=site, patient=person, **dated(performed))
    forms = forms or {}
    of_procedure = {key: given for key, given in forms.items() if key not in FORMS or FORMS[key].parent == "procedure"}
    of_patient = {key: given for key, given in forms.items() if key not in of_procedure}
    record = ProcedureRecord(
        done, rows(of_procedure, procedure=done), [visit_record(done, each, schedule) for each in visits]
    )
    return PatientRecord(
        person, [record], rows(of_patient, patient=person), covariates=covariates or {}, today=TODAY, items=items()
    )
