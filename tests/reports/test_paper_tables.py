"""A paper's own table: levels and groups are rows, each p stands once with its test, means come first where printed."""

import pytest

from reports.manifest import Manifest
from reports.paper import sections_of
from tests.reports import examples

MANIFEST = Manifest(examples.manifest())
CURVE = {"test": "log-rank", "p": 0.04, "chi2": 4.2, "df": 1, "n": {"complex": 9, "simple": 7},
         "effect": {"name": "hazard_ratio", "estimate": 2.0, "low": 1.1, "high": 3.6}}  # fmt: skip


def share(x: int, n: int) -> dict:
    return {"x": x, "n": n}


def results() -> list[dict]:
    sexes = {"all": {"levels": {"F": share(4, 16), "M": share(12, 16)}, "n": 16, "missing": 0}, "left_out": {}}
    sexes |= {"by": {"complex": {"levels": {"F": share(4, 9)}}, "simple": {"levels": {"M": share(7, 7)}}},
              "groups": ["complex", "simple"]}  # fmt: skip
    arms = {"complex": {"n": 9, "events": 3}, "simple": {"n": 7, "events": 1}, "groups": ["complex", "simple"]}
    return [
        examples.described(),
        examples.described_by_arm(),
        examples.changed(),
        examples.compared_arms(),
        examples.result("sex", "share_patient_var", sexes, var="sex", by="group"),
        examples.result("free", "km", arms | CURVE | {"logrank": CURVE, "left_out": {}}, times=[12], by="group"),
    ]


@pytest.fixture
def drawn():
    known = results()

    def draw(*rows, number="Table 2") -> list:
        plan = {"tables": [{"number": number, "title": "As printed", "rows": list(rows)}]}
        (section,) = sections_of(plan, known, MANIFEST, "modern")
        return section

    return draw


def shown(section) -> list[list[str]]:
    (table,) = section.tables
    heads = [column.label for column in table.columns]
    return [heads, *([row.head, *(cell.text for cell in row.cells)] for row in table.groups[0].rows)]


def test_levels_and_groups_within_a_cell_are_rows_below_it(drawn):
    found = shown(drawn({"label": "Sex, n (%)", "analysis": "sex"}))
    assert found == [
        ["", "All", "Complex", "Simple"],
        ["Sex, n (%)", "", "", ""],
        ["Female", "4/16 (25 %)", "4/9 (44 %)", ""],
        ["Male", "12/16 (75 %)", "", "7/7 (100 %)"],
    ]
    over_time = shown(drawn({"label": "Pain", "analysis": "pain_by_group"}))
    assert over_time[0] == ["", "Preoperative", "6 weeks"]
    assert [row[0] for row in over_time[1:]] == ["Pain", "Complex", "Simple"]


def test_levels_of_a_score_are_columns_with_their_denominator(drawn):
    heads, row = shown(drawn({"label": "before", "analysis": "pain_over_time", "path": "preop.counts"}))
    assert len(heads) == len(row) and all("/" in cell for cell in row[1:])


def test_the_mean_stands_first_where_the_paper_prints_means(drawn):
    for label, first, below in (("Pain, mean", "7.", "median 7"), ("Pain, median", "7 (", "mean 7.")):
        (table,) = drawn({"label": label, "analysis": "pain_over_time", "path": "preop"}).tables
        (row,) = table.groups[0].rows
        assert row.cells[0].text.startswith(first) and row.cells[0].detail.startswith(below)
        assert "n\N{NO-BREAK SPACE}=" in row.cells[0].detail


def test_each_p_carries_the_mark_of_its_test_where_a_table_has_several(drawn):
    rows = [{"label": test, "analysis": "pain_over_time", "path": "preop", "test": test}
            for test in ("pain_change", "free")]  # fmt: skip
    section = drawn(*rows)
    assert [row[-1][-1] for row in shown(section)[1:]] == ["\u1d43", "\u1d47"]
    assert any("\u1d43Wilcoxon" in note.text and "\u1d47log-rank" in note.text for note in section.tables[0].notes)
    assert shown(drawn(rows[0]))[1][-1][-1].isdigit()


def test_a_p_of_several_rows_stands_in_the_first_of_them_and_the_note_says_so(drawn):
    rows = [{"label": code, "analysis": "pain_over_time", "path": code, "test": "pain_change"}
            for code in ("preop", "w6")]  # fmt: skip
    section = drawn(*rows)
    assert [bool(row[-1]) for row in shown(section)[1:]] == [True, False]
    assert any("first of them" in note.text for note in section.tables[0].notes)


def test_curves_show_how_many_had_the_event_and_their_effect(drawn):
    (table,) = drawn({"label": "Free", "analysis": "free"}).tables
    assert [column.label for column in table.columns][1:3] == ["Complex", "Simple"]
    (row,) = table.groups[0].rows
    assert [cell.text for cell in row.cells] == ["3 of 9", "1 of 7", "2.00 (1.10 to 3.60)"]
    assert [cell.detail for cell in row.cells] == ["had the event", "had the event", "hazard ratio"]


def test_what_stands_in_the_text_is_called_text(drawn):
    section = drawn({"label": "Free", "analysis": "free"}, number="Text: pathological")
    assert section.title == "Text. As printed"
    assert section.tables[0].called == "Text of the plan"


BANDS = [[None, 69], [70, 79], [80, 89], [90, None]]


def ages(**cells) -> dict:
    """Shares of single years, of everyone and of each group."""
    told = {name: {"levels": {str(year): share(x, sum(years.values())) for year, x in years.items()}}
            for name, years in cells.items()}  # fmt: skip
    payload = {"all": told.pop("everyone"), "left_out": {}}
    payload |= {"by": told, "groups": [*told]} if told else {}
    return examples.result("age_years", "share_patient_var", payload, var="age", **({"by": "group"} if told else {}))


def printed_ages(result: dict, **line) -> list[list[str]]:
    row = {"label": "Age in bands, n (%)", "analysis": "age_years", "bands": BANDS} | line
    plan = {"tables": [{"number": "Table 3", "title": "As printed", "rows": [row]}]}
    (section,) = sections_of(plan, [result], MANIFEST, "modern")
    return shown(section)


def test_single_years_are_one_row_a_band_and_keep_their_denominator():
    years = {58: 1, 69: 2, 70: 3, 79: 1, 90: 1, 101: 2}
    by_hand = [
        ["", "All"],
        ["Age in bands, n (%)", ""],
        ["Up to 69", "3/10 (30 %)"],
        ["70 to 79", "4/10 (40 %)"],
        ["80 to 89", "0/10 (0 %)"],
        ["90 and over", "3/10 (30 %)"],
    ]
    for path in ({}, {"path": "all.levels"}, {"path": "all"}):
        assert printed_ages(ages(everyone=years), **path) == by_hand
    unbanded = printed_ages(ages(everyone=years), path="all.levels", bands=None)
    assert [row[0] for row in unbanded[2:]] == [str(year) for year in years]


def test_whoever_is_in_no_band_stands_in_a_line_of_their_own():
    rows = printed_ages(ages(everyone={"69.5": 1, "unknown": 1, 75: 2}))
    assert rows[-1] == ["In none of these bands", "2/4 (50 %)"]
    assert sum(int(row[1].split("/")[0]) for row in rows[2:]) == 4


def test_bands_stand_beside_each_other_for_each_group():
    rows = printed_ages(ages(everyone={60: 1, 71: 3}, complex={60: 1, 71: 1}, simple={71: 2}))
    assert rows[0] == ["", "All", "Complex", "Simple"]
    assert rows[2] == ["Up to 69", "1/4 (25 %)", "1/2 (50 %)", "0/2 (0 %)"]
