"""Small freezes by hand: a manifest and three tables, as outcomes.freeze makes them, without a database."""

from collections import Counter

import pyarrow as pa

from outcomes import wide
from outcomes.columns import Category, Column
from outcomes.freeze import Frozen
from registry.models import MissingReason
from tests.reports.examples import INSTRUMENTS, manifest

DECIMALS = {"pain": 1, "ecog": 0, "msts": 0, "opioid": 0, "site_own": 3}
HERE = {key: about | {"decimals": DECIMALS[key]} for key, about in INSTRUMENTS.items()}
REASONS = {reason.value for reason in MissingReason}
TIMEPOINTS = manifest()["timepoints"]


def numbers(texts) -> Column | pa.Array:
    """A column of numbers where all are; else of texts."""
    there = [text for text in texts if text is not None]
    if all(text.lstrip("-").replace(".", "", 1).isdigit() for text in there):
        return Column.of(texts)
    return pa.array(texts, pa.string())


def score_columns(scores) -> dict:
    """{("pain", "w6"): ["3", "refused", None]} as a freeze keeps it: values, and reasons beside them."""
    made = {}
    for (instrument, timepoint), cells in scores.items():
        column = Column.of([None if cell in REASONS else cell for cell in cells])
        name = f"{instrument}|{timepoint}"
        made[name] = column.rescaled(DECIMALS[instrument])
        reasons = [cell if cell in REASONS else None for cell in cells]
        made[f"{name}|missing"] = pa.array(reasons, pa.string()).dictionary_encode()
    return made


def survival_columns(survival) -> dict:
    made = {}
    for name, (times, events, units) in survival.items():
        made |= {f"{name}|time": Column.of(times), f"{name}|event": Column.of(events)}
        made[f"{name}|unit"] = pa.array(units, pa.string())
    return made


def covariates_of(columns) -> dict:
    """What a manifest says of covariates that no dictionary knows."""
    found = {}
    for name, column in columns.items():
        is_number = isinstance(column, Column)
        levels = column.as_category().levels if is_number else Category.of(column.to_pylist()).levels
        kind, decimals = ("number", column.decimals) if is_number else ("category", 0)
        found[name] = {"kind": kind, "decimals": decimals, "levels": [*levels]}
    return found


def survival_of(survival) -> dict:
    return {
        name: {"units": sorted({unit for unit in units if unit}), "decimals": Column.of(times).decimals}
        for name, (times, _, units) in survival.items()
    }


def missing_of(scores) -> dict:
    found = {key: {} for key in INSTRUMENTS}
    for (instrument, timepoint), cells in scores.items():
        found[instrument][timepoint] = dict(Counter(cell or "no_record" for cell in cells if cell in {*REASONS, None}))
    return found


def frozen(*, who, covariates=None, scores=None, survival=None, said=None, number=None, text=(), **changed) -> Frozen:
    """A freeze of these rows.

    who: study numbers. covariates: {name: texts}. said: {name: words that the manifest has of a covariate}. text: the
    covariates that are categories, whatever their values look like. number: running numbers within the patient.
    """
    rows, scores, survival = len(who), scores or {}, survival or {}
    identity = {
        "|site": pa.array(["north"] * rows, pa.string()), "|study": pa.array(["nails"] * rows, pa.string()),
        "|study_number": pa.array(who, pa.string()),
    }  # fmt: skip
    if number:
        identity["|number"] = Column.of([str(each) for each in number])
    typed = {
        name: pa.array(texts, pa.string()) if name in text else numbers(texts)
        for name, texts in (covariates or {}).items()
    }
    tables = {
        "procedures": wide.table(identity | typed, rows),
        "scores": wide.table(score_columns(scores), rows),
        "survival": wide.table(survival_columns(survival), rows),
    }
    about = {name: each | (said or {}).get(name, {}) for name, each in covariates_of(typed).items()}
    made = manifest(
        covariates=about, survival=survival_of(survival), missing=missing_of(scores),
        instruments=HERE, flow={"enrolled": rows, "left_out": [], "patients": rows, "procedures": rows}, **changed,
    )  # fmt: skip
    return Frozen(manifest=made, digest="ab" * 32, **tables)
