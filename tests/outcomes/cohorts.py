"""Small invented cohorts as columns: written by hand as texts, or drawn by hypothesis."""

import numpy as np
from hypothesis import strategies as st

from outcomes.columns import Category, Column, Columns

TIMEPOINTS = {"pre": 0, "6w": 1, "1y": 2}

CHANGE_TO_1Y = {"instrument": "pain", "pre": "pre", "post": "1y"}

# One entry of every type, with and without the optional keys.
ENTRIES = [
    {"type": "describe_by_timepoint", "instrument": "pain"},
    {"type": "describe_by_timepoint", "instrument": "pain", "by": "arm", "subset": {"sex": "F"}},
    {"type": "describe_by_timepoint", "instrument": "pain", "by": "grade"},
    {"type": "kruskal_dunn", "instrument": "pain"},
    {"type": "kruskal_dunn", "instrument": "pain", "subset": {"arm": "a", "grade": 1}},
    {"type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "1y"},
    {"type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "6w", "subset": {"arm": "a"}},
    {"type": "mannwhitney", "instrument": "pain", "timepoint": "6w", "by": "arm"},
    {"type": "mannwhitney", "instrument": "pain", "timepoint": "pre", "by": "sex", "subset": {"arm": "b"}},
    {"type": "mannwhitney_patient_var", "var": "age", "by": "arm"},
    {"type": "mannwhitney_patient_var", "var": "grade", "by": "sex", "subset": {"arm": "a"}},
    {
        "type": "ancova",
        "instrument": "pain",
        "pre": "pre",
        "post": "6w",
        "group": "arm",
        "group_level": "a",
        "covariates": [],
    },
    {
        "type": "ancova",
        "instrument": "pain",
        "pre": "pre",
        "post": "1y",
        "group": "sex",
        "group_level": "F",
        "covariates": ["age"],
    },
    {
        "type": "ancova",
        "instrument": "pain",
        "pre": "pre",
        "post": "1y",
        "group": "grade",
        "group_level": 1,
        "group_ref": "2",
        "covariates": [],
        "subset": {"sex": "F"},
    },
    {"type": "crosstab", "row": "arm", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}},
    {"type": "crosstab", "row": "sex", "col": {"instrument": "pain", "timepoint": "1y", "eq": 1}},
    {"type": "crosstab", "row": "arm", "col": {"instrument": "pain", "pre": "pre", "post": "6w", "change_le": -1}},
    {
        "type": "crosstab",
        "row": "grade",
        "col": {"instrument": "pain", "pre": "pre", "post": "1y", "relative_reduction_ge": 0.35},
        "subset": {"sex": "M"},
    },
    {"type": "crosstab_patient", "row": "grade", "col": "arm"},
    {"type": "crosstab_patient", "row": "arm", "col": "sex", "subset": {"grade": "1.0"}},
    {"type": "describe_by_timepoint", "instrument": "pain", "timepoints": ["1y", "pre"]},
    {"type": "kruskal_dunn", "instrument": "pain", "timepoints": ["pre", "1y"], "subset": {"sex": "F"}},
    {"type": "kruskal_groups", "instrument": "pain", "timepoint": "6w", "by": "grade"},
    {"type": "kruskal_groups", "instrument": "pain", "timepoint": "pre", "by": "arm", "subset": {"sex": "M"}},
    {"type": "mannwhitney_change", "instrument": "pain", "pre": "pre", "post": "6w", "by": "arm"},
    {"type": "mannwhitney_change", **CHANGE_TO_1Y, "by": "sex", "subset": {"arm": "a"}},
    {"type": "describe_patient_var", "var": "age"},
    {"type": "describe_patient_var", "var": "age", "by": "arm", "subset": {"sex": "F"}},
    {"type": "share_patient_var", "var": "grade"},
    {"type": "share_patient_var", "var": "arm", "by": "sex", "subset": {"grade": 1}},
    {"type": "proportion", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}},
    {"type": "proportion", "col": {**CHANGE_TO_1Y, "relative_reduction_ge": 0.35}, "by": "arm", "subset": {"sex": "M"}},
    {"type": "contrasts_from_baseline", "instrument": "pain"},
    {"type": "contrasts_from_baseline", "instrument": "pain", "baseline": "6w", "subset": {"arm": "a"}},
    {"type": "deaths_apart", "instrument": "pain", "better": "lower"},
    {"type": "deaths_apart", "instrument": "pain", "better": "higher", "timepoints": ["pre", "1y"]},
    {"type": "deaths_apart", "instrument": "pain", "better": "lower", "baseline": "pre", "subset": {"sex": "F"}},
    {"type": "responders", **CHANGE_TO_1Y, "better": "lower", "improvement_ge": 1.5},
    {"type": "responders", **CHANGE_TO_1Y, "better": "higher", "relative_improvement_ge": 0.3, "by": "arm"},
    {"type": "normality", "instrument": "pain", "timepoint": "6w"},
    {"type": "normality", "var": "age", "subset": {"sex": "F"}},
    {"type": "km", "times": [0, 1, 2.5, 40], "survival": "repair"},
    {"type": "km", "times": "repair", "by": "arm", "tau": 2.5, "subset": {"sex": "F"}},
    {"type": "km", "times": [2], "survival": "death", "by": "grade", "tau": 1},
    {"type": "cumulative_incidence", "survival": "repair", "competing": "death", "times": [1, 2.5]},
    {"type": "cumulative_incidence", "survival": "repair", "competing": "death", "times": [1.5, 3], "by": "arm"},
    {"type": "cumulative_incidence", "survival": "death", "competing": "repair", "times": [3], "by": "grade"},
    {"type": "logrank_by_site", "survival": "repair", "by": "arm"},
    {"type": "logrank_by_site", "survival": "death", "by": "grade", "subset": {"sex": "M"}},
    {"type": "change_direction", **CHANGE_TO_1Y},
    {"type": "change_direction", **CHANGE_TO_1Y, "relative": 0.25, "by": "arm", "subset": {"sex": "F"}},
    {"type": "mcnemar", **CHANGE_TO_1Y, "gt": 2.5},
    {"type": "mcnemar", **CHANGE_TO_1Y, "le": 1, "subset": {"arm": "a"}},
    {"type": "trend", "row": "grade", "col": {"instrument": "pain", "timepoint": "6w", "ge": 2}},
    {"type": "trend", "row": "age", "col": {**CHANGE_TO_1Y, "change_lt": 0}, "subset": {"sex": "M"}},
    {"type": "cmh", "row": "arm", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}},
    {"type": "cmh", "row": "sex", "col": {**CHANGE_TO_1Y, "relative_reduction_ge": 0.3}, "subset": {"arm": "a"}},
    {"type": "van_elteren", "instrument": "pain", "timepoint": "6w", "by": "arm"},
    {"type": "van_elteren", "instrument": "pain", "timepoint": "pre", "by": "sex", "subset": {"arm": "a"}},
    {"type": "mixed_model", "instrument": "pain"},
    {"type": "mixed_model", "instrument": "pain", "baseline": "pre", "by": "arm", "covariates": ["age"]},
    {"type": "mixed_model", "instrument": "pain", "timepoints": ["pre", "1y"], "subset": {"sex": "F"}},
    {"type": "gee", "instrument": "pain", "by": "sex", "correlation": "independence"},
    {"type": "gee", "instrument": "pain", "baseline": "pre", "ge": 3, "subset": {"grade": 1}},
    {"type": "gee", "instrument": "pain", "timepoints": ["pre", "6w"], "gt": 4.5, "by": "arm"},
]


def entry_name(entry):
    return "-".join([entry["type"], *(f"{key}_{value}" for key, value in entry.get("subset", {}).items())])


def columns(*, timepoints=None, scores, covariates=None, sites=None, deceased=None, survival=None, units=None):
    """Columns from texts: {(instrument, timepoint): ["3", None, ...]}, {covariate: [...]}; numbers where all are.

    sites: each procedure's; one site for all where none are given. deceased: {(instrument, timepoint): [True, ...]}.
    survival: {name: (["12.5", None, ...], ["1", None, ...])}, the times and whether they ended in the event. units:
    {name: ("days",)}; days where none are given.
    """
    rows = len(next(iter(scores.values())))
    return Columns(
        rows=rows,
        sites=Category.of(sites or ["north"] * rows),
        timepoints=timepoints or TIMEPOINTS,
        scores={key: Column.of(texts) for key, texts in scores.items()},
        covariates={name: covariate(texts) for name, texts in (covariates or {}).items()},
        deceased={key: np.array(dead, dtype=bool) for key, dead in (deceased or {}).items()},
        survival={name: (Column.of(times), Column.of(ends)) for name, (times, ends) in (survival or {}).items()},
        units=units or dict.fromkeys(survival or {}, ("days",)),
    )


def covariate(texts):
    numeric = all(text is None or text.lstrip("-").replace(".", "", 1).isdigit() for text in texts)
    return Column.of(texts) if numeric else Category.of(texts)


def as_if_alone(whole, mask):
    """The rows of mask as a site that knows of no others: no level, timepoint or decimal it has not seen itself."""
    part = whole.take(mask)
    deceased = {key: dead for key, dead in part.deceased.items() if dead.any()}
    shown = {key for key, column in part.scores.items() if column.present.any()} | set(deceased)
    scores = {key: fewest_decimals(column) for key, column in part.scores.items() if key in shown}
    return Columns(
        rows=part.rows,
        sites=part.sites,
        timepoints=part.timepoints,
        scores=scores,
        covariates={name: _own(each) for name, each in part.covariates.items()},
        instruments=whole.known_instruments(),
        deceased=deceased,
        survival={name: tuple(map(fewest_decimals, pair)) for name, pair in part.survival.items()},
        units={name: whole.units[name] if time.present.any() else () for name, (time, _) in part.survival.items()},
    )


def fewest_decimals(column):
    values, decimals = np.where(column.present, column.values, 0), column.decimals
    while decimals and not (values % 10).any():
        values, decimals = values // 10, decimals - 1
    return Column(values, column.present, decimals)


def _own(each):
    if isinstance(each, Column):
        return fewest_decimals(each)
    return Category.of(
        each.levels[code] if present else None for code, present in zip(each.codes, each.present, strict=True)
    )


def _texts(values, rows):
    return st.lists(st.none() | values, min_size=rows, max_size=rows)


@st.composite
def _deaths(draw, scores, rows):
    """Some of those without a value have none because they died."""
    died = {key: draw(st.lists(st.booleans(), min_size=rows, max_size=rows)) for key in scores if draw(st.booleans())}
    return {key: [dead and text is None for dead, text in zip(died[key], scores[key], strict=True)] for key in died}


@st.composite
def _times(draw, rows):
    """Times with ties and gaps, and whether they ended in the event."""
    decimals = draw(st.integers(0, 1))
    time = st.integers(0, 6).map(lambda n: str(n / 10**decimals if decimals else n))
    times = draw(_texts(time, rows))
    ends = draw(st.lists(st.sampled_from(["0", "1"]), min_size=rows, max_size=rows))
    return times, [end if time is not None else None for time, end in zip(times, ends, strict=True)]


@st.composite
def split_cohorts(draw):
    """A cohort of up to 14 procedures, and a mask that deals its rows to two sites."""
    rows = draw(st.integers(1, 14))
    decimals = draw(st.integers(0, 2))
    score = st.integers(-2, 6).map(lambda n: str(n / 10**decimals if decimals else n))
    scores = {("pain", code): draw(_texts(score, rows)) for code in TIMEPOINTS}
    covariates = {
        "arm": draw(_texts(st.sampled_from(["a", "b"]), rows)),
        "sex": draw(_texts(st.sampled_from(["F", "M"]), rows)),
        "grade": draw(_texts(st.sampled_from(["1", "1.0", "2", "10"]), rows)),
        "age": draw(_texts(st.integers(400, 800).map(lambda n: str(n / 10)), rows)),
    }
    mask = np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), dtype=bool)
    sites = draw(st.lists(st.sampled_from(["north", "south", "east"]), min_size=rows, max_size=rows))
    whole = columns(
        scores=scores,
        covariates=covariates,
        sites=sites,
        deceased=draw(_deaths(scores, rows)),
        survival={name: draw(_times(rows)) for name in ("repair", "death")},
    )
    return as_if_alone(whole, np.ones(rows, dtype=bool)), as_if_alone(whole, mask), as_if_alone(whole, ~mask)
