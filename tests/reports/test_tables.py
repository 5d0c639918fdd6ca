"""Results become tables in which every number has its n, its test and its interval."""

from reports import arms, comparisons, profile, tables
from reports.manifest import Manifest
from tests.reports import examples

MANIFEST = Manifest(examples.manifest())
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


def texts(table):
    return [[row.head, *(cell.text for cell in row.cells)] for group in table.groups for row in group.rows]


def notes(table):
    return " ".join(note.text for note in table.notes)


def test_a_description_is_n_missing_median_mean_and_range_in_the_order_of_visits():
    table = tables.longitudinal(examples.described(), MANIFEST, "modern")
    assert texts(table) == [
        ["Preoperative", "6", "0", "7 (7 to 7.8)", "7.0 ± 1.1", "5 to 8"],
        ["6 weeks", "5", "1", "2 (2 to 4)", "2.8 ± 1.1", "2 to 4"],
    ]
    assert table.groups[0].rows[1].cells[1].detail == "lost to follow-up"


def test_reasons_for_missing_are_of_the_whole_cohort_and_not_lent_to_a_subset():
    table = tables.longitudinal(examples.described(subset={"group": "simple"}), MANIFEST, "modern")
    assert not any(cell.detail for row in table.groups[0].rows for cell in row.cells)


def test_a_description_by_arm_has_a_group_of_rows_for_each():
    table = tables.longitudinal(examples.described_by_arm(), MANIFEST, "modern")
    assert [group.label for group in table.groups] == ["Complex", "Simple"]


def test_the_missing_table_names_reasons_and_leaves_away_visits_that_nobody_was_asked_at():
    table = tables.missing(MANIFEST, ["pain", "ecog"])
    assert [column.label for column in table.columns] == ["Timepoint", "With a value", "Missing", "Lost to follow-up"]
    assert texts(table) == [["Preoperative", "6/6 (100 %)", "0", DASH], ["6 weeks", "5/6 (83 %)", "1", "1"]]


def test_where_nothing_is_missing_there_is_no_missing_table():
    assert tables.missing(MANIFEST, ["msts"]) is None


def test_a_fall_improves_pain_and_worsens_msts():
    fall = [cell.text for cell in tables.paired([examples.changed()], MANIFEST, "modern").groups[0].rows[0].cells]
    assert fall[:4] == ["5", "4 (80 %)", "1 (20 %)", "0 (0 %)"]
    fall = tables.paired([examples.changed("msts")], MANIFEST, "modern").groups[0].rows[0].cells
    assert [cell.text for cell in fall[1:4]] == ["0 (0 %)", "1 (20 %)", "4 (80 %)"]


def test_an_unspecified_direction_speaks_of_decrease_and_not_of_improvement():
    labels = [column.label for column in tables.paired([examples.changed("site_own")], MANIFEST, "modern").columns]
    assert "Decreased" in labels and "Improved" not in labels


def test_a_change_shows_who_was_left_out_and_names_its_test():
    table = tables.paired([examples.changed()], MANIFEST, "modern")
    assert table.groups[0].rows[0].cells[0].detail == "1 left out"
    assert "exact with ties" in notes(table)
    assert "zeros kept in the ranking" in notes(tables.paired([examples.changed(preset="stata")], MANIFEST, "stata"))


def test_a_refused_test_shows_its_reason_in_place_of_numbers():
    refused = examples.changed(differences={0: 4})
    row = tables.paired([refused], MANIFEST, "modern").groups[0].rows[0]
    assert {cell.text for cell in row.cells} == {DASH}
    assert row.cells[-1].detail == "not estimable: no patient's value changed, so there is nothing to rank"


def test_pairs_of_visits_stand_under_the_test_of_all_with_raw_and_adjusted_p():
    table = tables.visits(examples.compared_visits(), MANIFEST, "modern")
    assert [column.label for column in table.columns][-2:] == ["p", "p, Holm"]
    assert texts(table)[0][:2] == ["Preoperative, 6 weeks", "6, 5"]
    assert "Kruskal-Wallis H = " in notes(table) and "independent" in notes(table)


def test_stata_readers_see_the_one_sided_p_that_stata_prints():
    table = tables.visits(examples.compared_visits(), MANIFEST, "stata")
    raw, one_sided = texts(table)[0][-3], texts(table)[0][-1]
    assert (raw, one_sided) == ("0.005", "0.003")


def test_arms_show_n_median_shift_delta_and_p_at_each_timepoint():
    table = arms.arms([examples.compared_arms()], examples.described_by_arm(), MANIFEST, "modern")
    row = texts(table)[0]
    assert row[:5] == ["6 weeks", "6", "7 (7 to 7.8)", "5", "2 (2 to 4)"]
    assert row[5].startswith("4.5 (") and row[6].startswith("1.00 (")
    assert table.spans == [("", 1), ("Complex", 2), ("Simple", 2), ("", 3)]
    assert "complex minus simple" in notes(table)


def test_arms_of_a_result_alone_show_their_n_and_no_empty_columns():
    table = arms.arms([examples.compared_arms()], None, MANIFEST, "modern")
    assert texts(table)[0][:3] == ["6 weeks", "6", "5"]
    assert [column.label for column in table.columns[:3]] == ["Timepoint", "n", "n"]


def test_a_yes_no_outcome_has_denominators_and_a_risk_difference_in_points():
    table = {"complex": {"0": 95, "1": 22}, "simple": {"0": 74, "1": 42}}
    asked = {"row": "group", "col": {"instrument": "pain", "timepoint": "w6", "gt": 0}}
    row = texts(comparisons.outcomes([examples.counted(table, **asked)], MANIFEST, "modern"))[0]
    assert row[:3] == ["Above 0 at 6 weeks", "22/117 (19 %)", "42/116 (36 %)"]
    assert row[3] == f"{MINUS}17.4 ({MINUS}28.3 to {MINUS}5.9) pp"


def test_the_presets_quote_different_tests_of_the_same_table():
    """Licorice and sugar at 30 minutes: Pearson 0.0029, Yates 0.0047."""
    table = {"complex": {"0": 95, "1": 22}, "simple": {"0": 74, "1": 42}}
    result = examples.counted(table, row="group", col={"instrument": "pain", "timepoint": "w6", "gt": 0})
    quoted = {preset: texts(comparisons.outcomes([result], MANIFEST, preset))[0][-1] for preset in ("stata", "r")}
    assert quoted == {"stata": "0.003", "r": "0.005"}


def test_table_1_gives_percents_within_arms_whichever_way_the_plan_asked():
    asa = {"2": {"complex": 4, "simple": 1}, "3": {"complex": 2, "simple": 4}}
    turned = {"complex": {"2": 4, "3": 2}, "simple": {"2": 1, "3": 4}}
    one = examples.counted(asa, "crosstab_patient", row="asa", col="group")
    two = examples.counted(turned, "crosstab_patient", row="group", col="asa")
    tables_1 = [texts(comparisons.characteristics([each], MANIFEST, "modern")) for each in (one, two)]
    assert tables_1[0][:3] == tables_1[1][:3]
    assert tables_1[0][1] == ["2", "4/6 (67 %)", "1/5 (20 %)", ""]
    assert tables_1[0][0][0] == "ASA"


def test_single_years_are_not_told_one_by_one_where_the_median_age_stands():
    def years(*levels: str) -> dict:
        told = {level: {"x": 1, "n": len(levels)} for level in levels}
        payload = {"levels": [*levels], "all": {"levels": told, "missing": 0}, "left_out": {}}
        return examples.result("age_years", "share_patient_var", payload, var="age")

    median = examples.result("age", "describe_patient_var", {"all": examples.cell({60: 3, 71: 2})}, var="age")
    many, few, words = years(*map(str, range(60, 89))), years("1", "2", "3"), years("old", *map(str, range(60, 89)))
    for results, rows in (([median, many], 1), ([many], 30), ([median, few], 5), ([median, words], 32)):
        (table,) = profile.profiles(results, MANIFEST, "modern")
        assert len(texts(table)) == rows


def test_a_cross_table_gives_percents_of_the_rows_total():
    table = {"f": {"no": 1, "yes": 3}, "m": {"no": 2, "yes": 2}}
    shown = comparisons.crosstab(examples.counted(table, "crosstab_patient", row="sex", col="leak"), MANIFEST, "r")
    assert texts(shown)[0] == ["F", "1/4 (25 %)", "3/4 (75 %)", "4"]
    assert "Yates" in notes(shown)


def test_an_ancova_row_shows_n_difference_limits_and_covariates():
    fit = {
        "n": 11,
        "diff": -4.5868,
        "lcl": -7.05,
        "ucl": -2.12,
        "p": 0.0003,
        "unadjusted_diff": -6.1,
        "unadjusted_p": 0.02,
    }
    fit |= {"baseline_slope": 0.707, "r2": 0.524, "left_out": {"no_value_at_w6": 2}}
    asked = {"instrument": "pain", "pre": "preop", "post": "w6", "group": "group", "group_level": "simple"}
    result = examples.result("model", "ancova", fit, covariates=["age", "sex"], **asked)
    table = comparisons.ancova([result], MANIFEST)
    assert texts(table)[0][:4] == [
        "6 weeks, given Preoperative, age and sex", "11",
        f"{MINUS}4.6 ({MINUS}7.1 to {MINUS}2.1)", "< 0.001",
    ]  # fmt: skip
    assert "simple minus the rest" in notes(table)
