"""No cell of a CSV file is a formula, and an id is the text that it was."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.data.as_csv import to_csv
from tests.reports.data.frozen import frozen
from tests.reports.data.reading import columns_of_csv, files_of

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
FORMULAS = st.tuples(st.sampled_from([*SIGNS]), st.text(max_size=10)).map("".join)
ANYTHING = st.text(max_size=10)
BEFORE = st.sampled_from(["", " ", "\t", "\r", "\n", ";", "a;", "a;  ", 'b"', "b,", "b\n"])


def cells(content: bytes, separator: str) -> list[str]:
    """Every cell that a spreadsheet finds which splits at this separator."""
    return [cell for row in csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator) for cell in row]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_live(cell: str) -> bool:
    return cell.strip(" \t\r\n").startswith(tuple(SIGNS)) and not is_number(cell)


@given(st.lists(st.tuples(BEFORE, ANYTHING | FORMULAS).map("".join), min_size=1, max_size=4), st.sampled_from(",;\t"))
@example(["=HYPERLINK(1)"], ",")
@example(["x;=1+1"], ";")
@example(["-1+2"], ",")
@example(["\t=1", "=\t=1"], "\t")
def test_no_cell_is_a_formula_however_a_spreadsheet_splits_the_file(texts, separator):
    written = to_csv(pa.table({"=a": pa.array(["a"] * len(texts)), "b": pa.array(texts, pa.string())}))

    assert not [cell for cell in cells(written, separator) if is_live(cell)]


@pytest.mark.parametrize("text", ["=1+1", " @SUM(A1)", "\t-cmd", "x;+1+1"])
def test_the_check_finds_a_formula_that_nobody_guarded(text):
    sink = io.StringIO()
    csv.writer(sink, quoting=csv.QUOTE_ALL).writerow(["a", text])

    assert [cell for separator in ",;" for cell in cells(sink.getvalue().encode(), separator) if is_live(cell)]


@pytest.mark.parametrize("text", ["00123", "-5", "+5.25", "1e5", "a=b", "Müller", "007;8", 'say "x"', "a,b", "a\nb"])
def test_a_text_that_is_no_formula_is_written_as_it_is(text):
    assert columns_of_csv(to_csv(pa.table({"id": pa.array([text], pa.string())})))["id"] == [text]


def test_an_id_keeps_its_zeros_and_a_study_number_that_is_a_formula_is_inert_in_every_file():
    files = files_of(frozen(who=["00123", "=1+1"], scores={("pain", "w6"): ["1", "2"]}))

    for name in ("wide", "procedures", "scores", "visits"):
        assert {"00123", "'=1+1"} == set(columns_of_csv(files[f"csv/{name}.csv"])["id"])
    for name, content in files.items():
        if name.endswith(".csv"):
            assert not [cell for cell in cells(content, ",") if is_live(cell)], name
