"""What the models of repeated scores share: the rows they need, and their estimates as a payload."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from outcomes.analyses.changes import Course, with_holm
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Column
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.repeated import Estimate, Fit
from outcomes.stats.repeated_rows import Design, Rows, design
from outcomes.stats.tables import Tables
from outcomes.tabulate import screen


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a model's entry names besides its score."""

    by: str | None
    covariates: Sequence[str]
    subset: dict


def rows_of(seek: Lookup, course: Course, scores: Sequence[Column], wanted: Wanted) -> Tables:
    """The rows of the procedures with any value and all covariates; the others are counted as left out."""
    groups = seek.groups(wanted.by)
    covariates = {name: seek.numbers(name, field="covariates") for name in wanted.covariates}
    asked, reasons = seek.subset(wanted.subset)
    absent = [(f"no_{wanted.by}", groups.present)] if wanted.by else []
    absent += [(f"no_{name}", column.present) for name, column in covariates.items()]
    anything = np.any([score.present for score in scores], axis=0)
    kept, left_out = screen(asked, [*reasons, *absent, ("no_value", anything)])
    rows = Rows(
        timepoints=course.timepoints,
        scores=np.column_stack([_floats(score)[kept] for score in scores]),
        group=groups.codes[kept] if wanted.by else np.zeros(np.count_nonzero(kept), dtype=int),
        by=wanted.by or "",
        levels=groups.levels if wanted.by else (),
        names=tuple(covariates),
        covariates=np.array([_floats(column)[kept] for column in covariates.values()]).T.reshape(
            np.count_nonzero(kept), len(covariates)
        ),
    )
    return Tables(parts={"rows": rows}, left_out=left_out)


def _floats(column: Column) -> np.ndarray:
    """The values in their own unit, NaN where missing."""
    return np.where(column.present, column.values / 10.0**column.decimals, np.nan)


def payload_of(tables: Tables, fit: Callable[[Design], Fit | NotEstimable], *, test: str, effect: str) -> dict:
    """Terms, and contrasts from the baseline with Holm's adjustment; or what is known and why there is no more."""
    rows = tables.parts["rows"]
    of = design(rows)
    payload = {
        "poolable": False,
        "baseline": rows.timepoints[0],
        "timepoints": list(rows.timepoints),
        "n": len(rows.scores),
        "observations": int(np.count_nonzero(~np.isnan(rows.scores))),
        "left_out": dict(tables.left_out),
    }
    answer = of if isinstance(of, NotEstimable) else fit(of)
    if isinstance(answer, NotEstimable):
        return payload | answer.payload()
    evidence = {"test": test, "n": payload["n"]}
    terms = zip(of.terms, answer.terms, strict=True)
    contrasts = [
        {"timepoint": code, **({"level": level} if level else {})} | evidence | _cell(each, effect)
        for (code, level), each in zip(of.contrasts, answer.contrasts, strict=True)
    ]
    missing = [{"timepoint": code, "not_estimable": "nobody has a value"} for code in of.empty]
    return payload | {
        "estimates": [{"term": term} | evidence | _cell(each, effect) for term, each in terms],
        "contrasts": [*with_holm(contrasts), *missing],
        "family": len(contrasts),
        **answer.beside,
        "warnings": list(answer.warnings),
    }


def _cell(of: Estimate, name: str) -> dict:
    """An estimate, and the effect that its p speaks of: itself, or the odds ratio where it is a log odds ratio."""
    numbers = {"estimate": of.estimate, "low": of.low, "high": of.high}
    if name == "odds_ratio":
        numbers = {key: float(np.exp(value)) for key, value in numbers.items()}
    method = "Wald, normal" if of.df is None else "Wald, t"
    return of.payload() | {"effect": {"name": name, **numbers, "level": 0.95, "method": method}}
