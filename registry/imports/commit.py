"""Brings a checked study folder into the record, all or nothing. The same folder twice adds nothing."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from django.db import transaction

from registry.actions.patients import (
    covariate_value,
    enrol_patients,
    record_covariates,
    record_procedures,
    record_times,
)
from registry.actions.studies import add_covariate
from registry.actions.visits import add_scores, record_visits
from registry.audit import through
from registry.errors import Problem, Refused
from registry.imports.cells import number_of, reason_or_number
from registry.imports.definitions import instruments_for, study_for
from registry.imports.study_folder import StudyFolder, unit_of, whole
from registry.models import (
    CovariateValue,
    FollowUpVisit,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Score,
    Site,
    Study,
    TimeToEvent,
    User,
)
from registry.rules import NewVisit, plain


@transaction.atomic
def import_folder(folder: StudyFolder, *, site: Site, by: User) -> Counter:
    """Add what the record does not hold yet; how many rows of each kind were added.

    Refused where a row differs from what is recorded: an import never overwrites.
    """
    added: Counter = Counter()
    with through("import"):
        study = study_for(folder, site=site, by=by)
        instruments = instruments_for(folder, study=study, site=site, by=by)
        patients = bring_patients(folder, study, site, by, added)
        bring_attributes(folder, study, patients, by, added)
        procedures = bring_procedures(patients, by, added)
        bring_visits(folder, study, instruments, procedures, by, added)
        bring_times(folder, procedures, by, added)
    return added


def bring_patients(folder: StudyFolder, study: Study, site: Site, by: User, added: Counter) -> dict[str, Patient]:
    """The patients by study number, those that are new enrolled."""
    there = {patient.study_number: patient for patient in Patient.objects.filter(study=study, site=site)}
    numbers = [cells["patient_id"] for cells in folder.patients.rows]
    new = [Patient(site=site, study=study, study_number=number) for number in numbers if number not in there]
    enrol_patients(new, by=by)
    added["patients"] = len(new)
    there |= {patient.study_number: patient for patient in new}
    return {number: there[number] for number in numbers}


def bring_attributes(folder: StudyFolder, study: Study, patients: dict[str, Patient], by: User, added: Counter) -> None:
    """The typed attributes; one that is recorded already must be the same (I10)."""
    labels = folder.about.get("covariates", {})
    covariates = {
        name: add_covariate(
            study=study, name=name, label=labels.get(name, {}).get("label", name)[:120], kind=kind, by=by
        )
        for name, kind in folder.covariate_kinds.items()
    }
    recorded = CovariateValue.objects.filter(patient__in=list(patients.values()))
    there = {(value.patient_id, value.covariate_id): value for value in recorded}
    new, problems = [], []
    for row, cells in enumerate(folder.patients.rows):
        for name, covariate in covariates.items():
            value = attribute(cells[name], covariate.kind, folder.about.get("missing_codes", {}))
            made = covariate_value(patient=patients[cells["patient_id"]], covariate=covariate, value=value)
            old = there.get((made.patient_id, made.covariate_id))
            if old is None:
                new.append(made)
            elif (old.number, old.text, old.missing) != (made.number, made.text, made.missing):
                problems.append(folder.patients.problem(row, name, cells[name], "I10", ALREADY.format(shown(old))))
    if problems:
        raise Refused(problems)
    record_covariates(new, by=by)
    added["attributes"] = len(new)


ALREADY = "The record has {} here. An import never overwrites: correct it in the record, or leave the row out."


def shown(row: CovariateValue | Score | TimeToEvent) -> str:
    """What a recorded row holds, in words."""
    value = next(
        (getattr(row, name) for name in ("number", "text", "value") if getattr(row, name, None) is not None), None
    )
    return plain(value) if isinstance(value, Decimal) else str(value or row.missing)


def attribute(text: str, kind: str, missing_codes: dict[str, str]) -> Decimal | str | MissingReason:
    """A cell of patients.csv as its type's value."""
    if kind == "category" and text and text not in missing_codes:
        return text
    return reason_or_number(text, missing_codes)


def bring_procedures(patients: dict[str, Patient], by: User, added: Counter) -> dict[str, Procedure]:
    """The index procedure of each patient; a folder does not date it, so its days are what is known."""
    rows = Procedure.objects.valid().filter(patient__in=list(patients.values()), is_index=True)
    there = {procedure.patient_id: procedure for procedure in rows}
    new = [
        Procedure(site_id=patient.site_id, patient=patient) for patient in patients.values() if patient.pk not in there
    ]
    record_procedures(new, by=by)
    added["procedures"] = len(new)
    there |= {procedure.patient_id: procedure for procedure in new}
    return {number: there[patient.pk] for number, patient in patients.items()}


def bring_visits(
    folder: StudyFolder,
    study: Study,
    instruments: dict[str, Instrument],
    procedures: dict[str, Procedure],
    by: User,
    added: Counter,
) -> None:
    """Visits with their scores; what is recorded already must be the same (I10), what is new is added."""
    there, marked = recorded_visits(procedures)
    new, additions, problems = [], [], []
    for visit, rows in folder_visits(folder, study, instruments, procedures):
        place = (visit.procedure.pk, visit.timepoint.pk)
        old = there.get(place)
        if old is None and place in marked:
            added["visits left out, marked as entered in error"] += 1
            continue
        if old is None:
            new.append(visit)
            continue
        problems += differences(folder, visit, rows, old)
        recorded = {score.instrument_id for score in old.scores.all()}
        visit.scores = {
            instrument: value for instrument, value in visit.scores.items() if instrument.pk not in recorded
        }
        if visit.scores:
            additions.append((old, visit))
    if problems:
        raise Refused(problems)
    record_visits(new, by=by)
    added["visits"] = len(new)
    added["scores"] = len(add_scores(additions, by=by)) + sum(len(visit.scores) for visit in new)


def recorded_visits(procedures: dict[str, Procedure]) -> tuple[dict[tuple, FollowUpVisit], set[tuple]]:
    """The visits by (procedure, timepoint), an asserted one before one placed by its date; the places of errors."""
    visits = FollowUpVisit.objects.filter(procedure__in=list(procedures.values()), timepoint__isnull=False)
    rows = visits.order_by("timepoint_asserted").prefetch_related("scores__instrument__part_of")
    valid = {(row.procedure_id, row.timepoint_id): row for row in rows if row.error_marked_at is None}
    return valid, {(row.procedure_id, row.timepoint_id) for row in rows if row.error_marked_at is not None}


def folder_visits(
    folder: StudyFolder, study: Study, instruments: dict[str, Instrument], procedures: dict[str, Procedure]
) -> Iterator[tuple[NewVisit, dict[str, int]]]:
    """Each visit of the folder, with the row in which each of its instruments stands."""
    timepoints = {timepoint.code: timepoint for timepoint in study.schedule.timepoints.all()}
    codes = folder.about.get("missing_codes", {})
    found: dict[tuple[str, str], tuple[NewVisit, dict[str, int]]] = {}
    for row, cells in enumerate(folder.outcomes.rows):
        key = (cells["patient_id"], cells["timepoint"])
        if key not in found:
            visit = NewVisit(
                procedure=procedures[key[0]],
                timepoint=timepoints[key[1]],
                day=whole(cells["day"]) if cells["day"] else None,
                where=folder.outcomes.where(row),
                fields=dict.fromkeys(instruments, "value"),
            )
            if visit.window == "outside":
                visit.window_reason = "as in the imported file"
            found[key] = (visit, {})
        visit, rows = found[key]
        visit.scores[instruments[cells["instrument"]]] = reason_or_number(cells["value"], codes)
        rows[cells["instrument"]] = row
    yield from found.values()


def differences(folder: StudyFolder, visit: NewVisit, rows: dict[str, int], old: FollowUpVisit) -> list[Problem]:
    """Where the folder says something else than the record."""
    table, problems, row = folder.outcomes, [], min(rows.values())
    if old.missed and any(isinstance(value, Decimal) for value in visit.scores.values()):
        held = ALREADY.format(f"a visit that did not take place ({old.get_missed_display().lower()})")
        problems.append(table.problem(row, "timepoint", table.rows[row]["timepoint"], "I10", held))
    if visit.day != old.day:
        problems.append(table.problem(row, "day", str(visit.day), "I10", ALREADY.format(f"day {old.day}")))
    recorded = {score.instrument_id: score for score in old.scores.all()}
    for instrument, value in visit.scores.items():
        score = recorded.get(instrument.pk)
        if score is not None and value not in (score.value, score.missing):
            row = rows[instrument.key]
            problems.append(table.problem(row, "value", table.rows[row]["value"], "I10", ALREADY.format(shown(score))))
    return problems


def bring_times(folder: StudyFolder, procedures: dict[str, Procedure], by: User, added: Counter) -> None:
    """The follow-up times of survival.csv; one that is recorded already must be the same (I10)."""
    if folder.survival is None:
        return
    name = folder.about.get("survival", {}).get("name", "event")
    rows = TimeToEvent.objects.filter(procedure__in=list(procedures.values()), name=name)
    there = {row.procedure_id: row for row in rows}
    new, problems = [], []
    for row, cells in enumerate(folder.survival.rows):
        procedure = procedures[cells["patient_id"]]
        fields = {"time": number_of(cells["time"]), "unit": unit_of(folder), "event": whole(cells["event"]) == 1}
        old = there.get(procedure.pk)
        if old is None:
            new.append(TimeToEvent(site_id=procedure.site_id, procedure=procedure, name=name, **fields))
        elif any(getattr(old, field) != value for field, value in fields.items()):
            held = f"{plain(old.time)} {old.unit}, event {int(old.event)}"
            problems.append(folder.survival.problem(row, "time", cells["time"], "I10", ALREADY.format(held)))
    if problems:
        raise Refused(problems)
    record_times(new, by=by)
    added["times"] = len(new)
