"""Names of columns: each program can hold them, no two are alike, and the name as it was stands beside."""

import re

import pyarrow as pa
import pyreadstat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.data import tables, wide_columns
from reports.data.as_spss import SPSS, to_spss
from reports.data.as_stata import STATA, to_stata
from reports.data.codebook import codebook
from reports.data.variables import TEXT, Table, Variable
from tests.reports.data.frozen import frozen
from tests.reports.data.reading import CLOCK, read_spss, read_stata

NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60), min_size=1,
                 max_size=6, unique=True)  # fmt: skip
LONG = "operative_minutes_from_the_first_incision_to_the_last_suture_in_the_theatre"


def table_of(names) -> Table:
    variables = tuple(Variable(name=name, label="Words", kind=TEXT) for name in names)
    rows = pa.table([pa.array(["x"])] * len(names), names=list(names))
    return Table(name="t", title="T", key=(), variables=variables, rows=rows)


@given(NAMES)
@example([LONG + "1", LONG + "2", LONG + "3"])
@example(["Größe", "Grosse", "grosse", "größe"])
@example(["long", "with", "str12", "LONG", "1st", "_x", "日本", "年"])
@example(["a", "A", "a_2", "A_2"])
def test_names_are_legal_and_no_two_are_alike_in_whatever_case(names):
    for program in (STATA, SPSS):
        made = program.names(table_of(names).variables)
        assert list(made) == names
        assert len({name.casefold() for name in made.values()}) == len(names)
        for name in made.values():
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
            assert len(name) <= program.longest_name
            assert name.casefold() not in program.reserved


@given(NAMES)
@settings(max_examples=20, deadline=None)
def test_both_programs_files_hold_every_column_under_its_legal_name(names):
    table = table_of(names)

    for program, write, read in ((STATA, to_stata, read_stata), (SPSS, to_spss, read_spss)):
        frame, _ = read(write(table, CLOCK, ""))
        assert list(frame.columns) == list(program.names(table.variables).values())


def test_the_name_as_it_was_stands_in_the_label_and_in_the_codebook():
    table = table_of([LONG, "Größe in cm"])

    _, stata = read_stata(to_stata(table, CLOCK, ""))
    _, spss = read_spss(to_spss(table, CLOCK, ""))

    assert spss.column_names_to_labels[SPSS.names(table.variables)[LONG]] == f"Words [{LONG}]"
    assert stata.column_names_to_labels["Groe_in_cm"] == "Words [Größe in cm]"
    assert codebook([table])["name"].to_pylist() == [LONG, "Größe in cm"]
    assert codebook([table])["stata"].to_pylist() == list(STATA.names(table.variables).values())


def test_a_label_that_is_too_long_is_cut_at_a_letter_and_keeps_the_name_as_it_was():
    variable = Variable(name="Größe " + "x" * 40, label="é" * 300, kind=TEXT)

    for program in (STATA, SPSS):
        label = program.label(variable, "v")
        assert len(label.encode()) <= program.longest_label
        assert "…" in label
        assert "[Größe xxx" in label


def test_without_the_legal_names_the_writer_refuses():
    frame = tables.wide(frozen(who=["a"])).rows.to_pandas().rename(columns={"id": "an id"})

    with pytest.raises(pyreadstat.PyreadstatError):
        pyreadstat.write_sav(frame, "/dev/null")


def test_columns_of_the_wide_file_are_unique_where_a_studys_own_name_is_taken():
    made = frozen(who=["a"], covariates={"site": ["x"], "pain_w6": ["1"], "id": ["2"]}, scores={("pain", "w6"): ["7"]})

    columns = wide_columns(made.manifest)
    row = tables.wide(made).rows.to_pylist()[0]

    assert len(set(columns.values())) == len(columns) == len(row)
    assert row[columns["covariate", "pain_w6"]] == 1
    assert row[columns["score", "pain", "w6"]] == 7
    assert (columns["site",], row["site"], row[columns["covariate", "site"]]) == ("site", "north", "x")
