"""n and the reasons to be left out add up to everyone, also where a covariate's name makes two reasons read alike."""

import pytest

from outcomes.analyses.run import run
from tests.outcomes.cohorts import columns

# A covariate may be called "time" or "value_at_6w": whoever has none is then left out as "no_time", as is whoever has
# no time to the event.
ROWS = 6
NAMES = {"time": ["a", "b", None, "a", "b", "a"], "value_at_6w": ["a", "b", "a", None, None, "b"]}
CHANGE = {"instrument": "pain", "pre": "pre", "post": "6w"}
AT_6W = {"instrument": "pain", "timepoint": "6w"}
ENTRIES = [
    {"type": "km", "times": [1], "survival": "death", "by": "time"},
    {"type": "cumulative_incidence", "times": [1], "survival": "death", "competing": "repair", "by": "time"},
    {"type": "logrank_by_site", "survival": "death", "by": "time"},
    {"type": "kruskal_groups", **AT_6W, "by": "value_at_6w"},
    {"type": "mannwhitney", **AT_6W, "by": "value_at_6w"},
    {"type": "mannwhitney_change", **CHANGE, "by": "value_at_6w"},
    {"type": "crosstab", "row": "value_at_6w", "col": {**AT_6W, "gt": 1}},
    {"type": "proportion", "col": {**AT_6W, "gt": 1}, "by": "value_at_6w"},
    {"type": "change_direction", **CHANGE, "by": "value_at_6w"},
    {"type": "responders", **CHANGE, "better": "lower", "improvement_ge": 1, "by": "value_at_6w"},
    {"type": "van_elteren", **AT_6W, "by": "value_at_6w"},
    {"type": "normality", **AT_6W, "subset": {"value_at_6w": "a"}},
]


def cohort():
    return columns(
        scores={("pain", "pre"): ["3"] * ROWS, ("pain", "6w"): [None, "1", "2", "3", None, "5"]},
        covariates=NAMES,
        survival={name: ([None, "2", "3", "4", "5", "6"], [None, *"10101"]) for name in ("death", "repair")},
    )


def counted(payload, groups):
    """The procedures that have a part in the numbers."""
    cells = payload.get("by") or {group: payload[group] for group in groups if group in payload}
    n = payload.get("n", {group: cell["n"] for group, cell in cells.items()})
    return sum(n.values()) if isinstance(n, dict) else n


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["type"])
def test_n_and_the_reasons_add_up_to_everyone_although_two_reasons_read_alike(entry):
    payload = run({"id": "x", **entry}, cohort())
    asked = ROWS - NAMES["value_at_6w"].count("b") if "subset" in entry else ROWS
    assert counted(payload, payload.get("groups", ())) + sum(payload["left_out"].values()) == asked
