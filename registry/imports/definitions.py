"""The study, schedule and instruments that a study folder needs: found where they are, made where they are not."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Q

from registry.actions import studies as actions
from registry.errors import Problem, Refused
from registry.imports.cells import reason_or_number
from registry.imports.study_folder import PlannedTimepoint, StudyFolder
from registry.models import Instrument, Schedule, Site, Study, User

DEFAULT_ARM = "group"


@contextmanager
def said_in(field: str) -> Iterator[None]:
    """I3: what a model says no to is said of the place in study.json where it stands."""
    try:
        yield
    except ValidationError as error:
        said = [(name, message) for name, messages in error.message_dict.items() for message in messages]
        raise Refused(
            [
                Problem(rule="I3", where="study.json", field=field_of(field, name), value="", message=message)
                for name, message in said
            ]
        ) from error


def field_of(field: str, name: str) -> str:
    """The path of a field; what concerns the whole has no name of its own."""
    return field if name == "__all__" else f"{field}.{name}".lstrip(".")


def study_for(folder: StudyFolder, *, site: Site, by: User) -> Study:
    """The study of this slug, joined by the site and with every timepoint of the folder."""
    study = Study.objects.filter(slug=folder.slug).first()
    if study is None:
        study = new_study(folder, by=by)
    actions.join_study(study=study, site=site, by=by)
    for timepoint in folder.timepoints:
        add_timepoint(study.schedule, timepoint, by=by)
    return study


def new_study(folder: StudyFolder, *, by: User) -> Study:
    """A study as study.json says it, with a schedule of its own; a column named `group` names the arms."""
    about = folder.about
    name = about.get("name", folder.slug)
    with said_in(""):
        schedule = actions.add_schedule(slug=f"study-{folder.slug}"[:100], name=name, timepoints=[], by=by)
        return actions.add_study(
            slug=folder.slug,
            name=name,
            schedule=schedule,
            description=about.get("description", ""),
            synthetic=about.get("synthetic", False),
            arm=about.get("arm", DEFAULT_ARM if DEFAULT_ARM in folder.covariate_kinds else ""),
            by=by,
        )


def add_timepoint(schedule: Schedule, planned: PlannedTimepoint, *, by: User) -> None:
    """Add a timepoint that the schedule does not have; I8 where its place is another's."""
    there = {timepoint.code: timepoint for timepoint in schedule.timepoints.all()}
    if planned.code in there:
        if there[planned.code].order != planned.order:
            message = f"The study's schedule has {planned.code} in place {there[planned.code].order}."
            raise refused_timepoint(planned, message)
        return
    taken = next((timepoint for timepoint in there.values() if timepoint.order == planned.order), None)
    if taken is not None:
        raise refused_timepoint(planned, f"The study's schedule has {taken.code} in this place.")
    with said_in(f"schedule.{planned.code}"):
        actions.add_timepoint(schedule=schedule, by=by, **vars(planned))


def refused_timepoint(planned: PlannedTimepoint, message: str) -> Refused:
    return Refused(
        [Problem(rule="I8", where=planned.code, field="timepoint_order", value=str(planned.order), message=message)]
    )


def instruments_for(folder: StudyFolder, *, study: Study, site: Site, by: User) -> dict[str, Instrument]:
    """Each instrument of the folder: as study.json defines it, else as shipped, else the site's own, else a draft."""
    observed = observed_values(folder)
    said = folder.about.get("instruments", {})
    found = {}
    for key in [*dict.fromkeys([*said, *observed])]:
        if key in said:
            instrument = defined(key, said[key], site=site, by=by)
        else:
            instrument = known_instrument(key, study, site) or draft(key, observed[key], site=site, by=by)
        if instrument.status == Instrument.Status.DRAFT:
            instrument = actions.widen_draft(instrument, observed[key], by=by)
        if instrument.part_of is not None:  # a total that the items add up to is asked for with them
            actions.ask_instrument(study=study, instrument=instrument.part_of, by=by)
        actions.ask_instrument(study=study, instrument=instrument, by=by)
        found[key] = instrument
    return found


def observed_values(folder: StudyFolder) -> dict[str, list[Decimal]]:
    """The numbers that the folder has for each instrument."""
    codes = folder.about.get("missing_codes", {})
    observed: dict[str, list[Decimal]] = {}
    for cells in folder.outcomes.rows:
        value = reason_or_number(cells["value"], codes)
        numbers = observed.setdefault(cells["instrument"], [])
        if isinstance(value, Decimal):
            numbers.append(value)
    return observed


def known_instrument(key: str, study: Study, site: Site) -> Instrument | None:
    """The instrument of this key that the study asks this site for, else the shipped one, else the site's newest."""
    candidates = Instrument.objects.filter(key=key).order_by("-instrument_version")
    mine = candidates.filter(Q(site=None) | Q(site=site))
    asked = mine.filter(asked__study=study).first()
    return asked or candidates.filter(site=None).first() or candidates.filter(site=site).first()


def defined(key: str, said: dict, *, site: Site, by: User) -> Instrument:
    """The instrument that study.json defines; I9 where the site has another definition under that version."""
    numbers = {
        name: None if said.get(name) is None else Decimal(str(said[name])) for name in ("minimum", "maximum", "mcid")
    }
    fields = numbers | {
        "step": Decimal(str(said.get("step", 1))),
        "name": said.get("name", key),
        "unit": said.get("unit", ""),
        "direction": said.get("direction", Instrument.Direction.UNSPECIFIED.value),
        "at_baseline": said.get("at_baseline", True),
        "levels": said.get("levels", {}),
    }
    version = said.get("version", "1")
    there = Instrument.objects.filter(key=key, site=site, instrument_version=version).first()
    if there is None:
        with said_in(f"instruments.{key}"):
            return actions.add_instrument(key=key, site=site, instrument_version=version, by=by, **fields)
    if there.status == Instrument.Status.DRAFT:
        return actions.define_draft(there, by=by, **fields)
    different = sorted(name for name, value in fields.items() if getattr(there, name) != value)
    if different:
        message = (
            f"Version {version} is recorded with another {', '.join(different)}. Give a new definition a new version."
        )
        raise Refused([Problem(rule="I9", where="study.json", field=f"instruments.{key}", value="", message=message)])
    return there


def draft(key: str, values: list[Decimal], *, site: Site, by: User) -> Instrument:
    """An instrument that came without a definition: the observed range, no direction."""
    low, high = min(values, default=Decimal(0)), max(values, default=Decimal(0))
    return actions.add_instrument(
        key=key,
        site=site,
        name=key.replace("_", " "),
        minimum=low,
        maximum=high,
        step=actions.step_of(values),
        status=Instrument.Status.DRAFT,
        source="Observed range of an import; a study.json that defines it makes it active.",
        by=by,
    )
