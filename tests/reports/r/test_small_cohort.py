"""R alone computes every number of every type of analysis again, and says so where one cell was changed."""

import csv
import io
import re

import numpy as np
import pytest

from outcomes.analyses import TYPES
from reports.r import script
from reports.r.script import numbers, text, value
from tests.outcomes import cohorts
from tests.reports.r.remaking import again, manifest_of, remake, results_of, wide_of

ROWS = 60


def awkward_cohort(rows: int = ROWS):
    """Ties, gaps, deaths, decimals, sites without a group, times at once; drawn once from a fixed seed."""
    rng = np.random.default_rng(11)

    def texts(values, gone):
        return [None if rng.random() < gone else str(each) for each in values]

    start = rng.integers(4, 16, rows)
    scores = {
        ("pain", code): texts((start - rng.integers(0, fall, rows)) / 2, gone)
        for code, fall, gone in (("pre", 1, 0.05), ("6w", 6, 0.15), ("1y", 9, 0.3))
    }
    covariates = {
        "arm": texts(rng.choice(["a", "b"], rows), 0.05),
        "sex": texts(rng.choice(["F", "M"], rows), 0),
        "grade": texts(rng.choice(["1", "1.0", "2", "10"], rows), 0.1),
        "age": texts(rng.integers(400, 950, rows) / 10, 0.1),
    }
    ends = [str(int(end)) for end in rng.random(rows) < 0.6]
    survival = {name: (texts(rng.integers(1, 9, rows) / 2, 0), ends) for name in ("repair", "death")}
    deceased = {key: [cell is None and rng.random() < 0.5 for cell in cells] for key, cells in scores.items()}
    sites = [str(name) for name in rng.choice(["north", "south", "east"], rows)]
    return cohorts.columns(
        scores=scores, covariates=covariates, survival=survival, deceased=deceased, sites=sites
    )  # fmt: skip


@pytest.fixture(scope="module")
def cohort():
    return awkward_cohort()


@pytest.fixture(scope="module")
def results(cohort):
    return results_of(cohorts.ENTRIES, cohort)


@pytest.fixture(scope="module")
def remade(cohort, results, tmp_path_factory):
    return remake(tmp_path_factory.mktemp("remade"), wide_of(cohort), manifest_of(cohort), results)


def test_the_small_cohort_asks_every_type():
    assert {entry["type"] for entry in cohorts.ENTRIES} == set(TYPES)


def test_r_computes_every_number_of_every_type_again(remade, results):
    everything = sum(len([*numbers(each["payload"])]) for each in results)
    assert everything > 3500
    assert remade.verdict == (everything, everything), remade.said
    assert remade.status == 0 and "not remade" not in remade.said and "left out" not in remade.said


def test_what_r_computed_is_written_beside_what_the_report_says(remade, results):
    written = [*csv.DictReader(io.StringIO((remade.folder / "remade.csv").read_text("utf-8")))]
    assert {line["agrees"] for line in written} == {"yes"} and len(written) == remade.verdict[1]
    p = next(each for each in results if each["type"] == "wilcoxon_paired")
    line = next(each for each in written if (each["analysis"], each["path"]) == (p["analysis_id"], "p_exact_ties"))
    assert float(line["value"]) == pytest.approx(p["payload"]["p_exact_ties"], rel=1e-12)


@pytest.mark.parametrize("rows", [9, 2])
def test_few_patients_give_the_same_numbers_and_the_same_refusals(rows, tmp_path):
    few = awkward_cohort(rows)
    remade = remake(tmp_path, wide_of(few), manifest_of(few), results_of(cohorts.ENTRIES, few))
    assert remade.status == 0 and remade.verdict[0] == remade.verdict[1] > 500, remade.said


def test_one_changed_cell_is_noticed(cohort, results, tmp_path):
    """Negative control: half a point of one patient at one visit."""
    lines = wide_of(cohort).decode().splitlines()
    place = lines[0].split(",").index("pain_6w")
    row = next(number for number, line in enumerate(lines) if number and line.split(",")[place])
    cells = lines[row].split(",")
    cells[place] = str(float(cells[place]) + 0.5)
    lines[row] = ",".join(cells)
    remade = remake(tmp_path, "\n".join(lines).encode(), manifest_of(cohort), results)
    agree, of = remade.verdict
    assert remade.status == 1 and agree < of
    assert "differs: a0_describe_by_timepoint 6w/mean" in remade.said


def test_one_changed_number_of_the_report_is_noticed(remade, tmp_path):
    """Negative control: the eighth digit of one number."""
    for name in ("remake.R", "csv/wide.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((remade.folder / name).read_bytes())
    lines = (remade.folder / "expected.csv").read_text("utf-8").splitlines()
    place = next(
        number for number, line in enumerate(lines) if line.startswith("a0_describe_by_timepoint") and "mean" in line
    )
    start, _, number = lines[place].rpartition(",")
    lines[place] = f"{start},{float(number) * (1 + 1e-8):.17g}"
    (tmp_path / "expected.csv").write_text("\n".join(lines), "utf-8")
    wrong = again(tmp_path)
    assert wrong.status == 1 and wrong.verdict == (remade.verdict[1] - 1, remade.verdict[1])


def test_a_column_that_is_not_in_the_file_is_named_with_the_analyses_that_need_it(cohort, results, tmp_path):
    without = [*csv.reader(io.StringIO(wide_of(cohort).decode()))]
    place = without[0].index("grade")
    wide = "\n".join(",".join(cells[:place] + cells[place + 1 :]) for cells in without)
    remade = remake(tmp_path, wide.encode(), manifest_of(cohort), results)
    assert remade.status == 1
    assert "not remade: a28_share_patient_var - csv/wide.csv has no column grade" in remade.said


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_in_any_script_and_with_any_sign_are_read(locale, tmp_path):
    key, before, after, group = 'schmerz "ä"', "vor/nach", "später", "größe ~"
    strange = cohorts.columns(
        scores={(key, before): ["1", "2", "4", "4"], (key, after): ["1", "1", "2", None]},
        timepoints={before: 0, after: 1},
        covariates={group: ["=a,\\", "=a,\\", "ß b", "ß b"], "site": ["x", "y", "x", "y"]},
    )
    entries = [
        {"type": "describe_by_timepoint", "instrument": key, "by": group},
        {"type": "share_patient_var", "var": "site", "by": group, "subset": {group: "=a,\\"}},
        {"type": "wilcoxon_paired", "instrument": key, "pre": before, "post": after},
    ]
    guarded = wide_of(strange).decode().replace('"=a', "\"'=a")
    results = results_of(entries, strange)
    assert remake(tmp_path, guarded.encode(), manifest_of(strange), results).status == 0
    remade = again(tmp_path, locale)
    assert remade.status == 0 and remade.verdict[0] > 80, remade.said


def test_the_script_asks_for_no_package(cohort, results):
    made = script(manifest_of(cohort), results)["remake.R"].decode()
    assert made.isascii()
    assert re.findall(r"\b(?:library|require|requireNamespace|loadNamespace|install\.packages)\(", made) == []
    assert {*re.findall(r"(\w+):::?\w+", made)} == {"compiler"}, "which is part of R itself"


def test_the_analyses_stand_at_the_end_as_calls_that_can_be_read(cohort, results):
    made = script(manifest_of(cohort), results)["remake.R"].decode()
    calls = made[made.index("The analyses of this report") :]
    assert 'describe_by_timepoint(instrument = "pain", by = "arm", subset = list("sex" = "F")))' in calls
    assert 'km(times = c(0, 1, 2.5, 40), survival = "repair"))' in calls
    assert 'row = "arm", col = list("instrument" = "pain", "timepoint" = "6w", "gt" = 2.5))' in calls


def test_the_database_may_keep_the_keys_of_a_plan_in_another_order(cohort, results):
    other = [each | {"entry": dict(reversed(each["entry"].items()))} for each in results]
    assert script(manifest_of(cohort), other) == script(manifest_of(cohort), results)


def test_the_same_results_give_the_same_files(cohort, results):
    assert script(manifest_of(cohort), results) == script(manifest_of(cohort), results)


def test_a_value_is_written_as_r_reads_it():
    assert text('a "b" \\ é') == '"a \\"b\\" \\\\ \\U{e9}"'
    assert value({"x": [1, 2.5, "c"], "y": {}}) == 'list("x" = c(1, 2.5, "c"), "y" = list())'
    assert value(1e-07) == "0.0000001" and value([]) == "character(0)"


def test_every_number_has_a_path_and_words_and_yes_and_no_have_none():
    payload = {"n": 3, "yes": True, "test": "t", "none": None, "a/b~": [{"x": 0.1}, 2]}
    assert [*numbers(payload)] == [("n", "3"), ("a~1b~0/0/x", "0.10000000000000001"), ("a~1b~0/1", "2")]
