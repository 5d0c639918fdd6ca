"""Charlson comorbidity index, age-adjusted: weights of 1987, age points of 1994 [V]. The weights of 2011 differ."""

from collections.abc import Mapping
from dataclasses import dataclass

ALGORITHM = "charlson_1987_weights_age_1994"
POINTS = {
    "myocardial_infarction": 1, "heart_failure": 1, "peripheral_vascular": 1, "cerebrovascular": 1, "dementia": 1,
    "chronic_pulmonary": 1, "connective_tissue": 1, "peptic_ulcer": 1, "liver_mild": 1, "diabetes": 1,
    "hemiplegia": 2, "renal": 2, "diabetes_organ_damage": 2, "tumour_localised": 2,
    "leukaemia": 2, "lymphoma": 2, "liver_severe": 3, "tumour_metastatic": 6, "aids": 6,
}  # fmt: skip
# Of each pair the second, higher one counts alone.
EXCLUSIVE = {
    "diabetes": "diabetes_organ_damage",
    "liver_mild": "liver_severe",
    "tumour_localised": "tumour_metastatic",
}
# Nothing said of a condition, or the chart searched and silent: both are silence. Every other reason is an answer.
SILENT = (None, "not_recorded")
AGE_POINTS = ((50, 0), (60, 1), (70, 2), (80, 3))


@dataclass(frozen=True, kw_only=True)
class Charlson:
    """base 0-33, age_points 0-4, total (the AACCI) 0-37; None where not known, and `reasons` say why.

    source: components, or reported where only the chart's total is there. inferred: silence was read as "no".
    """

    base: int | None
    age_points: int | None
    total: int | None
    source: str | None
    reasons: tuple[str, ...]
    inferred: bool = False


def charlson_age_points(age: int | None) -> int | None:
    """Below 50 years 0, then 1 for each decade begun, at most 4 [V]. ValueError of a negative age."""
    if age is None:
        return None
    if age < 0:
        raise ValueError(f"an age is 0 or more, not {age}")
    return next((points for below, points in AGE_POINTS if age < below), 4)


def aacci(
    conditions: Mapping[str, bool | str | None],
    *,
    age: int | None,
    reviewed: bool = False,
    reported: int | None = None,
) -> Charlson:
    """The age-adjusted index from the conditions (True, False, None or a reason for missing) and the age in years [V].

    "No" is inferred from silence only where the caller says that the history was reviewed. Of an exclusive pair the
    higher counts. `reported` is the chart's own total: it is the answer only where the components give none, and no
    component is made from it. ValueError of a condition that the index does not know.
    """
    unknown = sorted(set(conditions) - set(POINTS))
    if unknown:
        raise ValueError(f"the index has no condition {', '.join(unknown)}")
    states = {name: _state(conditions.get(name), reviewed) for name in POINTS}
    open_ones = [name for name, state in states.items() if state is None and not _overruled(name, states)]
    base = None if open_ones else _points(states)
    by_age = charlson_age_points(age)
    reasons = (*(f"{name} is not known" for name in open_ones), *(["the age is not known"] if by_age is None else []))
    parts = {"base": base, "age_points": by_age, "reasons": reasons}
    if not reasons:
        inferred = any(conditions.get(name) in SILENT for name in POINTS)
        return Charlson(**parts, total=base + by_age, source="components", inferred=inferred)
    return Charlson(**parts, total=reported, source=None if reported is None else "reported")


def _state(value: bool | str | None, reviewed: bool) -> bool | None:
    if isinstance(value, bool):
        return value
    return False if reviewed and value in SILENT else None


def _overruled(name: str, states: Mapping[str, bool | None]) -> bool:
    """Whether the higher of a pair is there, so that the lower makes no difference."""
    return states.get(EXCLUSIVE.get(name, ""), False) is True


def _points(states: Mapping[str, bool | None]) -> int:
    return sum(POINTS[name] for name, state in states.items() if state and not _overruled(name, states))
