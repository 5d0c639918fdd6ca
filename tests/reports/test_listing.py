"""The listing of patients: with study numbers for who may see them; otherwise without order, numbers or great ages."""

import pytest

from reports.listing import listing
from reports.models import Document
from tests.reports.data import frozen as made

IDENTIFIED, DEIDENTIFIED = Document.Profile.IDENTIFIED, Document.Profile.DEIDENTIFIED
NUMBERS = ["N-001", "N-002", "N-003"]


@pytest.fixture
def frozen():
    return made.frozen(
        who=NUMBERS,
        arm=None,
        covariates={"age": ["71", "93", None], "sex": ["F", "M", "F"], "blood_loss_ml": ["50", "225.5", "0"]},
        scores={("pain", "preop"): ["7", None, "0"]},
    )


def rows(table):
    return {row.head: [cell.text for cell in row.cells] for row in table.groups[0].rows}


def test_identified_rows_stand_by_study_number_and_a_missing_value_is_no_zero(frozen):
    table = listing(frozen, ["age", "sex", "blood_loss_ml", "pain@preop", "not_there"], IDENTIFIED)
    assert [column.label for column in table.columns] == [
        "Study number", "Age", "Sex", "Blood loss (mL)", "Pain, preoperative",
    ]  # fmt: skip
    assert rows(table) == {
        "N-001": ["71", "Female", "50", "7"],
        "N-002": ["93", "Male", "225.5", "\N{EN DASH}"],
        "N-003": ["\N{EN DASH}", "Female", "0", "0"],
    }


def test_deidentified_rows_have_no_number_and_no_age_over_89(frozen):
    table = listing(frozen, ["age", "sex"], DEIDENTIFIED)
    found = rows(table)
    assert list(found) == ["1", "2", "3"]
    assert sorted(cells[0] for cells in found.values()) == ["71", "90+", "\N{EN DASH}"]
    assert not [number for number in NUMBERS if number in str(table)]


def test_without_a_plan_the_usual_columns_that_there_are_are_listed(frozen):
    table = listing(frozen, (), IDENTIFIED)
    assert [column.label for column in table.columns] == ["Study number", "Age", "Sex", "Blood loss (mL)"]


def test_nothing_is_listed_of_nobody_or_of_no_column(frozen):
    assert listing(frozen, ["not_there"], IDENTIFIED) is None
