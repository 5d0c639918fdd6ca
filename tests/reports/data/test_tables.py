"""The tidy tables: their columns come from the dictionary, their keys name each row once."""

import pytest

from reports.data import tables
from reports.data.as_csv import to_csv
from tests.reports.data.frozen import DECIMALS, TIMEPOINTS, frozen
from tests.reports.data.reading import (
    FORMATS,
    columns_of_csv,
    files_of,
    read_parquet,
    read_spss,
    read_stata,
    rows_of_csv,
)

SCORES = {
    ("pain", "preop"): ["7", "refused", "3.5"],
    ("pain", "w6"): [None, "lost", "2"],
    ("ecog", "w6"): [None, "lost", "1"],
}
FULL = frozen(
    who=["00123", "A", "c"],
    covariates={"age": ["91", "45.5", None], "sex": ["F", "M", None], "arm": ["x", "y", "x"]},
    said={"age": {"where": "derived"}, "arm": {"where": "study", "label": "Arm of the study"}},
    scores=SCORES,
    survival={"death": (["12", None, "3"], ["1", None, "0"], ["months", None, "months"])},
)
NAMES = ["patients", "procedures", "visits", "scores", "survival", "instruments", "timepoints", "wide"]


def emptied(made):
    """The same dictionary with no row."""
    return type(made)(
        manifest=made.manifest, digest=made.digest, procedures=made.procedures.slice(0, 0),
        scores=made.scores.slice(0, 0), survival=made.survival.slice(0, 0),
    )  # fmt: skip


@pytest.mark.parametrize("table", tables.every_table(FULL), ids=NAMES)
def test_the_key_of_a_table_names_each_row_once(table):
    keys = list(zip(*(table.rows[name].to_pylist() for name in table.key), strict=True))

    assert keys
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("folder", FORMATS)
def test_a_table_without_rows_has_the_same_columns_in_every_format(folder):
    read = {
        "csv": lambda content: list(columns_of_csv(content)),
        "parquet": lambda content: read_parquet(content).schema,
        "stata": lambda content: list(read_stata(content)[0]),
        "spss": lambda content: list(read_spss(content)[0]),
    }
    full, empty = files_of(FULL), files_of(emptied(FULL))

    assert len(empty) == len(full)
    for name in NAMES:
        path = f"{folder}/{name}.{FORMATS[folder]}"
        assert read[folder](full[path]) == read[folder](empty[path]), name


def test_an_instrument_that_nobody_has_a_value_for_is_there():
    wide = tables.wide(FULL)
    expected = {f"{instrument}_{point['code']}" for instrument in DECIMALS for point in TIMEPOINTS}

    assert expected <= set(wide.rows.column_names)
    assert wide.rows["msts_w6"].null_count == 3
    assert tables.instruments(FULL).rows["instrument"].to_pylist() == sorted(DECIMALS)


def test_what_a_study_types_once_stands_with_the_patient_and_the_rest_with_the_procedure():
    assert tables.patients(FULL).rows.column_names == ["patient", "site", "study", "arm", "sex"]
    assert tables.procedures(FULL).rows.column_names == ["id", "site", "study", "patient", "number", "age"]
    assert tables.patients(FULL).by_name["arm"].label == "Arm of the study"


def test_several_rows_of_a_patient_have_ids_of_their_own_and_one_row_among_the_patients():
    made = frozen(
        who=["A", "A", "B"],
        number=[1, 2, 1],
        covariates={"sex": ["F", "F", "M"]},
        scores={("pain", "w6"): ["1", "2", "3"]},
    )

    assert tables.wide(made).rows["id"].to_pylist() == ["A-1", "A-2", "B-1"]
    assert tables.procedures(made).rows["patient"].to_pylist() == ["A", "A", "B"]
    assert tables.patients(made).rows.to_pylist() == [
        {"patient": "A", "site": "north", "study": "nails", "sex": "F"},
        {"patient": "B", "site": "north", "study": "nails", "sex": "M"},
    ]


def test_a_patient_is_there_though_the_cohort_leaves_out_the_first_procedure():
    made = frozen(who=["A", "A", "B"], number=[2, 3, 1], scores={("pain", "w6"): ["1", "2", "3"]})

    assert tables.patients(made).rows["patient"].to_pylist() == ["A", "B"]
    assert tables.wide(made).rows["id"].to_pylist() == ["A-2", "A-3", "B-1"]


def test_what_a_study_types_stands_with_the_patient_whichever_row_has_it():
    typed = {"blood": [None, "3", None, None], "blood_first": ["x", None, None, "y"]}
    said = {name: {"where": "study"} for name in typed}
    made = frozen(who=["A", "A", "A", "B"], number=[1, 2, 3, 1], covariates=typed, said=said)

    assert tables.patients(made).rows.select(["patient", "blood", "blood_first"]).to_pylist() == [
        {"patient": "A", "blood": 3, "blood_first": "x"},
        {"patient": "B", "blood": None, "blood_first": "y"},
    ]


def test_a_visit_counts_its_scores_and_says_the_reason_that_all_of_them_share():
    rows = rows_of_csv(to_csv(tables.visits(FULL).rows))
    found = {(row["id"], row["timepoint"]): (row["scores"], row["missing"]) for row in rows}

    assert found == {
        ("00123", "preop"): ("1", ""), ("00123", "w6"): ("0", ""),
        ("A", "preop"): ("0", "refused"), ("A", "w6"): ("0", "lost"),
        ("c", "preop"): ("1", ""), ("c", "w6"): ("2", ""),
    }  # fmt: skip


def test_times_to_events_stand_one_a_row_and_only_where_there_is_one():
    assert tables.survival(FULL).rows.select(["id", "outcome", "time", "event", "unit"]).to_pylist() == [
        {"id": "00123", "outcome": "death", "time": 12.0, "event": 1, "unit": "months"},
        {"id": "c", "outcome": "death", "time": 3.0, "event": 0, "unit": "months"},
    ]


def test_the_dictionary_gives_a_codes_words_whether_or_not_anybody_has_the_code():
    said = {
        "sex": {"labels": {"F": "Female", "M": "Male", "O": "Other"}},
        "vte": {"labels": {"yes": "Yes", "no": "No"}},
    }
    made = frozen(who=["a", "b"], covariates={"sex": ["M", None], "vte": ["yes", "no"]}, said=said)
    files = files_of(made)

    frame, stata = read_stata(files["stata/wide.dta"])
    texts, spss = read_spss(files["spss/wide.sav"])

    assert stata.variable_value_labels["sex"] == {1: "Female", 2: "Male", 3: "Other"}
    assert stata.variable_value_labels["vte"] == {0: "No", 1: "Yes"}
    assert frame["sex"][0] == 2
    assert list(frame["vte"]) == [1, 0]
    assert spss.variable_value_labels["sex"] == {"F": "Female", "M": "Male", "O": "Other"}
    assert list(texts["sex"]) == ["M", ""]
    codes = {(row["name"], row["code"]): (row["stata"], row["spss"]) for row in rows_of_csv(files["values.csv"])
             if row["table"] == "wide"}  # fmt: skip
    assert (codes["sex", "M"], codes["vte", "yes"]) == (("2", "M"), ("1", "yes"))
