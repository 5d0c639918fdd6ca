"""A column whose name is as long as a program holds it can have words for its values."""

import pyarrow as pa
import pytest

from reports.data.as_spss import SPSS, to_spss
from reports.data.as_stata import STATA, to_stata
from reports.data.variables import NUMBER, Table, Variable
from tests.reports.data.reading import CLOCK, read_spss, read_stata

PROGRAMS = {"stata": (STATA, to_stata, read_stata), "spss": (SPSS, to_spss, read_spss)}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_name_of_about_the_longest_length_keeps_its_value_labels(program, away):
    form, write, read = PROGRAMS[program]
    name = "throat_pain_".ljust(form.longest_name + away, "x")
    variable = Variable(name=name, label="Throat pain", kind=NUMBER, labels={"0": "none", "1": "some"})
    table = Table(name="t", title="T", key=(), variables=(variable,), rows=pa.table({name: [0, 1]}))

    frame, about = read(write(table, CLOCK, ""))

    (column,) = frame.columns
    assert column == name[: form.longest_name]
    assert {**about.variable_value_labels[column]} == {0: "none", 1: "some"}
