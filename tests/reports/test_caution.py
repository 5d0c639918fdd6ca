"""What the words do not claim: small groups, adjusted and raw p-values, intervals that reach 0, what is missing."""

import json
from dataclasses import replace

import pytest

from outcomes.analyses.run import run
from outcomes.stats.documents import canonical
from reports import survival_tables
from reports.limits import limits
from reports.manifest import Manifest
from reports.methods import methods
from reports.narrative import results_in_words
from reports.profile import notes_of
from reports.sentences import reaching
from reports.telling import pairs_told
from reports.telling_beside import beside_sentences
from reports.telling_patients import share_words
from tests.outcomes import cohorts
from tests.reports import examples

MANIFEST = Manifest(examples.manifest())


def words(*results, manifest=MANIFEST, preset="modern") -> str:
    return " ".join(results_in_words(manifest, results, {}, preset))


def ways(*results) -> str:
    return " ".join(methods(MANIFEST, results, (), "modern"))


def limits_of(missing: dict, *results, rows: int = 53) -> str:
    flow = {"enrolled": rows, "left_out": [], "patients": rows, "procedures": rows}
    return " ".join(limits(Manifest(examples.manifest(flow=flow, missing=missing)), results, [], "modern"))


def computed(columns, **entry) -> dict:
    seen = replace(columns, timepoints={"preop": 0, "w6": 1})
    payload = json.loads(canonical(run({"id": "a", **entry}, seen)))
    return examples.result("a", entry.pop("type"), payload, **entry)


def test_follow_up_is_what_came_after_the_baseline():
    found = limits_of({"pain": {"preop": {"no_record": 40}, "w6": {"lost": 26}}}, examples.described())
    assert "Follow-up is incomplete; fewest have a value of pain, 27/53 (51 %) at 6 weeks." in found


def test_a_missing_baseline_is_said_as_that_and_is_no_loss_of_follow_up():
    missing = {"preop": {"no_record": 26}, "w6": {}}
    found = limits_of({"pain": missing, "ecog": missing}, examples.changed(), examples.described("ecog"))
    assert "26 of 53 have no value of pain and ECOG preoperatively; changes describe the others." in found
    assert "Follow-up is incomplete" not in found


def test_no_baseline_is_said_to_be_missing_where_none_is():
    assert "have no value of" not in limits_of({"pain": {"preop": {}, "w6": {"lost": 26}}}, examples.changed())


def test_p_values_below_the_line_by_chance_are_at_most_about_so_many():
    arms = [examples.compared_arms("w6"), examples.compared_arms("preop")]
    assert "2 p-values are not adjusted for their number; if nothing differed, at most about 0.1" in limits_of(
        {}, *arms
    )


def pair(p: float, holm: float, a: str = "preop", b: str = "w6") -> dict:
    return {"a": a, "b": b, "p": 2 * p, "p_one_sided": p, "p_holm": holm}


def test_unadjusted_pairs_are_told_with_what_holm_leaves_of_them():
    payload = {"dunn": [pair(0.01, 0.04), pair(0.02, 0.08), pair(0.3, 0.6)]}
    assert pairs_told(payload, MANIFEST, "stata").startswith(
        "In 2 of 3 pairs of timepoints p was below 0.05 (Dunn's test, one-sided, unadjusted; two-sided with Holm's "
        "adjustment in 1 of 3): "
    )
    assert "two-sided" not in pairs_told(payload, MANIFEST, "modern")


def few_by_arm():
    return cohorts.columns(
        scores={("pain", "preop"): ["8", "7", "9", "6", "8", "7", "9", "5", "6"],
                ("pain", "w6"): ["3", "2", "5", "1", "4", "2", "5", "7", "9"]},
        covariates={"group": ["complex"] * 7 + ["simple"] * 2},
    )  # fmt: skip


ANCOVA = {"type": "ancova", "instrument": "pain", "pre": "preop", "post": "w6", "group": "group",
          "group_level": "complex"}  # fmt: skip


def test_groups_of_fewer_than_three_are_too_few_to_compare():
    columns = few_by_arm()
    compared = computed(columns, type="mannwhitney", instrument="pain", timepoint="w6", by="group")
    assert "not_estimable" not in compared["payload"]
    assert words(compared).endswith("Between the groups, scores were too few to compare at 6 weeks (7 and 2).")
    adjusted = computed(columns, **ANCOVA)
    assert "not_estimable" not in adjusted["payload"]
    told = "Given the earlier value, the groups were too few to compare at 6 weeks (7 and 2)."
    assert words(adjusted).endswith(told)
    assert told in list(beside_sentences([adjusted], MANIFEST, "modern"))


def test_groups_of_three_are_compared():
    """Negative control."""
    columns = few_by_arm()
    larger = cohorts.columns(
        scores={("pain", "preop"): ["8", "7", "9", "6", "8", "7"], ("pain", "w6"): ["3", "2", "5", "1", "4", "3"]},
        covariates={"group": ["complex"] * 3 + ["simple"] * 3},
    )
    entry = {"type": "mannwhitney", "instrument": "pain", "timepoint": "w6", "by": "group"}
    assert "too few" not in words(computed(larger, **entry), computed(larger, **ANCOVA))
    assert "too few" in words(computed(columns, **entry))


@pytest.mark.parametrize(
    ("low", "high", "p", "told"),
    [(0.0, 2.0, 0.04, "; the interval reaches 0"), (-1.0, 2.0, 0.04, "; the interval reaches 0"),
     (0.5, 2.0, 0.04, ""), (0.0, 2.0, 0.05, ""), (None, None, 0.04, ""), (0.0, 2.0, None, "")],
)  # fmt: skip
def test_an_interval_that_reaches_0_beside_a_small_p_is_pointed_out(low, high, p, told):
    assert reaching({"estimate": 1.0, "low": low, "high": high}, p) == told


def test_contrasts_say_that_the_p_is_adjusted_and_the_interval_is_not():
    size = {"estimate": -1.5, "low": -3.0, "high": 0.0}
    contrast = {"timepoint": "w6", "n_pairs": 9, "p": 0.02, "p_holm": 0.04, "hodges_lehmann": size}
    payload = {"baseline": "preop", "contrasts": [contrast], "left_out": {}}
    (_, told) = beside_sentences(
        [examples.result("c", "contrasts_from_baseline", payload, instrument="pain")], MANIFEST, "modern"
    )
    assert told.endswith(
        "at 6 weeks (9 pairs, p = 0.040; the interval reaches 0) (Wilcoxon signed-rank test; intervals unadjusted; "
        "p by Holm)."
    )


def times_of(**entry) -> dict:
    ended = [[str(time) for time in (1, 2, 3, 4, 5, 6, 7, 8)], ["1", "1", "0", "1", "1", "0", "1", "1"]]
    later = [[str(time) for time in (2, 3, 2, 6, 7, 5, 9, 9)], ["0", "1", "1", "0", "0", "1", "1", "0"]]
    survival = {"repair": tuple(ended), "death": tuple(later)}
    scores, groups = {("pain", "w6"): [None] * 8}, {"group": ["complex", "simple"] * 4}
    columns = cohorts.columns(scores=scores, covariates=groups, survival=survival)
    return computed(columns, survival="repair", times=[2, 4], **entry)


def test_the_hazard_ratio_is_petos_one_step_estimate():
    compared, alone = times_of(type="km", by="group"), times_of(type="km")
    assert "compared by the log-rank test; hazard ratios are Peto's one-step estimates." in ways(compared)
    assert "Peto" not in ways(alone)
    noted = [any("Peto" in note.text for note in next(survival_tables.survival(each, MANIFEST)).notes)
             for each in (compared, alone)]  # fmt: skip
    assert noted == [True, False]


def test_the_competing_event_is_named():
    result = times_of(type="cumulative_incidence", competing="death")
    assert "by Aalen and Johansen's method, with death as competing event." in ways(result)
    notes = [note.text for note in next(survival_tables.incidence(result, MANIFEST)).notes]
    assert any("the competing event, death, ends the time at risk" in note for note in notes)


def test_a_risk_difference_has_the_name_of_its_interval():
    columns = cohorts.columns(
        scores={("opioid", "w6"): ["1", "0", "1", "1", "0", "0", "1", "0"]},
        covariates={"group": ["complex", "simple"] * 4},
    )
    yes = {"instrument": "opioid", "timepoint": "w6", "gt": 0}
    result = computed(columns, type="crosstab", row="group", col=yes)
    assert "Newcombe" in result["payload"]["effect"]["method"]
    assert "Risk differences have Newcombe's hybrid score interval." in ways(result)


def levels(**counts) -> dict:
    n = sum(counts.values())
    return {"levels": {level: {"x": x, "n": n} for level, x in counts.items()}}


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (levels(breast=3, lung=2, renal=1, other=1), "most often breast 3/7 (43 %), lung 2/7 (29 %), renal 1/7 (14 %)"),
        (levels(breast=2, lung=2, renal=1, other=1), "breast 2/6 (33 %), lung 2/6 (33 %), renal 1/6 (17 %) and 1 more"),
        (levels(breast=1, lung=1, renal=1, other=1), "breast 1/4 (25 %), lung 1/4 (25 %), renal 1/4 (25 %) and 1 more"),
        (levels(breast=0, lung=0, renal=0, other=0), ""),
    ],
)
def test_a_level_is_the_most_frequent_only_where_it_is(cell, told):
    assert share_words(["breast", "lung", "renal", "other"])(cell, "cancer", MANIFEST, "modern") == told


def test_a_table_without_tests_does_not_say_why_a_p_is_left_out():
    assert "A p is left out" not in " ".join(notes_of([], False, "modern"))
    test = examples.counted({"2": {"complex": 4, "simple": 1}, "3": {"complex": 2, "simple": 4}}, "crosstab_patient")
    assert "A p is left out" in " ".join(notes_of([test], False, "modern"))
