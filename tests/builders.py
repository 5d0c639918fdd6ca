"""Rows for tests, made through the actions; every argument is optional, so a test names only what it is about."""

import time
import uuid
from datetime import date
from decimal import Decimal
from itertools import count

from celery import current_app

from registry import jobs
from registry.actions import patients, people, studies, visits
from registry.models import Instrument, Job, MissingReason, Patient, Procedure, Schedule, Site, Study, User
from registry.rules import NewVisit

NUMBERS = count(1)
PASSWORD = "a password for tests"
APART = "apart"


def build_site(code: str = "") -> Site:
    code = code or f"site-{next(NUMBERS)}"
    there = Site.objects.filter(code=code).first()
    return there or studies.add_site(code=code, name=f"Hospital {code}", by=people.system_user())


def build_member(username: str, site: Site, role: str) -> User:
    by = people.system_user()
    user = User.objects.filter(username=username).first()
    user = user or people.add_user(username=username, password=PASSWORD, by=by)
    people.add_member(user=user, site=site, role=role, by=by)
    return user


def build_study(
    *, slug: str = "", site: Site | None = None, schedule: str = "clunk", instruments=("pain", "opioid"), **fields
) -> Study:
    """A study with a shipped schedule and shipped instruments, joined by a site."""
    by = people.system_user()
    if not Schedule.objects.filter(slug=schedule).exists():  # a test that commits empties all tables after it
        studies.install_definitions(by=by)
    slug = slug or f"study-{next(NUMBERS)}"
    plan = Schedule.objects.get(slug=schedule)
    study = studies.add_study(slug=slug, name=fields.pop("name", f"Study {slug}"), schedule=plan, by=by, **fields)
    studies.join_study(study=study, site=site or build_site(), by=by)
    for key in instruments:
        studies.ask_instrument(study=study, instrument=Instrument.objects.get(site=None, key=key), by=by)
    return study


def build_patient(*, study: Study | None = None, site: Site | None = None, study_number: str = "", **fields) -> Patient:
    site = site or (study.sites.first() if study else build_site())
    study = study or build_study(site=site)
    studies.join_study(study=study, site=site, by=people.system_user())
    number = study_number or f"P-{next(NUMBERS):04}"
    return patients.enrol_patient(site=site, study=study, study_number=number, by=people.system_user(), **fields)


def build_procedure(
    *, patient: Patient | None = None, performed_on: date | None = date(2024, 3, 1), precision: str = "day", **fields
) -> Procedure:
    patient = patient or build_patient(site=fields.pop("site", None), study=fields.pop("study", None))
    procedure = Procedure(
        site=patient.site, patient=patient, performed_on=performed_on,
        performed_precision=precision if performed_on else None, **fields,
    )  # fmt: skip
    patients.record_procedures([procedure], by=people.system_user())
    return procedure


def new_visit(procedure: Procedure, timepoint: str | None = "w6", **fields) -> NewVisit:
    """A visit as somebody means to record it; `scores` by instrument key, numbers or reason codes."""
    study = procedure.patient.study
    instruments = {each.key: each for each in study.instruments.select_related("part_of")}
    scores = {
        instruments[key]: MissingReason(value) if isinstance(value, str) else Decimal(str(value))
        for key, value in fields.pop("scores", {}).items()
    }
    if fields.get("visited_on"):
        fields.setdefault("visited_precision", "day")
    point = study.schedule.timepoints.get(code=timepoint) if timepoint else None
    return NewVisit(procedure=procedure, timepoint=point, scores=scores, **fields)


def build_visit(*, procedure: Procedure | None = None, timepoint: str | None = "w6", by: User | None = None, **fields):
    procedure = procedure or build_procedure()
    return visits.record_visit(new_visit(procedure, timepoint, **fields), by=by or people.system_user())


def build_cohort_rows(
    study: Study, site: Site, patients_wanted: int, *, timepoints=("preop", "w6", "m3")
) -> list[Procedure]:
    """Patients with plausible pain and opioid scores at some visits; quick, for tests that need many."""
    by = people.system_user()
    people_rows = [
        Patient(site=site, study=study, study_number=f"R-{next(NUMBERS):06}") for _ in range(patients_wanted)
    ]
    patients.enrol_patients(people_rows, by=by)
    procedures = [Procedure(site=site, patient=row) for row in people_rows]
    patients.record_procedures(procedures, by=by)
    keys = [key for key in ("pain", "opioid") if study.instruments.filter(key=key).exists()]
    planned = {each.code: each for each in study.schedule.timepoints.all()}
    instruments = {each.key: each for each in study.instruments.select_related("part_of")}
    new = [
        NewVisit(procedure=procedure, timepoint=planned[code], scores={
            instruments[key]: Decimal((place * 7 + step * 3) % 11 if key == "pain" else (place + step) % 2)
            for key in keys
        })
        for place, procedure in enumerate(procedures)
        for step, code in enumerate(timepoints)
    ]  # fmt: skip
    visits.record_visits(new, by=by)
    return procedures


def key() -> uuid.UUID:
    """A new submission key."""
    return uuid.uuid4()


def publish(kind: str, job_id: str) -> None:
    """Ring the session's worker, as the dispatcher does."""
    current_app.send_task(kind, args=[job_id], retry=False)


def publish_apart(kind: str, job_id: str) -> None:
    """Ring only the workers that a test started for itself."""
    current_app.send_task(kind, args=[job_id], retry=False, queue=APART)


def run_until(job: Job, reached, *, seconds: float = 60, publish=publish) -> Job:
    """Do the dispatcher's work until `reached(job)`; the job as it is then."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        jobs.sweep()
        jobs.ring(publish)
        job.refresh_from_db()
        if reached(job):
            return job
        time.sleep(0.02)
    raise AssertionError(f"The job is {job.state} after {seconds} s: {job.error or job.step}")


def run_job(job: Job, *, seconds: float = 60) -> Job:
    """Let the worker do a job."""
    return run_until(job, lambda job: job.is_over, seconds=seconds)
