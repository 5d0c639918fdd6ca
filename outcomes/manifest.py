"""What a freeze says of itself: who is in, who was left out and why, what each column means, what is missing."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pyarrow as pa

from outcomes import wide
from outcomes.models import Cohort
from outcomes.picking import Picked, Recorded
from outcomes.variables import Variable
from outcomes.variables.follow_up import TIMES
from outcomes.variables.variable import DERIVED, STUDY
from registry.models import Timepoint
from registry.rules import plain

NO_RECORD = "no_record"
MOST_LEVELS = 12


def manifest_of(cohort: Cohort, recorded: Recorded, picked: Picked, tables: dict[str, pa.Table]) -> dict:
    """The manifest; its canonical JSON is what the freeze's digest is taken of."""
    studies, instruments = recorded.rows.studies, recorded.instruments
    covariates = covariates_of(tables["procedures"], recorded.labels)
    return {
        "cohort": {"slug": cohort.slug, "name": cohort.name, "version": cohort.version, "rule": cohort.rule},
        "unit": recorded.rule.unit,
        "preset": recorded.preset,
        "sites": sorted(set(tables["procedures"]["|site"].to_pylist())),
        "studies": [{"slug": study.slug, "name": study.name, "synthetic": study.synthetic} for study in studies],
        "arm": arm_of(recorded, covariates),
        "instruments": {
            about["name"]: instrument_of(about, instruments) | {"order": order}
            for order, about in enumerate(instruments.values())
        },
        "timepoints": timepoints_of(studies),
        "covariates": covariates,
        "survival": survival_of(tables["survival"], recorded),
        "flow": picked.flow,
        "missing": missing_of(tables["scores"], instruments),
        "tables": {name: {"rows": table.num_rows, "sha256": wide.digest(table)} for name, table in tables.items()},
    }


def arm_of(recorded: Recorded, covariates: dict) -> str | None:
    """The covariate of the arms: the rule's, else the studies' where they name the same."""
    if recorded.rule.arm in covariates:
        return recorded.rule.arm
    arms = {study.arm for study in recorded.rows.studies if study.arm in covariates}
    return arms.pop() if len(arms) == 1 else None


def text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def instrument_of(about: dict, instruments: dict) -> dict:
    """One instrument as the cohort's studies define it."""
    first = about["all"][0]
    whole = first.part_of and instruments.get((first.part_of.key, first.part_of.instrument_version))
    return {
        "version": first.instrument_version,
        "name": first.name,
        "unit": first.unit,
        "minimum": text(min(instrument.minimum for instrument in about["all"])),
        "maximum": text(max(instrument.maximum for instrument in about["all"])),
        "step": text(min(instrument.step for instrument in about["all"])),
        "direction": first.direction,
        "mcid": text(first.mcid),
        "decimals": about["decimals"],
        "status": first.status,
        "levels": first.levels or None,
        "part_of": whole["name"] if whole else None,
    }


def timepoints_of(studies: list) -> list[dict]:
    """The timepoints of the studies' schedules, each code once, in order."""
    found = {}
    for study in studies:
        for timepoint in study.schedule.timepoints.order_by("order"):
            found.setdefault(
                timepoint.code,
                {
                    "code": timepoint.code,
                    "label": timepoint.label,
                    "order": timepoint.order,
                    "kind": timepoint.kind,
                    "target_day": timepoint.target_day,
                    "window": window_of(timepoint),
                },
            )
    return sorted(found.values(), key=lambda timepoint: (timepoint["order"], timepoint["code"]))


def window_of(timepoint: Timepoint) -> list[int] | None:
    """The days from the procedure in which a visit counts for the timepoint; None where its schedule has no window."""
    return None if timepoint.opens_on_day is None else [timepoint.opens_on_day, timepoint.closes_on_day]


def covariates_of(procedures: pa.Table, variables: Mapping[str, Variable]) -> dict[str, dict]:
    """Each covariate's kind; the decimals of a number; the levels of a category; what it and its codes are called."""
    found = {}
    for name in procedures.column_names:
        if name.startswith("|"):  # who and where: no covariate's name can begin so
            continue
        if pa.types.is_string(procedures[name].type):
            levels = list(wide.category_of(procedures[name]).levels)
            found[name] = {"kind": "category", "decimals": 0, "levels": levels}
        else:
            column = wide.column_of(procedures, name)
            levels = list(column.as_category().levels) if len(np.unique(column.values)) <= MOST_LEVELS else None
            found[name] = {"kind": "number", "decimals": column.decimals, "levels": levels}
        found[name] |= called(variables[name])
    return found


def called(variable: Variable) -> dict:
    """What a variable is called, and where it comes from."""
    about = {"label": variable.label, "unit": variable.unit, "labels": dict(variable.labels)}
    return about | {"where": variable.where, "group": variable.group}


def survival_of(table: pa.Table, recorded: Recorded) -> dict[str, dict]:
    """Each time to an event: its unit and decimals, and whether the study types it or it follows from the chart."""
    names = [name.removesuffix("|time") for name in table.column_names if name.endswith("|time")]
    units = {name: sorted({unit for unit in table[f"{name}|unit"].to_pylist() if unit}) for name in names}
    typed = set(recorded.rows.survival["name"].unique().to_pylist())
    return {
        name: {
            "units": units[name],
            "decimals": wide.decimals_of(table, f"{name}|time"),
            "label": TIMES.get(name, name),
            "where": STUDY if name in typed else DERIVED,
        }
        for name in names
    }


def missing_of(scores: pa.Table, instruments: dict) -> dict:
    """Per instrument and timepoint: how many have no value, by coded reason; no_record where nothing was recorded."""
    found: dict[str, dict] = {about["name"]: {} for about in instruments.values()}
    for name in scores.column_names:
        if name.startswith("|") or name.count("|") == 2:  # the row's number, and the reasons beside each column
            continue
        key, code = name.split("|")
        reasons = scores[f"{name}|missing"].filter(scores[name].is_null())
        counts = {pair["values"] or NO_RECORD: pair["counts"] for pair in reasons.value_counts().to_pylist()}
        found[key][code] = dict(sorted(counts.items()))
    return found
