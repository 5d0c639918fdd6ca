"""Numbers lead to their results, and results to the counts they were computed from."""

import json

import pytest

from outcomes.columns import Category, Column, Columns
from outcomes.plans.check import specified
from reports import profile, trace, wording
from reports.manifest import Manifest
from reports.report import build, build_one
from tests.reports import examples

MANIFEST = Manifest(examples.manifest())


def columns() -> Columns:
    """Six patients: pain before 7, 7, 7, 8, 8, 5; after 2, 2, 2, 4, 4 and nothing; three in each group."""
    return Columns(
        rows=6,
        sites=Category.of(["north"] * 6),
        timepoints={"preop": 0, "w6": 1},
        scores={
            ("pain", "preop"): Column.of(["7", "7", "7", "8", "8", "5"]),
            ("pain", "w6"): Column.of(["2", "2", "2", "4", "4", None]),
        },
        covariates={"group": Category.of(["complex"] * 3 + ["simple"] * 3)},
        instruments=("pain",),
    )


def behind(**entry) -> list[list[list[str]]]:
    """The rows of each table behind an entry, heads first."""
    tables = trace.counts(specified(entry).tabulate(columns()), entry, MANIFEST)
    return [
        [[column.label for column in table.columns],
         *([row.head, *(cell.text for cell in row.cells)] for group in table.groups for row in group.rows)]
        for table in tables
    ]  # fmt: skip


def test_behind_a_change_stand_the_counted_differences():
    assert behind(id="c", type="wilcoxon_paired", instrument="pain", pre="preop", post="w6")[0] == [
        ["Change", "Patients"], ["\N{MINUS SIGN}5", "3"], ["\N{MINUS SIGN}4", "2"],
    ]  # fmt: skip


def test_behind_a_comparison_stand_the_values_of_each_group_and_who_has_none():
    assert behind(id="g", type="mannwhitney", instrument="pain", timepoint="w6", by="group")[0] == [
        ["Value", "Complex", "Simple"], ["2", "3", "0"], ["4", "0", "2"], ["Without a value", "0", "1"],
    ]  # fmt: skip


def test_behind_a_share_stand_yes_and_no():
    yes = {"instrument": "pain", "timepoint": "w6", "gt": 3}
    assert behind(id="s", type="proportion", col=yes)[0] == [["", "No", "Yes"], ["All", "3", "2"]]
    assert behind(id="v", type="share_patient_var", var="group")[0] == [["", "Complex", "Simple"], ["All", "3", "3"]]


def test_the_counts_add_up_to_the_result():
    entry = {"id": "o", "type": "describe_by_timepoint", "instrument": "pain"}
    spec = specified(entry)
    tables = spec.tabulate(columns())
    payload = json.loads(json.dumps(spec.compute(tables)))
    shown = trace.counts(tables, entry, MANIFEST)
    after = {row.head: int(row.cells[0].text) for row in shown[1].groups[0].rows}
    assert payload["w6"]["n"] == sum(n for value, n in after.items() if value != "Without a value") == 5
    assert payload["w6"]["missing"] == after["Without a value"] == 1


def test_a_long_table_is_cut_and_says_so():
    table = trace.cut(examples_table(trace.MOST_ROWS + 3))
    assert trace.size(table) == trace.MOST_ROWS and table.is_long
    assert table.notes[-1].text == "3 more rows are not shown."


def examples_table(n: int):
    entry = {"id": "c", "type": "wilcoxon_paired", "instrument": "pain", "pre": "preop", "post": "w6"}
    (table,) = trace.counts(specified(entry).tabulate(columns()), entry, MANIFEST)
    group = table.groups[0]
    return trace.replace(table, groups=(trace.replace(group, rows=group.rows[:1] * n),))


def test_every_number_of_a_report_leads_to_a_result_of_it():
    results = examples.everything()
    report = build(examples.manifest(), results)
    known = {f"/results/{each['analysis_id']}/" for each in results}
    sections = [*([report.patients] if report.patients else []), *report.paper, *report.sections]
    cells = [cell for section in sections for table in section.tables for group in table.groups
             for row in group.rows for cell in row.cells if cell.text]  # fmt: skip
    assert len(cells) > 50
    assert {cell.source.page_url for cell in cells if cell.source} <= known
    assert [cell for cell in cells if cell.source is None] == []


def test_a_p_in_table_2_leads_to_the_test_and_the_shares_beside_it_to_the_description():
    share = {"x": 1, "n": 3, "clopper_pearson": {"low": 0.0084, "high": 0.9057}}
    cell = {"levels": {"no": {"x": 2, "n": 3}, "yes": share}, "missing": 0}
    payload = {"all": cell, "by": {"complex": cell, "simple": cell}, "groups": ["complex", "simple"],
               "levels": ["no", "yes"]}  # fmt: skip
    described = examples.result("vte", "share_patient_var", payload, var="vte", by="group")
    table = {"no": {"complex": 2, "simple": 2}, "yes": {"complex": 1, "simple": 1}}
    tested = examples.counted(table, "crosstab_patient", row="vte", col="group")
    (shown,) = profile.profiles([described], MANIFEST, "modern", profile.tests_of([tested]))
    assert shown.title == "Surgical details and complications by group"
    (row,) = shown.groups[0].rows
    assert [cell.text for cell in row.cells[:3]] == ["1/3 (33 %)"] * 3
    assert [cell.source.label for cell in row.cells] == ["vte", "vte", "vte", "counted"]
    heads = [column.label.replace("\N{NO-BREAK SPACE}", " ") for column in shown.columns]
    assert heads == ["Characteristic", "All, n = 3", "Complex, n = 3", "Simple, n = 3", "p"]


def test_labels_stand_where_codes_are_recorded():
    raw = examples.manifest()
    raw["covariates"]["primary_cancer"] = {
        "kind": "category", "decimals": 0, "levels": ["multiple_myeloma"], "label": "Primary cancer", "unit": "",
        "labels": {"multiple_myeloma": "Multiple myeloma"},
    }  # fmt: skip
    raw["covariates"]["operative_minutes"] = {"kind": "number", "label": "Operative time", "unit": "min", "labels": {}}
    manifest = Manifest(raw)
    assert manifest.level_heading("primary_cancer", "multiple_myeloma") == "Multiple myeloma"
    assert manifest.level("primary_cancer", "multiple_myeloma") == "multiple myeloma"
    assert manifest.variable_heading("operative_minutes") == "Operative time (min)"
    assert manifest.variable("operative_minutes") == "operative time"
    assert Manifest({}).variable_heading("blood_loss_ml") == "Blood loss (mL)"


@pytest.mark.parametrize(
    ("label", "within"),
    [
        ("Operative time", "operative time"), ("Katagiri growth group", "Katagiri growth group"), ("IIa", "IIa"),
        ("A1", "A1"), ("ASA class", "ASA class"), ("Guidance: CT", "guidance: CT"), ("No", "no"),
        ("Analgesic Scale (Gupta)", "Analgesic Scale (Gupta)"), ("25-OH vitamin D", "25-OH vitamin D"),
    ],
)  # fmt: skip
def test_a_label_in_a_sentence_is_small_unless_it_is_a_name_or_a_grade(label, within):
    assert wording.within_text(label) == within


def test_a_results_page_says_it_in_words_with_what_stands_beside_it():
    aside = examples.result("change__more", "wilcoxon_paired", examples.changed()["payload"],
                            instrument="pain", pre="preop", post="w6", beside="pain_change")  # fmt: skip
    page = build_one(examples.manifest(), examples.changed(), [aside])
    assert "of 5 patients with both values 4 improved" in page.words
    assert [part.question for table in page.section.tables for part in table.beside]
