"""An invented cohort of any size, and its way into the database: people by the registry's actions, visits by COPY."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from outcomes.models import Cohort
from registry.actions import patients, people, studies
from registry.models import (
    Covariate,
    CovariateValue,
    FollowUpVisit,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Schedule,
    Score,
    Site,
    Study,
    User,
)
from tests.bench.parts.triggers import silenced

SEED = 20250117
INSTRUMENTS = ("pain", "opioid", "ecog")
TIMEPOINTS = ("preop", "w6", "m3", "m6", "y1", "y2")
FIRST, LAST = TIMEPOINTS[0], TIMEPOINTS[-1]
SITES = ("north", "south")
ARMS = ("nails", "screws")
# Small steps from visit to visit, so that no p-value runs out of floating point at any size.
DRIFT = np.array([0.0, -0.02, 0.01, -0.04, -0.06, -0.09])
VISIT_MISSED, VALUE_MISSING, ARM_MISSING = 0.05, 0.08, 0.01


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Scores (instrument → procedures x timepoints, -1 where missing), missed visits and arms (-1 where missing)."""

    scores: dict[str, np.ndarray]
    missed: np.ndarray
    arms: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A cohort in the database."""

    cohort: Cohort
    study: Study
    site_ids: list
    visits: int
    scores: int


def draw(procedures: int) -> Drawn:
    """Pain 0-10, opioids 0/1 and ECOG 0-4 that hang together within a patient. The same for the same size."""
    rng = np.random.default_rng([SEED, procedures])
    shape = (procedures, len(TIMEPOINTS))
    patient = rng.normal(0, 1.6, (procedures, 1))
    arms = rng.integers(0, 2, procedures)
    pain = np.rint(5 + patient + DRIFT + 0.05 * arms[:, None] + rng.normal(0, 1.8, shape)).clip(0, 10)
    opioid = rng.random(shape) < 1 / (1 + np.exp(-(0.4 * patient + DRIFT)))
    ecog = np.rint(1.4 + 0.3 * patient + rng.normal(0, 0.8, shape)).clip(0, 4)
    scores = {"pain": pain.astype(int), "opioid": opioid.astype(int), "ecog": ecog.astype(int)}
    for values in scores.values():
        values[rng.random(shape) < VALUE_MISSING] = -1
    arms[rng.random(procedures) < ARM_MISSING] = -1
    return Drawn(scores=scores, missed=rng.random(shape) < VISIT_MISSED, arms=arms)


def load(wanted: int) -> Loaded:
    """A study of about that many visits, by the shortest way; the tables are vacuumed and analysed after it."""
    by = people.system_user()
    drawn = draw(round(wanted / len(TIMEPOINTS)))
    study, sites = build_study(f"bench-{wanted}", by)
    with triggers_off():
        procedures = build_procedures(study, sites, drawn, by)
        recorded, scores = copy_visits(study, procedures, drawn, by)
    cohort = Cohort.objects.create(slug=study.slug, name=study.name, rule={"unit": "procedure"})
    cohort.studies.add(study)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Loaded(
        cohort=cohort, study=study, site_ids=sorted(site.pk for site in sites), visits=recorded, scores=scores
    )


@contextmanager
def triggers_off() -> Iterator[None]:
    """No audit trail and no triggered rules while these tables fill: they take most of the time, and nobody reads them.

    Constraints and foreign keys hold all the same. One transaction.
    """
    tables = [model._meta.db_table for model in (Patient, Procedure, CovariateValue, FollowUpVisit, Score)]
    with transaction.atomic(), connection.cursor() as cursor:
        again = silenced(cursor, tables)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for statement in again:
            cursor.execute(statement)


def build_study(slug: str, by: User) -> tuple[Study, list[Site]]:
    studies.install_definitions(by=by)
    schedule = Schedule.objects.get(slug="clunk")
    study = studies.add_study(slug=slug, name=slug, schedule=schedule, by=by, synthetic=True, arm="arm")
    there = {site.code: site for site in Site.objects.all()}
    sites = [there.get(code) or studies.add_site(code=code, name=code, by=by) for code in SITES]
    for site in sites:
        studies.join_study(study=study, site=site, by=by)
    for key in INSTRUMENTS:
        studies.ask_instrument(study=study, instrument=Instrument.objects.get(site=None, key=key), by=by)
    return study, sites


def build_procedures(study: Study, sites: list[Site], drawn: Drawn, by: User) -> list[Procedure]:
    """One patient and one procedure for each drawn arm, dealt to the sites in turn."""
    arm = studies.add_covariate(study=study, name="arm", label="Arm", kind=Covariate.Kind.CATEGORY, by=by)
    rows = [
        Patient(site=sites[place % len(sites)], study=study, study_number=f"B-{place:07}")
        for place in range(len(drawn.arms))
    ]
    patients.enrol_patients(rows, by=by)
    procedures = [Procedure(site=row.site, patient=row) for row in rows]
    patients.record_procedures(procedures, by=by)
    values = [
        patients.covariate_value(patient=row, covariate=arm, value=ARMS[code] if code >= 0 else MissingReason.UNKNOWN)
        for row, code in zip(rows, drawn.arms.tolist(), strict=True)
    ]
    patients.record_covariates(values, by=by)
    return procedures


VISIT_COLUMNS = (
    "id", "site_id", "procedure_id", "timepoint_id", "timepoint_asserted", "window", "window_reason", "missed",
    "submission_key", "recorded_by_id", "recorded_at", "version", "error_reason",
)  # fmt: skip
SCORE_COLUMNS = ("id", "site_id", "visit_id", "instrument_id", "value", "missing", "derived", "version")


def copy_visits(study: Study, procedures: list[Procedure], drawn: Drawn, by: User) -> tuple[int, int]:
    """Every planned visit of every procedure, a missed one without scores; how many visits and scores."""
    timepoints = [each.pk for each in study.schedule.timepoints.order_by("order")]
    instruments = {each.key: each.pk for each in study.instruments.all()}
    now = timezone.now()
    visits, scores = [], []
    for row, procedure in enumerate(procedures):
        for column, timepoint in enumerate(timepoints):
            key, missed = uuid4(), bool(drawn.missed[row, column])
            reason = MissingReason.VISIT_MISSED.value if missed else None
            visits.append((key, procedure.site_id, procedure.pk, timepoint, True, "unknown", "", reason, uuid4(),
                           by.pk, now, 1, ""))  # fmt: skip
            if not missed:
                scores += [
                    (uuid4(), procedure.site_id, key, instrument, *typed(drawn.scores[name][row, column]), False, 1)
                    for name, instrument in instruments.items()
                ]
    copy_in(FollowUpVisit, VISIT_COLUMNS, visits)
    copy_in(Score, SCORE_COLUMNS, scores)
    return len(visits), len(scores)


def typed(value: int) -> tuple[int | None, str | None]:
    """A value and its reason for missing, side by side."""
    return (None, MissingReason.NOT_RECORDED.value) if value < 0 else (int(value), None)


def copy_in(model: type[Model], columns: tuple[str, ...], rows: list[tuple]) -> None:
    """Rows by COPY."""
    names = ", ".join(map(connection.ops.quote_name, columns))
    table = f"COPY {model._meta.db_table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(table) as copy:
        for row in rows:
            copy.write_row(row)
