"""Every analysis type, computed on a small cohort, comes out on the page: in a table, with its question and its p."""

import json

import numpy as np
import pytest
from django.template.loader import render_to_string

from outcomes.analyses import TYPES
from outcomes.analyses.run import run
from outcomes.stats.documents import canonical
from reports.kinds import SHOWN
from reports.layout import Table
from reports.manifest import Manifest
from reports.phrases import question
from reports.report import build, build_one
from tests.outcomes import cohorts
from tests.reports import examples

PRESETS = ("modern", "stata", "medcalc", "r")
ROWS = 24
INSTRUMENTS = {"pain": examples.PAIN}
MANIFEST = examples.manifest(
    arm="arm",
    instruments=INSTRUMENTS,
    timepoints=[
        {"code": code, "label": label, "order": place, "kind": "follow_up", "target_day": place}
        for place, (code, label) in enumerate({"pre": "Before", "6w": "6 weeks", "1y": "1 year"}.items())
    ],
    missing={"pain": {"pre": {}, "6w": {"lost": 2}, "1y": {"lost": 4}}},
)


def drawn_cohort(rows: int = ROWS):
    """A cohort with every name that cohorts.ENTRIES asks for, drawn once from a fixed seed."""
    rng = np.random.default_rng(7)
    absent = {"pre": 0.0, "6w": 0.1, "1y": 0.2}

    def texts(values, gone):
        return [None if rng.random() < gone else str(value) for value in values]

    scores = {
        ("pain", code): texts(rng.integers(low, low + 6, rows), absent[code])
        for code, low in zip(absent, (4, 2, 0), strict=True)
    }
    covariates = {
        "arm": texts(rng.choice(["a", "b"], rows), 0),
        "sex": texts(rng.choice(["F", "M"], rows), 0),
        "grade": texts(rng.integers(1, 4, rows), 0.1),
        "age": texts(rng.integers(400, 800, rows) / 10, 0.1),
    }
    ends = [str(int(end)) for end in rng.random(rows) < 0.6]
    survival = {name: (texts(rng.integers(1, 9, rows) / 2, 0), ends) for name in ("repair", "death")}
    sites = [str(name) for name in rng.choice(["north", "south"], rows)]
    return cohorts.columns(scores=scores, covariates=covariates, survival=survival, sites=sites)


def results_of(entries, columns) -> list[dict]:
    found = []
    for place, entry in enumerate(entries):
        payload = json.loads(canonical(run({"id": f"a{place}", **entry}, columns)))
        found.append(examples.result(f"a{place}", entry["type"], payload, **without_type(entry)))
    return found


def without_type(entry):
    return {name: value for name, value in entry.items() if name != "type"}


@pytest.fixture(scope="module", params=[ROWS, 2])
def computed(request):
    return results_of(cohorts.ENTRIES, drawn_cohort(request.param))


def tables_in(report) -> list[Table]:
    sections = [report.patients, *report.sections] if report.patients else report.sections
    return [table for section in sections for table in section.tables]


def test_every_type_that_a_plan_may_ask_for_has_a_table_of_its_own():
    assert {*TYPES} <= {*SHOWN, "mannwhitney"}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_result_is_in_a_table_whatever_the_preset(computed, preset):
    results = [result | {"envelope": result["envelope"] | {"preset": preset}} for result in computed]
    tables = tables_in(build(MANIFEST, results))
    assert {source.label for table in tables for source in table.sources} == {each["analysis_id"] for each in results}
    widths = [(len(row.cells), len(table.columns) - 1, row.head) for table in tables for group in table.groups
              for row in group.rows]  # fmt: skip
    assert [each for each in widths if each[0] != each[1]] == []


def test_the_whole_report_and_each_results_page_are_drawn(computed):
    page = render_to_string("reports/report.html", {"report": build(MANIFEST, computed)})
    assert "None" not in page and "nan" not in page.lower().replace("finan", "")
    for result in computed:
        alone = build_one(MANIFEST, result)
        assert alone.title and alone.section.tables, result["type"]
        assert render_to_string("reports/result.html", {"page": alone})


def paths_in(value, above=()) -> list[str]:
    """The dotted path of every part of a payload."""
    if not isinstance(value, dict):
        return []
    return [path for name, part in value.items()
            for path in (".".join((*above, name)), *paths_in(part, (*above, name)))]  # fmt: skip


def test_any_part_of_any_result_can_stand_in_a_table_and_a_figure_of_a_plan(computed):
    for result in computed:
        line = {"label": "Any", "analysis": result["analysis_id"], "test": result["analysis_id"]}
        rows = [line, *(line | {"path": path} for path in [*paths_in(result["payload"]), "no.such.part"])]
        printed = [{"title": "Any", "rows": rows}, {"title": "Nothing", "rows": []}]
        plan = {"name": "any", "analyses": [], "tables": printed, "figures": printed}
        report = build(MANIFEST, [result], plan)
        assert len(report.paper) == 4 and render_to_string("reports/report.html", {"report": report})


def test_every_p_value_on_the_page_has_its_test_and_its_n(computed):
    asked = build(MANIFEST, computed).asked
    assert all(each.question and each.test and each.n for each in asked)
    assert all(each.p is None or 0 <= each.p <= 1 for each in asked)


def test_an_unknown_type_is_shown_with_its_numbers_and_breaks_nothing():
    payload = {"n": 12, "answer": {"estimate": 0.123456, "low": None}, "list": [{"x": 1}], "p": 0.03, "test": "oracle"}
    strange = examples.result("strange", "oracle_of_delphi", payload, instrument="pain", temple="north")
    report = build(MANIFEST, [strange, examples.result("odd", "odd", {"not_estimable": "nobody asked"})])
    page = render_to_string("reports/report.html", {"report": report})
    assert "Pain: oracle of delphi" in page and "0.1235" in page
    assert "not estimable: nobody asked" in page
    assert [(each.test, each.n, each.p) for each in report.asked] == [("oracle", "12", 0.03)]


def test_a_question_is_put_in_words_for_every_entry():
    for place, entry in enumerate(cohorts.ENTRIES):
        words = question({"id": f"a{place}", **entry}, Manifest(MANIFEST))
        assert words and "_" not in words, entry
