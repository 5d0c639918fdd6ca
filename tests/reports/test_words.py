"""Methods, results and limits in words: the sentences as a person wrote them down, from counts made by hand."""

import pytest

from outcomes.stats.ranks import mann_whitney
from reports.limits import limits
from reports.manifest import Manifest
from reports.methods import methods
from reports.narrative import results_in_words
from reports.report import build
from tests.reports import examples

MANIFEST = Manifest(examples.manifest())


def words(results, asides=None, preset="modern", manifest=MANIFEST) -> str:
    return " ".join(results_in_words(manifest, results, asides or {}, preset))


def ways(results, asides=(), preset="modern", manifest=MANIFEST) -> str:
    return " ".join(methods(manifest, results, asides, preset))


def test_the_course_gives_median_quartiles_and_n_at_each_timepoint():
    # 7, 7, 7, 8, 8, 5: median 7, quartiles (type 7) 7 and 7.75, half up 7.8. 2 three times, 4 twice: 2, 2 to 4.
    assert "Median pain was 7 (Q1 to Q3, 7 to 7.8; n = 6) preoperatively and 2 (2 to 4; n = 5) at 6 weeks." in words(
        [examples.described()]
    )


def test_a_change_says_who_improved_the_effect_with_its_interval_the_test_and_p():
    # Changes of -5 (three), -3 and 0. Two sided exact p of four falls of four: 2 / 2**4.
    found = words([examples.changed()])
    assert "of 5 patients with both values 4 improved, 1 did not change and 0 worsened" in found
    assert "Wilcoxon signed-rank test, zeros dropped, exact with ties, p = 0.13); no change was shown." in found


def test_where_better_is_not_known_scores_decrease_and_increase():
    assert "4 decreased, 1 did not change and 0 increased" in words([examples.changed("site_own")])


def test_a_large_p_is_no_difference_shown_and_never_no_difference():
    payload = {"groups": ["complex", "simple"], "n": {"complex": 3, "simple": 3}, "left_out": {}}
    payload |= mann_whitney({1: 1, 3: 1, 5: 1}, {2: 1, 4: 1, 6: 1}, decimals=0).payload()
    alike = examples.result("pain_w6", "mannwhitney", payload, instrument="pain", timepoint="w6", by="group")
    found = words([alike])
    assert (
        "Between the groups (Mann-Whitney test, exact with ties), scores were not shown to differ at 6 weeks" in found
    )
    # All of 20 arrangements are as likely: rank sums of 9 or less, or 12 or more, are 14 of them.
    assert "p = 0.70" in found
    assert "no difference between" not in found.lower().replace("no difference between timepoints was shown", "")


def test_a_small_p_is_a_difference_with_its_direction():
    found = words([examples.compared_arms()])
    assert (
        "scores differed at 6 weeks (6 complex and 5 simple; Hodges-Lehmann difference, complex minus simple, " in found
    )


def test_nothing_is_said_of_who_had_nothing_but_what_zero_of_n_leaves_open():
    # 0 of 14: 1 - 0.025 ** (1 / 14) is 23.2 %.
    none = {"levels": {"no": {"x": 14, "n": 14, "clopper_pearson": {"low": 0.768358, "high": 1.0}}}, "missing": 0}
    payload = {"levels": ["no"], "all": none, "left_out": {}}
    result = examples.result("vte", "share_patient_var", payload, var="vte")
    assert "No VTE was recorded in 14 patients (0/14; exact 95 % interval 0.0 to 23.2 %)." in words([result])


def test_who_is_in_adds_up_and_says_why_others_left():
    assert words([]).startswith("Of 7 enrolled patients, 6 with 6 procedures were analysed (left out: 1 withdrawn).")
    whole = Manifest(examples.manifest(flow={"enrolled": 6, "left_out": [], "patients": 6, "procedures": 6}))
    assert words([], manifest=whole) == "All 6 enrolled patients were analysed, with one procedure each."


@pytest.mark.parametrize(
    ("preset", "named"),
    [
        ("modern", "zeros dropped, exact with ties"),
        ("stata", "zeros kept in the ranking, no continuity correction"),
        ("medcalc", "zeros dropped, no continuity correction"),
    ],
)
def test_the_methods_name_the_test_by_the_presets_convention(preset, named):
    found = ways([examples.changed(preset=preset)], preset=preset)
    assert (
        f"Changes within patients who had both values were tested by the Wilcoxon signed-rank test, {named}." in found
    )
    assert ("the one that Stata prints" in found) is (preset == "stata")


def test_the_methods_name_no_test_that_was_not_run():
    found = ways([examples.described()])
    assert "Wilcoxon" not in found and "Mann-Whitney" not in found and "p-value" not in found
    refused = examples.changed(differences={0: 3})
    refused["payload"] = {"not_estimable": "no change that is not 0", "n_pairs": 3, "left_out": {}}
    assert "Wilcoxon" not in ways([refused])


def test_the_methods_tell_instruments_with_range_direction_and_version_and_windows():
    raw = examples.manifest()
    raw["timepoints"][0]["window"] = [28, 56]
    found = ways([examples.described()], manifest=Manifest(raw))
    assert (
        "pain (version 1; 0 to 10 points, in steps of 1; lower is better; smallest difference that matters, 2)" in found
    )
    assert "Preoperative; 6 weeks (day 42, window day 28 to 56)." in found
    assert "MSTS" not in found  # no result is of it


def test_the_methods_name_program_freeze_preset_and_libraries():
    result = examples.described()
    result["envelope"] |= {"libraries": {"scipy": "1.14.1", "numpy": "2.1.0"}}
    found = ways([result])
    assert "Promontory 0.1.0 under the preset modern" in found
    assert f"SHA-256 {'ab' * 32}" in found
    assert "those of NumPy 2.1.0 and SciPy 1.14.1." in found


def test_the_rules_conditions_are_told_in_their_order():
    raw = examples.manifest()
    raw["flow"] |= {"steps": [{"criterion": "Age at least 18 years", "n": 1, "unknown": 0},
                              {"criterion": "State is impending", "n": 0, "unknown": 2}]}  # fmt: skip
    found = ways([examples.described()], manifest=Manifest(raw))
    assert "who met every condition, in this order: Age at least 18 years; State is impending." in found


def test_holms_adjustment_is_said_of_pairs_and_the_rest_is_said_to_be_raw():
    # Kruskal-Wallis, one pair of Dunn's, adjusted.
    assert "The main analyses gave 2 p-values; 1 of pairs was adjusted by Holm's" in ways([examples.compared_visits()])


def test_the_limits_follow_from_the_data():
    found = " ".join(limits(MANIFEST, examples.everything(), [], "modern"))
    assert found.startswith("The data are synthetic")
    assert "With 6 patients, intervals are wide" in found
    assert "All patients are of one site" in found
    assert "1 of 7 enrolled were left out" in found
    assert "The smallest group compared has 5 patients" in found
    assert "Drafts, defined by nothing but the values seen: site's own score" in found
    assert "Nothing in these data says that group was allocated at random" in found


def test_no_limit_is_said_of_what_the_data_do_not_have():
    """Negative control."""
    flow = {"enrolled": 60, "left_out": [], "patients": 60, "procedures": 60, "screening": {"screened": 70}}
    large = Manifest(examples.manifest(
        studies=[{"slug": "a", "name": "A", "synthetic": False}], sites=["north", "south"], flow=flow, arm=None,
        missing={"pain": {"w6": {}, "preop": {}}},
    ))  # fmt: skip
    assert limits(large, [examples.described()], [], "modern") == ()


def test_the_report_carries_all_of_it_and_its_contents_lead_there():
    report = build(examples.manifest(), examples.everything())
    assert report.title == "Nails of the sacrum"
    assert report.methods and report.results and report.limits
    assert [anchor for anchor, _ in report.contents if anchor in ("in-words", "limits", "methods")] == [
        "in-words", "limits", "methods",
    ]  # fmt: skip


def test_a_plans_report_is_titled_with_the_plans_title():
    report = build(examples.manifest(), [examples.described()], {"name": "nails", "title": "Nails in 2025"})
    assert report.title == "Nails of the sacrum. Nails in 2025"
