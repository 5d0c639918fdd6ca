"""A synthetic registry of any size: seven instruments over six timepoints, about five visits a procedure.

People, visits and scores go in by binary COPY, with triggers off and indexes and foreign keys made again at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from outcomes.models import Cohort
from registry.actions import people, studies
from registry.models import (
    Covariate,
    CovariateValue,
    FollowUpVisit,
    Instrument,
    Patient,
    Procedure,
    Schedule,
    Score,
    Site,
    Study,
    User,
)
from tests.bench.parts.binary import copy_in, new_ids
from tests.bench.parts.triggers import silenced

SEED = 20250117
TIMEPOINTS = ("preop", "w6", "m3", "m6", "y1", "y2")
# Instrument → lowest, highest, where the typical patient begins, how far patients and visits lie apart, the change
# until the last visit. The changes are small, so that no p-value runs out of floating point at any size.
INSTRUMENTS = {
    "pain": (0, 10, 6.0, 1.6, -0.02),
    "opioid": (0, 1, 0.6, 0.4, -0.01),
    "ecog": (0, 4, 1.6, 0.7, -0.01),
    "fms": (0, 5, 2.6, 0.9, 0.01),
    "as": (0, 5, 2.4, 0.9, -0.01),
    "cpaf": (1, 10, 5.0, 1.7, 0.02),
    "msts": (0, 30, 16.0, 5.0, 0.05),
}
SITES = ("north", "south", "west")
ARM, ARMS = "complexity", ("complex", "simple")
SEXES = np.array([b"F", b"M"])
# Share of procedures still followed at each timepoint, of planned visits missed, of values and arms not recorded.
FOLLOWED = np.array([1.0, 0.96, 0.90, 0.84, 0.76, 0.60])
VISIT_MISSED, VALUE_MISSING, ARM_MISSING = 0.05, 0.08, 0.01
CHUNK = 20_000  # procedures that are drawn and sent at once


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Some procedures: scores (instrument → procedures x timepoints, -1 where missing), visits, arms, ages.

    visit: 0 where no visit is on record, 1 where one took place, 2 where it was missed. arms, ages: -1 where missing.
    """

    scores: dict[str, np.ndarray]
    visit: np.ndarray
    arms: np.ndarray
    ages: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What was put into the database."""

    slug: str
    procedures: int
    visits: int
    scores: int


def draw(chunk: int, rows: int) -> Drawn:
    """A chunk of procedures. The same for the same chunk and size."""
    rng = np.random.default_rng([SEED, chunk, rows])
    shape = (rows, len(TIMEPOINTS))
    patient = rng.normal(0, 1, (rows, 1))
    arms = rng.integers(0, len(ARMS), rows)
    elapsed = np.arange(len(TIMEPOINTS)) / (len(TIMEPOINTS) - 1)
    scores = {}
    for key, (low, high, start, apart, change) in INSTRUMENTS.items():
        centre = start + apart * (0.7 * patient + change * elapsed + 0.02 * arms[:, None])
        scores[key] = np.rint(centre + rng.normal(0, apart, shape)).clip(low, high).astype(np.int8)
        scores[key][rng.random(shape) < VALUE_MISSING] = -1
    visit = (rng.random((rows, 1)) < FOLLOWED).astype(np.int8)
    visit[(rng.random(shape) < VISIT_MISSED) & (visit > 0)] = 2
    arms[rng.random(rows) < ARM_MISSING] = -1
    ages = np.rint(rng.normal(64, 13, rows)).clip(18, 99).astype(np.int16)
    return Drawn(scores=scores, visit=visit, arms=arms, ages=ages)


def chunks(procedures: int) -> Iterator[Drawn]:
    for chunk, start in enumerate(range(0, procedures, CHUNK)):
        yield draw(chunk, min(CHUNK, procedures - start))


def load(procedures: int) -> Loaded:
    """A study of that many procedures, and its cohort; the tables are vacuumed and analysed after it.

    One that is there already, in a database that outlives the benchmark, is used again.
    """
    by, slug = people.system_user(), f"engine-{procedures}"
    if Cohort.objects.filter(slug=slug).exists():
        there = FollowUpVisit.objects.filter(procedure__patient__study__slug=slug)
        scores = Score.objects.filter(visit__procedure__patient__study__slug=slug)
        return Loaded(slug=slug, procedures=procedures, visits=there.count(), scores=scores.count())
    visits = scores = 0
    with bare_tables():
        study, sites = build_study(slug, by)
        for chunk, drawn in enumerate(chunks(procedures)):
            chunk_visits, chunk_scores = send(study, sites, drawn, start=chunk * CHUNK, by=by)
            visits, scores = visits + chunk_visits, scores + chunk_scores
    cohort = Cohort.objects.create(slug=study.slug, name=study.name, rule={"unit": "procedure"})
    cohort.studies.add(study)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Loaded(slug=study.slug, procedures=procedures, visits=visits, scores=scores)


def build_study(slug: str, by: User) -> tuple[Study, list[Site]]:
    studies.install_definitions(by=by)
    schedule = Schedule.objects.get(slug="clunk")
    study = studies.add_study(slug=slug, name=slug, schedule=schedule, by=by, synthetic=True, arm=ARM)
    there = {site.code: site for site in Site.objects.all()}
    sites = [there.get(code) or studies.add_site(code=code, name=code, by=by) for code in SITES]
    for site in sites:
        studies.join_study(study=study, site=site, by=by)
    for key in INSTRUMENTS:
        studies.ask_instrument(study=study, instrument=Instrument.objects.get(site=None, key=key), by=by)
    for name, kind in ((ARM, Covariate.Kind.CATEGORY), ("age", Covariate.Kind.INTEGER)):
        studies.add_covariate(study=study, name=name, label=name.title(), kind=kind, by=by)
    return study, sites


@contextmanager
def bare_tables() -> Iterator[None]:
    """Tables without walls, triggers, indexes and constraints while they fill; afterwards all are there, checked."""
    tables = [model._meta.db_table for model in (Patient, Procedure, CovariateValue, FollowUpVisit, Score)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        constraints, indexes = constraints_of(cursor, tables), indexes_of(cursor, tables)
        again = silenced(cursor, tables)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for table, name, _ in reversed(constraints):
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for statement in again:
            cursor.execute(statement)


def constraints_of(cursor, tables: list[str]) -> list[tuple[str, str, str]]:
    """Foreign keys, and the keys on which no foreign key hangs."""
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint c "
        "WHERE conrelid::regclass::text = ANY(%s) AND (contype = 'f' OR contype IN ('p', 'u') "
        "AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)) "
        "ORDER BY contype = 'f', 1, 2",
        [tables],
    )
    return cursor.fetchall()


def indexes_of(cursor, tables: list[str]) -> list[tuple[str, str]]:
    """Indexes that no constraint owns."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i "
        "WHERE indrelid::regclass::text = ANY(%s) "
        "AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [tables],
    )
    return cursor.fetchall()


def send(study: Study, sites: list[Site], drawn: Drawn, *, start: int, by: User) -> tuple[int, int]:
    """A chunk into the database; how many visits and scores."""
    rows = len(drawn.arms)
    site = ids_of(sites)[(np.arange(rows) + start) % len(sites)]
    patient, procedure = new_ids(rows), new_ids(rows)
    numbers = np.char.mod(b"E-%07d", np.arange(start, start + rows))
    sexes = SEXES[np.arange(rows) % 2]
    copy_in(Patient, rows, {"id": patient, "site": site, "study": study.pk, "study_number": numbers, "sex": sexes})
    copy_in(Procedure, rows, {"id": procedure, "site": site, "patient": patient})
    send_covariates(study, site, patient, drawn)
    return send_visits(study, site, procedure, drawn, by)


def send_covariates(study: Study, site: np.ndarray, patient: np.ndarray, drawn: Drawn) -> None:
    owner = {covariate.name: covariate.pk for covariate in study.covariates.all()}
    base = {"site": site, "patient": patient}
    arm = np.ma.array(np.array(ARMS, dtype="S")[drawn.arms], mask=drawn.arms < 0)
    reason = np.ma.array(np.full(len(site), b"unknown"), mask=drawn.arms >= 0)
    copy_in(CovariateValue, len(site), base | {"covariate": owner[ARM], "text": arm, "missing": reason})
    copy_in(CovariateValue, len(site), base | {"covariate": owner["age"], "number": drawn.ages})


def send_visits(study: Study, site: np.ndarray, procedure: np.ndarray, drawn: Drawn, by: User) -> tuple[int, int]:
    """Visits, and at each that took place a score or a reason for every instrument."""
    timepoints = ids_of(study.schedule.timepoints.order_by("order"))
    of, at = np.nonzero(drawn.visit)
    visit, missed = new_ids(len(of)), drawn.visit[of, at] == 2
    copy_in(FollowUpVisit, len(of), {
        "id": visit, "site": site[of], "procedure": procedure[of], "timepoint": timepoints[at], "recorded_by": by.pk,
        "missed": np.ma.array(np.full(len(of), b"visit_missed"), mask=~missed),
    })  # fmt: skip
    of, at, visit = of[~missed], at[~missed], visit[~missed]
    asked = {instrument.key: instrument.pk for instrument in study.instruments.all()}
    values = np.stack([drawn.scores[key][of, at] for key in INSTRUMENTS], axis=1).reshape(-1)
    each = np.repeat(np.arange(len(of)), len(INSTRUMENTS))
    copy_in(Score, len(values), {
        "site": site[of][each], "visit": visit[each],
        "instrument": np.tile(ids_of([asked[key] for key in INSTRUMENTS]), len(of)),
        "value": np.ma.array(values.astype(np.int16), mask=values < 0),
        "missing": np.ma.array(np.full(len(values), b"not_recorded"), mask=values >= 0),
    })  # fmt: skip
    return len(missed), len(values)


def ids_of(rows) -> np.ndarray:
    """The ids of rows, or ids themselves, as an array."""
    keys = [row if isinstance(row, UUID) else row.pk for row in rows]
    return np.frombuffer(b"".join(key.bytes for key in keys), dtype="V16")
