"""Sites, studies and their schedules."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F

from registry import instruments, schedules
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import Covariate, Instrument, Schedule, Site, Study, StudyInstrument, StudySite, Timepoint, User


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
def add_study(*, slug: str, name: str, schedule: Schedule, by: User, **fields) -> Study:
    """A protocol; sites join it with join_study, instruments with ask_instrument.

    fields: description, synthetic, arm, default_plan; none of them has to be there.
    """
    study = Study(slug=slug, name=name, schedule=schedule, **fields)
    study.full_clean()
    with recording(by=by):
        study.save()
    return study


@transaction.atomic
def start_study(*, slug: str, name: str, site: Site, protocol: dict, by: User) -> Study:
    """A study as a shipped protocol describes it, joined by a site; ValidationError where the slug is taken."""
    about = {field: protocol[field] for field in ("description", "arm", "default_plan")}
    schedule = Schedule.objects.get(slug=protocol["schedule"])
    study = add_study(slug=slug, name=name or protocol["name"], schedule=schedule, by=by, **about)
    join_study(study=study, site=site, by=by)
    for key in protocol["instruments"]:
        ask_instrument(study=study, instrument=Instrument.objects.get(site=None, key=key), by=by)
    for covariate in protocol["covariates"]:
        add_covariate(study=study, by=by, **covariate)
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


def step_of(values: list[Decimal]) -> Decimal:
    """The coarsest power of ten on which all the values lie."""
    finest = max((-value.normalize().as_tuple().exponent for value in values), default=0)
    return Decimal(1).scaleb(-max(finest, 0))


@transaction.atomic
def widen_draft(instrument: Instrument, values: list[Decimal], *, by: User) -> Instrument:
    """Let a draft's range follow what is observed; a defined instrument's range is never moved."""
    low, high = min([instrument.minimum, *values]), max([instrument.maximum, *values])
    step = min(instrument.step, step_of(values))
    if (low, high, step) != (instrument.minimum, instrument.maximum, instrument.step):
        with recording(by=by):
            Instrument.objects.filter(pk=instrument.pk, status=Instrument.Status.DRAFT).update(
                minimum=low, maximum=high, step=step, version=F("version") + 1
            )
        instrument.refresh_from_db()
    return instrument


@transaction.atomic
def define_draft(instrument: Instrument, *, by: User, **fields) -> Instrument:
    """Give a draft its definition, from which on data no longer move its range.

    The database refuses a range in which recorded scores do not lie.
    """
    for name, value in (fields | {"status": Instrument.Status.ACTIVE, "source": ""}).items():
        setattr(instrument, name, value)
    instrument.version += 1
    instrument.full_clean()
    outside = instrument.scores.exclude(value__isnull=True).exclude(
        value__gte=instrument.minimum, value__lte=instrument.maximum
    )
    if outside.exists():
        message = f"{outside.count()} recorded scores lie outside this range."
        raise Refused([Problem(rule="I9", where="study.json", field=instrument.key, value="", message=message)])
    with recording(by=by):
        instrument.save()
    return instrument


@transaction.atomic
def add_covariate(*, study: Study, name: str, label: str, kind: str, by: User) -> Covariate:
    """One more typed attribute of a study's patients; Refused (I5) where it is there with another type."""
    there = Covariate.objects.filter(study=study, name=name).first()
    if there is not None and there.kind != kind:
        message = f"The study keeps this as {there.get_kind_display()}; the file has another type."
        raise Refused([Problem(rule="I5", where="patients.csv", field=name, value="", message=message)])
    if there is not None:
        return there
    covariate = Covariate(study=study, name=name, label=label, kind=kind, order=study.covariates.count())
    covariate.full_clean()
    with recording(by=by):
        covariate.save()
    return covariate
