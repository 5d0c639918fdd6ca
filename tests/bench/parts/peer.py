"""The same results by pandas, SciPy and statsmodels, from the same rows, written to be as quick as they allow."""

import io
import warnings
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from django.db import connection
from scipy import stats
from statsmodels.stats.multitest import multipletests

from tests.bench.parts.clock import best
from tests.bench.parts.cohort import ARMS, FIRST, LAST, TIMEPOINTS, Loaded

ROWS = """
    SELECT p.study_number AS patient, t.code AS timepoint, i.key AS instrument, s.value::float8 AS value
    FROM registry_score s
    JOIN registry_instrument i ON i.id = s.instrument_id
    JOIN registry_followupvisit v ON v.id = s.visit_id
    JOIN registry_timepoint t ON t.id = v.timepoint_id
    JOIN registry_procedure o ON o.id = v.procedure_id
    JOIN registry_patient p ON p.id = o.patient_id
    WHERE p.study_id = '{study}' AND s.error_marked_at IS NULL AND v.error_marked_at IS NULL
"""
ARM = """
    SELECT p.study_number AS patient, c.text AS arm
    FROM registry_covariatevalue c JOIN registry_patient p ON p.id = c.patient_id
    WHERE p.study_id = '{study}'
"""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Seconds by step and what was found."""

    read_sql: float
    read_copy: float
    prepare: float
    analyses: dict[str, float]
    found: dict


def run(loaded: Loaded) -> Peer:
    """Each step, the best of three."""
    read_after, (rows, arms) = best(lambda: [read_sql(query, loaded) for query in (ROWS, ARM)])
    copy_after, _ = best(lambda: [read_copy(query, loaded) for query in (ROWS, ARM)])
    prepare_after, (pain, wide, arm) = best(lambda: prepare(rows, arms))
    work = {
        "describe": lambda: describe(rows),
        "kruskal": lambda: kruskal(pain) | {"friedman": friedman(wide)},
        "friedman": lambda: friedman(wide),
        "signed rank": lambda: signed_rank(wide),
        "mann-whitney": lambda: mann_whitney(wide, arm),
    }
    timed = {step: best(one) for step, one in work.items()}
    return Peer(
        read_sql=read_after,
        read_copy=copy_after,
        prepare=prepare_after,
        analyses={step: seconds for step, (seconds, _) in timed.items()},
        found={step: answer for step, (_, answer) in timed.items()},
    )


def read_sql(query: str, loaded: Loaded) -> pd.DataFrame:
    """The usual way: pandas.read_sql over the psycopg connection."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pandas has not tested psycopg without SQLAlchemy
        return pd.read_sql(query.format(study=loaded.study.pk), connection.connection)


def read_copy(query: str, loaded: Loaded) -> pd.DataFrame:
    """The quickest way that pandas has: COPY, and its CSV reader in C."""
    buffer = io.BytesIO()
    statement = f"COPY ({query.format(study=loaded.study.pk)}) TO STDOUT WITH (FORMAT csv, HEADER)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            buffer.write(block)
    buffer.seek(0)
    return pd.read_csv(buffer, engine="c")


def prepare(rows: pd.DataFrame, arms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """What several tests share: the pain scores, one row a patient with one column a timepoint, and the arms."""
    pain = rows.loc[rows["instrument"] == "pain", ["patient", "timepoint", "value"]].dropna()
    wide = pain.pivot(index="patient", columns="timepoint", values="value")
    return pain, wide, arms.set_index("patient")["arm"].reindex(wide.index)


def describe(rows: pd.DataFrame) -> dict:
    grouped = rows.groupby(["instrument", "timepoint"], observed=True)["value"]
    numbers = grouped.agg(["count", "mean", "std", "min", "median", "max"])
    return {"numbers": numbers, "quartiles": grouped.quantile([0.25, 0.75])}


def kruskal(pain: pd.DataFrame) -> dict:
    """Kruskal-Wallis, and Dunn's pairs with Holm's adjustment from the pooled ranks."""
    by_timepoint = dict(iter(pain.groupby("timepoint")["value"]))
    groups = [by_timepoint[code].to_numpy() for code in TIMEPOINTS]
    overall = stats.kruskal(*groups)
    return {"overall": overall, "dunn": dunn(groups)}


def dunn(groups: list[np.ndarray]) -> dict[str, np.ndarray]:
    sizes = np.array([len(group) for group in groups])
    ranks = stats.rankdata(np.concatenate(groups))
    means = np.array([part.mean() for part in np.split(ranks, np.cumsum(sizes)[:-1])])
    N = len(ranks)
    _, tied = np.unique(ranks, return_counts=True)
    tied = tied.astype(float)
    spread = N * (N + 1) / 12 - (tied**3 - tied).sum() / (12 * (N - 1))
    first, second = np.array(list(combinations(range(len(groups)), 2))).T
    z = (means[first] - means[second]) / np.sqrt(spread * (1 / sizes[first] + 1 / sizes[second]))
    p = 2 * stats.norm.sf(np.abs(z))
    return {"z": z, "p": p, "p_holm": multipletests(p, method="holm")[1]}


def friedman(wide: pd.DataFrame) -> tuple[int, object]:
    complete = wide[list(TIMEPOINTS)].dropna().to_numpy()
    return len(complete), stats.friedmanchisquare(*complete.T)


def signed_rank(wide: pd.DataFrame) -> tuple[int, object]:
    pairs = wide[[FIRST, LAST]].dropna().to_numpy()
    return len(pairs), stats.wilcoxon(pairs[:, 1], pairs[:, 0], correction=False, method="asymptotic")


def mann_whitney(wide: pd.DataFrame, arm: pd.Series) -> tuple[tuple[int, int], object]:
    last = wide[LAST]
    a, b = (last[arm == name].dropna().to_numpy() for name in ARMS)
    return (len(a), len(b)), stats.mannwhitneyu(a, b, use_continuity=False, method="asymptotic")
