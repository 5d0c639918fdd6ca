"""What a reviewer would ask stands under the published number it is about, folded; a plan's own tables come first."""

import re

import pytest
from django.template.loader import render_to_string

from reports.report import build
from tests.reports import examples

ASIDE = "pain_change__responders"


def shares(x: int, n: int) -> dict:
    limits = {"estimate": x / n, "low": 0.1, "high": 0.9, "level": 0.95, "method": "exact"}
    return {"x": x, "n": n, "wilson": limits, "clopper_pearson": limits}


def responders(**entry) -> dict:
    cell = shares(4, 5) | {"missing": 1, "worst_case": shares(4, 6), "best_case": shares(5, 6)}
    about = {"instrument": "pain", "pre": "preop", "post": "w6", "better": "lower", "improvement_ge": 2} | entry
    return examples.result(ASIDE, "responders", {"rule": "r", "all": cell, "left_out": {"no_value_at_w6": 1}}, **about)


@pytest.fixture(scope="module")
def report():
    results = [examples.described(), examples.changed(), responders(beside="pain_change")]
    return build(examples.manifest(), results)


def all_tables(report) -> list:
    return [table for section in report.sections for table in section.tables]


def test_an_aside_stands_under_the_table_of_its_published_analysis_and_nowhere_else(report):
    description, changes = all_tables(report)
    assert description.beside == ()
    (part,) = changes.beside
    assert part.question == "Pain Preoperative to 6 weeks"
    assert [table.title for table in part.tables] == ["Pain: who got better by enough"]


def test_tables_beside_are_numbered_within_the_table_that_they_stand_under(report):
    changes = all_tables(report)[1]
    assert [table.number for table in changes.beside[0].tables] == [f"{changes.number}.1"]


def test_what_stands_beside_says_so_in_plain_words(report):
    assert "published" in all_tables(report)[1].beside[0].words


def test_an_aside_of_an_analysis_that_is_not_there_stands_for_itself():
    report = build(examples.manifest(), [responders(beside="gone")])
    assert [source.label for table in all_tables(report) for source in table.sources] == [ASIDE]


def test_what_is_beside_is_folded_and_one_switch_in_the_address_unfolds_it(report):
    folded = render_to_string("reports/report.html", {"report": report})
    unfolded = render_to_string("reports/report.html", {"report": report, "beside_open": True})
    assert re.findall(r"<details class=\"beside\"[^>]*>", folded) == ['<details class="beside" data-beside>']
    assert re.findall(r"<details class=\"beside\"[^>]*>", unfolded) == ['<details class="beside" data-beside open>']
    assert 'name="beside" value="1"' in folded and 'name="beside" value="1" checked' in unfolded


def test_a_report_without_asides_has_no_switch():
    page = render_to_string("reports/report.html", {"report": build(examples.manifest(), examples.everything())})
    assert "data-beside" not in page


PLAN = {
    "name": "nails2026",
    "tables": [
        {
            "number": "Table 2",
            "title": "Pain, as printed",
            "rows": [
                {"label": "Pain before", "analysis": "pain_over_time", "path": "preop", "test": "pain_change"},
                {"label": "Pain at the end", "analysis": "pain_over_time", "path": "w6"},
                {"label": "What nobody recorded", "analysis": "gone", "path": "all", "test": "gone_too"},
                {"label": "By group", "analysis": "pain_by_group", "path": "w6"},
            ],
        }
    ],
    "figures": [{"number": "Fig. 3", "title": "Pain falls", "rows": [{"label": "a", "analysis": "pain_over_time"}]}],
}


@pytest.fixture(scope="module")
def printed():
    results = [examples.described(), examples.changed(), examples.described_by_arm()]
    return build(examples.manifest(), results, PLAN)


def test_a_plans_tables_and_figures_come_first_under_the_papers_titles(printed):
    assert [section.title for section in printed.paper] == ["Table 2. Pain, as printed", "Fig. 3. Pain falls"]
    assert printed.paper[0].tables[0].called == "Table 2 of the plan"
    assert printed.paper[1].figures[0].called == "Fig. 3 of the plan"
    page = render_to_string("reports/report.html", {"report": printed})
    assert page.index("Table 2 of the plan") < page.index("Table 1.")


def test_a_row_of_the_papers_table_has_its_label_its_value_and_its_p(printed):
    table = printed.paper[0].tables[0]
    assert [column.label for column in table.columns] == ["", "Value", "Complex", "Simple", "p"]
    before, after, gone, by_group = [[row.head, *(cell.text for cell in row.cells)] for row in table.groups[0].rows]
    assert before[:2] == ["Pain before", "7 (7 to 7.8)"] and before[-1].startswith("0.")
    assert after[:2] == ["Pain at the end", "2 (2 to 4)"]
    assert gone == ["What nobody recorded", "", "", "", "\N{EN DASH}"]
    assert by_group[2:4] == ["7 (7 to 7.8)", "2 (2 to 4)"]


def test_the_ids_of_a_page_with_a_papers_tables_are_each_there_once(printed):
    page = render_to_string("reports/report.html", {"report": printed})
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_what_a_plan_asked_for_and_the_cohort_does_not_have_is_said():
    result = examples.described()
    gone = [{"id": "age_described", "type": "describe_patient_var", "reason": "the cohort has no covariate age"}]
    report = build(examples.manifest(), [result | {"envelope": result["envelope"] | {"left_out_of_plan": gone}}])
    page = render_to_string("reports/report.html", {"report": report})
    assert "<dt>age described</dt><dd>the cohort has no covariate age</dd>" in page
