"""Bad study folders: each is refused by file, row, column, value and rule, and the record stays as it is."""

import json
import os
import time
from pathlib import Path

import pytest

from registry.errors import Refused
from registry.imports.commit import import_folder
from registry.imports.study_folder import read_folder
from tests.registry.study_folders import ABOUT, OUTCOMES, PATIENTS, SURVIVAL, full_folder, row_counts

LONG = "x" * 61
TWO_NUMBERS = "A1,month_1,1,30,pain,3.5"


def refused(folder: Path, site, by) -> list:
    """The problems for which the folder is refused, once it is sure that no table changed."""
    before = row_counts()
    with pytest.raises(Refused) as error:
        import_folder(read_folder(folder), site=site, by=by)
    assert row_counts() == before
    return list(error.value.problems)


# (rule, row, column, value, what is replaced, by what)
BAD_PATIENTS = [
    ("I4", 2, "patient_id", "A 1", "A1,", "A 1,"),
    ("I4", 2, "patient_id", "", "A1,", ","),
    ("I4", 2, "patient_id", LONG, "A1,", f"{LONG},"),
    ("I4", 3, "patient_id", "A1", "A2,", "A1,"),
    ("I4", 2, "patient_id", "=A1", "A1,", "=A1,"),
    ("I5", 2, "group", "g" * 201, "nail,60", f"{'g' * 201},60"),
    ("I1", 3, "", "", "A2,nail,71", "A2,nail"),
    ("I1", 3, "", "", "A2,nail,71", "A2,nail,71,9"),
    ("I1", 3, "group", "", "A2,nail,71", f"A2,{'g' * 10_001},71"),
    ("I1", 1, "", "", "patient_id", "id"),
    ("I1", 1, "group", "", "group,age", "group,group"),
    ("I1", 1, "", "", "group,age", ",age"),
    ("I2", 1, "a|b", "", "group", "a|b"),
    ("I2", 1, LONG, "", "group", LONG),
]
BAD_OUTCOMES = [
    ("I6", 3, "patient_id", "A9", TWO_NUMBERS, "A9,month_1,1,30,pain,3.5"),
    ("I6", 3, "timepoint", "month 1", TWO_NUMBERS, "A1,month 1,1,30,pain,3.5"),
    ("I6", 3, "timepoint", "", TWO_NUMBERS, "A1,,1,30,pain,3.5"),
    ("I6", 3, "timepoint_order", "first", TWO_NUMBERS, "A1,month_1,first,30,pain,3.5"),
    ("I6", 3, "timepoint_order", "-1", TWO_NUMBERS, "A1,month_1,-1,30,pain,3.5"),
    ("I6", 3, "timepoint_order", "99999", TWO_NUMBERS, "A1,month_1,99999,30,pain,3.5"),
    ("I6", 3, "timepoint_order", "0", TWO_NUMBERS, "A1,month_1,0,30,pain,3.5"),
    ("I6", 3, "day", "30.5", TWO_NUMBERS, "A1,month_1,1,30.5,pain,3.5"),
    ("I6", 3, "day", "9" * 40, TWO_NUMBERS, f"A1,month_1,1,{'9' * 40},pain,3.5"),
    ("I6", 3, "day", "36501", TWO_NUMBERS, "A1,month_1,1,36501,pain,3.5"),
    ("I6", 4, "day", "30", TWO_NUMBERS, "A1,month_1,1,31,pain,3.5"),
    ("I6", 3, "instrument", "Pain", TWO_NUMBERS, "A1,month_1,1,30,Pain,3.5"),
    ("I6", 3, "instrument", LONG, TWO_NUMBERS, f"A1,month_1,1,30,{LONG},3.5"),
    ("I6", 4, "instrument", "pain", "30,grip,21.25", "30,pain,3"),
    ("I6", 3, "value", "3,5", TWO_NUMBERS, 'A1,month_1,1,30,pain,"3,5"'),
    ("I6", 3, "value", "NA", TWO_NUMBERS, "A1,month_1,1,30,pain,NA"),
    ("I6", 3, "value", "NaN", TWO_NUMBERS, "A1,month_1,1,30,pain,NaN"),
    ("I6", 3, "value", "1e3", TWO_NUMBERS, "A1,month_1,1,30,pain,1e3"),
    ("I6", 3, "value", "\u0663", TWO_NUMBERS, "A1,month_1,1,30,pain,\u0663"),
    ("I6", 3, "value", "9" * 40, TWO_NUMBERS, f"A1,month_1,1,30,pain,{'9' * 40}"),
    ("I6", 3, "value", "0.123456789", TWO_NUMBERS, "A1,month_1,1,30,pain,0.123456789"),
    ("I6", 3, "value", "5." + "0" * 40 + "1", TWO_NUMBERS, f"A1,month_1,1,30,pain,5.{'0' * 40}1"),
    ("V1", 3, "value", "11", TWO_NUMBERS, "A1,month_1,1,30,pain,11"),
    ("V2", 3, "value", "3.14", TWO_NUMBERS, "A1,month_1,1,30,pain,3.14"),
    ("D3", 3, "day", "-1", "1,30,", "1,-1,"),
    ("I1", 1, "", "", "instrument,value", "instrument,score"),
    ("I1", 1, "unit", "", "value\n", "value,unit\n"),
]
BAD_SURVIVAL = [
    ("I7", 2, "patient_id", "A9", "A1", "A9"),
    ("I7", 3, "patient_id", "A1", "A2", "A1"),
    ("I7", 2, "time", "-1", "400", "-1"),
    ("I7", 2, "time", "", "400", ""),
    ("I7", 2, "time", "1.000000001", "400", "1.000000001"),
    ("I7", 2, "event", "2", "400,0", "400,2"),
    ("I7", 2, "event", "", "400,0", "400,"),
    ("I1", 1, "", "", "event", "dead"),
]


@pytest.mark.parametrize(
    ("file", "rule", "row", "column", "value", "old", "new"),
    [
        *[("patients.csv", *bad) for bad in BAD_PATIENTS],
        *[("outcomes_long.csv", *bad) for bad in BAD_OUTCOMES],
        *[("survival.csv", *bad) for bad in BAD_SURVIVAL],
    ],
)
def test_a_bad_row_is_named_by_file_row_column_value_and_rule(
    tmp_path, north, system, file, rule, row, column, value, old, new
):
    folder = full_folder(tmp_path)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    problems = refused(folder, north, system)
    assert (rule, f"{file}, row {row}", column, value) in [
        (each.rule, each.where, each.field, each.value) for each in problems
    ]
    assert all(each.message for each in problems)


@pytest.mark.parametrize("kind", ["integer", "decimal"])
def test_an_attribute_of_another_type_than_study_json_says_is_refused(tmp_path, north, system, kind):
    about = ABOUT | {"covariates": {"group": {"kind": kind}}}
    problems = refused(full_folder(tmp_path, about=about), north, system)
    assert [(each.rule, each.where, each.value) for each in problems] == [
        ("I5", f"patients.csv, row {row}", value) for row, value in enumerate(["nail", "nail", "screws"], start=2)
    ]


def test_all_bad_rows_are_named_at_once_and_empty_lines_count(tmp_path, north, system):
    patients = "patient_id,age\n\nA1,60\n\n\nA 2,60\nA1,60\n"
    problems = refused(full_folder(tmp_path, patients=patients, about={}), north, system)
    assert [each.where for each in problems] == ["patients.csv, row 6", "patients.csv, row 7"]
    assert "row 3 already" in problems[1].message


# (what study.json says, the field that is named)
BACKWARDS = {"opens_on_day": 3, "closes_on_day": 2}
BAD_ABOUT = [
    ({"colour": "red"}, ""),
    ([], ""),
    ({"name": ""}, "name"),
    ({"slug": "no/slashes"}, "slug"),
    ({"synthetic": "yes"}, "synthetic"),
    ({"instruments": {"grip": {"minimum": 0}}}, "instruments.grip"),
    ({"instruments": {"grip": {"minimum": "0", "maximum": 60}}}, "instruments.grip.minimum"),
    ({"instruments": {"grip": {"minimum": 0, "maximum": 60, "step": 0}}}, "instruments.grip.step"),
    ({"instruments": {"grip": {"minimum": 61, "maximum": 60}}}, "instruments.grip"),
    ({"instruments": {"grip": {"minimum": 0, "maximum": 10**40}}}, "instruments.grip.maximum"),
    ({"instruments": {"grip": {"minimum": 0, "maximum": 60, "direction": "up"}}}, "instruments.grip.direction"),
    ({"instruments": {"Grip": {"minimum": 0, "maximum": 60}}}, "instruments"),
    ({"instruments": {"grip\n": {"minimum": 0, "maximum": 60}}}, "instruments.grip\n.key"),
    ({"schedule": [{"code": "pre_op"}]}, "schedule"),
    ({"schedule": [{"code": "pre_op"}, {"code": "month_1"}, {"code": "pre_op"}]}, "schedule"),
    ({"schedule": [{"code": "pre_op"}, {"code": "month_1", "opens_on_day": 3}]}, "schedule.1"),
    ({"schedule": [{"code": "pre_op"}, {"code": "month_1", **BACKWARDS}]}, "schedule.month_1"),
    ({"schedule": [{"code": "pre op"}]}, "schedule.0.code"),
    ({"missing_codes": {"-9": "lost in the post"}}, "missing_codes.-9"),
    ({"covariates": {"age": {"kind": "number"}}}, "covariates.age.kind"),
    ({"covariates": {"height": {}}}, "height"),
    ({"arm": "treatment"}, "treatment"),
    ({"survival": {"unit": "fortnights"}}, "survival.unit"),
]  # fmt: skip


@pytest.mark.parametrize(("about", "field"), BAD_ABOUT)
def test_a_bad_study_json_is_named_by_its_field(tmp_path, north, system, about, field):
    problems = refused(full_folder(tmp_path, about=json.dumps(about)), north, system)
    assert {(each.rule, each.where) for each in problems} == {("I3", "study.json")}
    assert field in [each.field for each in problems]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"name": NaN}',
        '{"name": "A", "name": "B"}',
        '{"name": "a\\u0000b"}',
        '{"name": "half a pair \\ud83d"}',
        '{"missing_codes": {"\\u0000": "lost"}}',
        '{"slug": "hips\\n"}',
        f'{{"instruments": {{"grip": {{"minimum": 0, "maximum": {"9" * 5000}}}}}}}',
        '{"instruments": {"grip": {"minimum": 0, "maximum": 1e999999999}}}',
        '{"description": ' + "[" * 900 + "]" * 900 + "}",
        '{"description": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"description": "' + "x" * 100_000 + '"}',
    ],
    ids=range(13),
)
def test_a_hostile_study_json_is_refused_in_few_words(tmp_path, north, system, text):
    problems = refused(full_folder(tmp_path, about=text), north, system)
    assert len(problems[0].message) <= 500


def link_to_nowhere(file: Path):
    file.unlink()
    file.symlink_to("nowhere.csv")


def link_to_itself(file: Path):
    file.unlink()
    file.symlink_to(file.name)


def folder_of_that_name(file: Path):
    file.unlink()
    file.mkdir()


def pipe_that_never_ends(file: Path):
    file.unlink()
    os.mkfifo(file)


def nothing_in_it(file: Path):
    file.write_bytes(b"")


def a_nul(file: Path):
    file.write_bytes(file.read_bytes() + b"\x00")


def latin_1(file: Path):
    file.write_bytes(file.read_bytes() + "Müller".encode("latin-1"))


def utf_16(file: Path):
    file.write_bytes(file.read_text("utf-8").encode("utf-16"))


def a_million_columns(file: Path):
    file.write_text("patient_id," + ",".join(f"c{number}" for number in range(1_000_000)) + "\n", "utf-8")


def a_huge_cell(file: Path):
    file.write_text(file.read_text("utf-8") + "x" * 5_000_000 + "\n", "utf-8")


def quotes_that_do_not_end(file: Path):
    file.write_text(file.read_text("utf-8") + '"A9,', "utf-8")


@pytest.mark.parametrize(
    "spoil",
    [link_to_nowhere, link_to_itself, folder_of_that_name, pipe_that_never_ends, nothing_in_it, a_nul, latin_1, utf_16,
     a_million_columns, a_huge_cell, quotes_that_do_not_end],
)  # fmt: skip
@pytest.mark.parametrize("file", ["patients.csv", "outcomes_long.csv", "survival.csv", "study.json"])
def test_a_hostile_file_is_refused_by_its_name_and_soon(tmp_path, north, system, file, spoil):
    folder = full_folder(tmp_path)
    spoil(folder / file)
    started = time.monotonic()
    problems = refused(folder, north, system)
    assert time.monotonic() - started < 10
    assert [(each.rule, each.where.partition(",")[0]) for each in problems] == [("I1", file)]
    assert len(str(problems[0])) < 1000


def test_a_linked_file_is_read_like_any_other(tmp_path, north, system):
    folder = full_folder(tmp_path)
    (folder / "patients.csv").rename(tmp_path / "elsewhere.csv")
    (folder / "patients.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert import_folder(read_folder(folder), site=north, by=system)["patients"] == 3


@pytest.mark.parametrize("lacking", ["patients.csv", "outcomes_long.csv"])
def test_a_folder_without_a_table_that_is_needed_is_refused(tmp_path, north, system, lacking):
    folder = full_folder(tmp_path)
    (folder / lacking).unlink()
    assert [(each.rule, each.where) for each in refused(folder, north, system)] == [("I1", lacking)]


def test_a_folder_that_is_not_there_or_is_a_file_is_refused(tmp_path, north, system):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "nowhere", tmp_path / "file"):
        assert [each.where for each in refused(folder, north, system)] == [folder.name]


def test_a_folder_whose_name_cannot_be_a_slug_says_so(tmp_path, north, system):
    folder = full_folder(tmp_path, about={}).rename(tmp_path / "my study")
    (problem,) = refused(folder, north, system)
    assert "study.json" in problem.message


def test_the_folder_that_all_these_are_made_from_is_taken(tmp_path, north, system):
    folder = full_folder(tmp_path, patients=PATIENTS, outcomes=OUTCOMES, survival=SURVIVAL)
    assert import_folder(read_folder(folder), site=north, by=system)["scores"] == 6
