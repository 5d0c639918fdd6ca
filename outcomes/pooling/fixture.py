"""Does this instance count as the spec says? The fixture is recorded, frozen and counted here as any patient is.

It goes through registry.actions into a site and a study of its own, with the schedule and the instruments of a study of
the cohort, in a transaction that is always rolled back: nothing of it is kept, and no worker ever sees it.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from outcomes.cohort_actions import make_cohort
from outcomes.cohorts import WHOLE_STUDY
from outcomes.freeze import CannotFreeze, Frozen, freeze
from outcomes.pooling.bundle import table_of
from outcomes.pooling.framing import NotHere, counted
from outcomes.pooling.invented import invented
from outcomes.pooling.jcs import hash_of
from outcomes.pooling.spec import Spec, read_spec
from registry.actions import patients, studies, visits
from registry.actions.people import system_user
from registry.errors import Refused
from registry.models import (
    Covariate,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Site,
    Study,
    Timepoint,
    TimeToEvent,
)
from registry.rules import NewVisit
from registry.schedules import timepoint_for
from registry.walls import at_sites

PREFIX = "fixture"
NAMED_AT_MOST = 3


class FixtureMismatch(Exception):
    """This instance does not count the spec's fixture as the spec says, in words."""


def with_fixture(document: Mapping, whose: Iterable[Study]) -> dict:
    """A spec's document with its fixture: the invented patients, and the tables that these studies count of them."""
    document = dict(document)
    document["fixture"] = {"rows": invented(document), "tables": {}, "digest": hash_of({})}
    spec, found = read_spec(document), {}
    for study in whose:
        mine = digests(spec, study)
        clash = [name for name, digest in mine.items() if found.setdefault(name, digest) != digest]
        if clash:
            raise FixtureMismatch(f"The studies of this cohort do not count alike: {named(clash)}.")
    absent = [name for name in spec.analyses if name not in found]
    if absent:
        raise FixtureMismatch(f"No study of this cohort asks for what these need: {named(absent)}.")
    tables = {name: found[name] for name in spec.analyses}
    document["fixture"] |= {"tables": tables, "digest": hash_of(tables)}
    return document


def check_fixture(spec: Spec, whose: Iterable[Study]) -> None:
    """FixtureMismatch where one of these studies counts the fixture in another way than the spec says."""
    stated = spec.document["fixture"]
    if hash_of(stated["tables"]) != stated["digest"] or set(stated["tables"]) != set(spec.analyses):
        raise FixtureMismatch("The spec does not say what its fixture counts to. Ask for a whole spec.")
    for study in whose:
        other = [name for name, digest in digests(spec, study).items() if stated["tables"][name] != digest]
        if other:
            raise FixtureMismatch(
                f"{study.name} counts the fixture in another way than the spec says, so its tables would not add up "
                f"with the others': {named(other)}. Compare the schedule's windows and the instruments with the spec's."
            )


def named(analyses: list[str]) -> str:
    more = len(analyses) - NAMED_AT_MOST
    return ", ".join(analyses[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def digests(spec: Spec, study: Study) -> dict[str, str]:
    """The name of each analysis's tables of the fixture, as a study with this one's schedule and instruments counts it.

    Without the analyses of instruments that the study does not ask for.
    """
    frozen = frozen_fixture(spec, study)
    found = counted(spec, frozen)
    return {name: hash_of(table_of(name, each)) for name, each in found.items() if not isinstance(each, NotHere)}


def frozen_fixture(spec: Spec, study: Study) -> Frozen:
    """The fixture as this instance freezes it; nothing of it stays."""
    check_rows(spec)
    try:
        with nothing_stays():
            return freeze_of(spec, study)
    except Refused as error:
        raise FixtureMismatch(f"The fixture cannot be recorded in {study.name}: {error.problems[0]}") from error
    except (ValidationError, DatabaseError, CannotFreeze, ValueError, ArithmeticError) as error:
        words = error.messages[0] if isinstance(error, ValidationError) else type(error).__name__
        raise FixtureMismatch(f"The fixture cannot be recorded in {study.name}: {words}") from error


@contextmanager
def nothing_stays() -> Iterator[None]:
    """A transaction, or a part of one, that is rolled back whatever comes of it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def check_rows(spec: Spec) -> None:
    """FixtureMismatch where the fixture's patients have what the spec does not know."""
    document = spec.document
    known = {
        "covariate": {*document["covariates"]}, "time": {*document["survival"]}, "instrument": {*spec.instruments},
        "timepoint": {"", *(timepoint["code"] for timepoint in document["timepoints"])},
        "reason": {"", *MissingReason.values},
    }  # fmt: skip
    for row in document["fixture"]["rows"]:
        for what, name in names_of(row):
            if name not in known[what]:
                raise FixtureMismatch(f"The fixture names what the spec does not have: the {what} {name[:40]}.")


def names_of(row: Mapping) -> Iterator[tuple[str, str]]:
    """What one of the fixture's patients names."""
    yield from (("covariate", name) for name in row["covariates"])
    yield from (("time", name) for name in row["times"])
    for said in row["visits"]:
        yield "timepoint", said["timepoint"]
        yield "reason", said["missed"]
        yield from (("instrument", key) for key in (*said["scores"], *said["missing"]))
        yield from (("reason", code) for code in said["missing"].values())


def freeze_of(spec: Spec, like: Study) -> Frozen:
    """Record the fixture in a study like this one, and freeze it."""
    by, mark = system_user(), f"{PREFIX}-{secrets.token_hex(8)}"
    site = studies.add_site(code=mark, name=mark, by=by)
    with at_sites([site.pk]):
        study = studies.add_study(slug=mark, name=mark, schedule=like.schedule, by=by)
        studies.join_study(study=study, site=site, by=by)
        for asked in like.asked.select_related("instrument").order_by("order", "instrument__key"):
            studies.ask_instrument(study=study, instrument=asked.instrument, by=by)
        record(spec, study, site)
        cohort = make_cohort(name=f"{mark} cohort", studies=[study], rule=WHOLE_STUDY, by=by)
        return freeze(cohort, [site.pk])


def record(spec: Spec, study: Study, site: Site) -> None:
    """The fixture's patients through the same actions as everybody's."""
    by, rows = system_user(), spec.document["fixture"]["rows"]
    people = [enrolled(row, study, site) for row in rows]
    patients.enrol_patients(people, by=by)
    operated = [Procedure(site=site, patient=one, kind=row["kind"], performed_on=on(row["performed"]),
                          performed_precision="day") for one, row in zip(people, rows, strict=True)]  # fmt: skip
    patients.record_procedures(operated, by=by)
    record_covariates(spec, study, people)
    patients.record_times([time for one, row in zip(operated, rows, strict=True) for time in times(row, one)], by=by)
    there = {asked.key: asked for asked in study.instruments.select_related("part_of")}
    widen(spec, there)
    planned = list(study.schedule.timepoints.all())
    seen = [visit(said, one, planned, there) for one, row in zip(operated, rows, strict=True) for said in row["visits"]]
    visits.record_visits(seen, by=by)


def enrolled(row: Mapping, study: Study, site: Site) -> Patient:
    born = on(row["born"])
    return Patient(site=site, study=study, study_number=row["number"], sex=row["sex"], born_on=born,
                   born_precision="day" if born else None)  # fmt: skip


def on(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def record_covariates(spec: Spec, study: Study, people: list[Patient]) -> None:
    """Everything that the spec knows of a patient, as what the study types: the numbers and levels of the fixture."""
    by, rows, found = system_user(), spec.document["fixture"]["rows"], []
    for name in dict.fromkeys(name for row in rows for name in row["covariates"]):
        about = spec.document["covariates"][name]
        kind = Covariate.Kind.CATEGORY if about["kind"] == "category" else Covariate.Kind.DECIMAL
        covariate = studies.add_covariate(study=study, name=name, label=name, kind=kind, by=by)
        for one, row in zip(people, rows, strict=True):
            if name in row["covariates"]:
                said = row["covariates"][name]
                typed = said if kind == Covariate.Kind.CATEGORY else Decimal(said)
                found.append(patients.covariate_value(patient=one, covariate=covariate, value=typed))
    patients.record_covariates(found, by=by)


def times(row: Mapping, procedure: Procedure) -> Iterator[TimeToEvent]:
    for name, said in row["times"].items():
        yield TimeToEvent(site=procedure.site, procedure=procedure, name=name, time=Decimal(said["time"]),
                          unit=said["unit"], event=said["event"])  # fmt: skip


def widen(spec: Spec, there: Mapping[str, Instrument]) -> None:
    """A draft's range is what was observed here; the fixture observes the spec's."""
    for key, about in spec.instruments.items():
        if key in there and there[key].status == Instrument.Status.DRAFT:
            ends = [Decimal(about["minimum"]), Decimal(about["maximum"])]
            step = Decimal(about["minimum"]) + Decimal(about["step"])
            there[key].__dict__.update(studies.widen_draft(there[key], [*ends, step], by=system_user()).__dict__)


def visit(said: Mapping, procedure: Procedure, planned: list, there: Mapping[str, Instrument]) -> NewVisit:
    """A visit as the fixture says it; what the study does not ask for, then or ever, is left out."""
    asserted = next((each for each in planned if each.code == said["timepoint"]), None)
    timepoint = asserted or (timepoint_for(planned, said["day"]) if said["day"] is not None else None)
    first = timepoint is not None and timepoint.kind == Timepoint.Kind.BASELINE
    wanted = {key: one for key, one in there.items() if one.at_baseline or not first}
    scores = {wanted[key]: Decimal(value) for key, value in said["scores"].items() if key in wanted}
    scores |= {wanted[key]: MissingReason(code) for key, code in said["missing"].items() if key in wanted}
    return NewVisit(procedure=procedure, timepoint=timepoint, timepoint_asserted=asserted is not None,
                    day=said["day"], missed=said["missed"] or None, scores=scores)  # fmt: skip
