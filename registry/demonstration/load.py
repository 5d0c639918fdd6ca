"""Brings the demonstration cohorts into the record, where they are absent."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from registry.actions import events, patients, studies, visits
from registry.audit import through
from registry.demonstration.rows import DemoEvent, DemoPatient, DemoStudy, DemoVisit
from registry.models import (
    Covariate,
    Event,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Schedule,
    Site,
    Study,
    StudySite,
    TimeToEvent,
    User,
)
from registry.models.dates import Precision
from registry.rules import NewVisit
from registry.schedules import day_of


@transaction.atomic
def load_study(demo: DemoStudy, *, by: User) -> bool:
    """Load a demonstration cohort at its site; False where the site has it already."""
    if StudySite.objects.filter(study__slug=demo.slug, site__code=demo.site_code).exists():
        return False
    with through("import"):
        site = site_for(demo.site_code, demo.site_name, by=by)
        study = Study.objects.filter(slug=demo.slug).first() or make_study(demo, by=by)
        studies.join_study(study=study, site=site, by=by)
        load_patients(demo, study=study, site=site, by=by)
    return True


def site_for(code: str, name: str, *, by: User) -> Site:
    return Site.objects.filter(code=code).first() or studies.add_site(code=code, name=name, by=by)


def make_study(demo: DemoStudy, *, by: User) -> Study:
    """The study with its instruments and covariates, labelled synthetic."""
    schedule = Schedule.objects.get(slug=demo.schedule)
    study = studies.add_study(
        slug=demo.slug, name=demo.name, schedule=schedule, description=demo.description, synthetic=True,
        arm=demo.arm or "", by=by,
    )  # fmt: skip
    for key in demo.instruments:
        studies.ask_instrument(study=study, instrument=Instrument.objects.get(site=None, key=key), by=by)
    for covariate in demo.covariates:
        studies.add_covariate(study=study, name=covariate.name, label=covariate.label, kind=covariate.kind, by=by)
    return study


def load_patients(demo: DemoStudy, *, study: Study, site: Site, by: User) -> None:
    """The invented patients with everything that happened, table by table."""
    people = [new_patient(row, study, site) for row in demo.patients]
    patients.enrol_patients(people, by=by)
    covariates = {covariate.name: covariate for covariate in Covariate.objects.filter(study=study)}
    values = [
        patients.covariate_value(patient=patient, covariate=covariates[name], value=attribute(value))
        for row, patient in zip(demo.patients, people, strict=True)
        for name, value in row.covariates.items()
    ]
    patients.record_covariates(values, by=by)
    procedures = [new_procedure(row, patient) for row, patient in zip(demo.patients, people, strict=True)]
    patients.record_procedures(procedures, by=by)
    load_follow_up(demo, procedures, study, by=by)


def load_follow_up(demo: DemoStudy, procedures: list[Procedure], study: Study, *, by: User) -> None:
    """Visits, events and follow-up times of the procedures."""
    instruments = {instrument.key: instrument for instrument in study.instruments.select_related("part_of")}
    timepoints = {timepoint.code: timepoint for timepoint in study.schedule.timepoints.all()}
    pairs = list(zip(demo.patients, procedures, strict=True))
    new = [
        new_visit(visit, procedure, instruments, timepoints)
        for row, procedure in pairs
        for visit in row.procedure.visits
    ]
    visits.record_visits(new, by=by)
    happened = [new_event(event, procedure) for row, procedure in pairs for event in row.procedure.events]
    events.record_events(happened, by=by)
    times = [
        TimeToEvent(site_id=procedure.site_id, procedure=procedure, name=each.name, time=each.time, unit=each.unit,
                    event=each.event)
        for row, procedure in pairs
        for each in row.times
    ]  # fmt: skip
    patients.record_times(times, by=by)


def new_patient(demo: DemoPatient, study: Study, site: Site) -> Patient:
    """An unsaved patient, born in a year."""
    return Patient(
        site=site, study=study, study_number=demo.study_number, sex=demo.sex, born_on=date(demo.birth_year, 1, 1),
        born_precision=Precision.YEAR,
    )  # fmt: skip


def new_procedure(demo: DemoPatient, patient: Patient) -> Procedure:
    """An unsaved index procedure."""
    done = demo.procedure
    return Procedure(
        site_id=patient.site_id, patient=patient, kind=done.kind, performed_on=done.performed_on,
        performed_precision=done.precision,
    )  # fmt: skip


def new_event(demo: DemoEvent, procedure: Procedure) -> Event:
    """An unsaved event."""
    return Event(
        procedure=procedure, kind=demo.kind, description=demo.description, happened_on=demo.happened_on,
        happened_precision=demo.precision,
    )  # fmt: skip


def attribute(value: str | int | Decimal | None) -> Decimal | str | MissingReason:
    if value is None:
        return MissingReason.NOT_RECORDED
    return value if isinstance(value, str) else Decimal(value)


def new_visit(demo: DemoVisit, procedure: Procedure, instruments: dict, timepoints: dict) -> NewVisit:
    """A visit as the actions take it."""
    return NewVisit(
        procedure=procedure,
        timepoint=timepoints[demo.timepoint],
        visited_on=demo.visited_on,
        visited_precision=demo.precision,
        day=day_of(demo.visited_on, demo.precision, procedure.performed_on, procedure.performed_precision),
        missed=demo.missed,
        window_reason=demo.out_of_window_reason or "",
        source={"collection_method": demo.collection_method} if demo.collection_method else {},
        scores={
            instruments[key]: MissingReason(value) if isinstance(value, str) else Decimal(value)
            for key, value in demo.scores.items()
        },
        where=f"visit {demo.timepoint}",
    )
