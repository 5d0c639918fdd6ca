"""Sites, studies and their schedules."""

from django.db import transaction

from registry import instruments, schedules
from registry.audit import recording
from registry.models import Instrument, Schedule, Site, Study, StudyInstrument, StudySite, Timepoint, User


@transaction.atomic
def install_definitions(*, by: User) -> None:
    """Add the shipped instruments and schedules that are absent."""
    with recording(by=by):
        instruments.install(Instrument)
        schedules.install(Schedule, Timepoint)


@transaction.atomic
def add_site(*, code: str, name: str, by: User) -> Site:
    """A new site; ValidationError where the code is taken or malformed."""
    site = Site(code=code, name=name)
    site.full_clean()
    with recording(by=by):
        site.save()
    return site


@transaction.atomic
def add_schedule(*, slug: str, name: str, timepoints: list[dict], by: User) -> Schedule:
    """A schedule with its timepoints; each dict holds the fields of a Timepoint."""
    schedule = Schedule(slug=slug, name=name)
    schedule.full_clean()
    with recording(by=by):
        schedule.save()
        for fields in timepoints:
            add_timepoint(schedule=schedule, by=by, **fields)
    return schedule


def add_timepoint(*, schedule: Schedule, by: User, **fields) -> Timepoint:
    """One more timepoint on a schedule."""
    timepoint = Timepoint(schedule=schedule, **fields)
    timepoint.full_clean()
    with recording(by=by):
        timepoint.save()
    return timepoint


@transaction.atomic
def add_study(*, slug: str, name: str, schedule: Schedule, by: User, description="", synthetic=False, arm="") -> Study:
    """A protocol; sites join it with join_study, instruments with ask_instrument."""
    study = Study(slug=slug, name=name, schedule=schedule, description=description, synthetic=synthetic, arm=arm)
    study.full_clean()
    with recording(by=by):
        study.save()
    return study


@transaction.atomic
def join_study(*, study: Study, site: Site, by: User) -> None:
    """Let a site enrol in a study; twice is once."""
    with recording(by=by):
        StudySite.objects.get_or_create(study=study, site=site)


@transaction.atomic
def ask_instrument(*, study: Study, instrument: Instrument, by: User) -> None:
    """Add an instrument to a study's form, at the end; twice is once."""
    with recording(by=by):
        order = study.asked.count()
        StudyInstrument.objects.get_or_create(study=study, instrument=instrument, defaults={"order": order})


def add_instrument(*, by: User, **fields) -> Instrument:
    """A site's own instrument; fields are those of the model."""
    instrument = Instrument(**fields)
    instrument.full_clean()
    with recording(by=by):
        instrument.save()
    return instrument
