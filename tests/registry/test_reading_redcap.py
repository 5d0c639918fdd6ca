"""REDCap exports: fifteen projects with every oddity, and small ones made here for where those are absent."""

import pytest

from registry.errors import Refused
from registry.imports.reading import read_upload
from registry.imports.redcap import describe, is_redcap, whole_rows
from registry.imports.redcap_dictionary import choices_of, is_dictionary, read_dictionary
from tests.registry.uploads import csv_bytes, read_file

HEADER = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number,'
    "Text Validation Min,Text Validation Max,Identifier?,Branching Logic (Show field only if...),Required Field?,"
    "Custom Alignment,Question Number (surveys only),Matrix Group Name,Matrix Ranking?"
)
FIELDS = [
    "record_id,enrolment,,text,Record,,,,,,,,,,,,",
    "name,enrolment,,text,Name,,,,,,y,,,,,,",
    'sex,enrolment,,radio,<b>Sex</b> at birth,"1, Female | 2, Male, or so",,,,,,,,,,,',
    "smokes,enrolment,,yesno,Smokes,,,,,,,,,,,,",
    "seen,enrolment,,text,Seen on,,,date_dmy,,,,,,,,,",
    'meds,visit,,checkbox,Drugs,"a, Aspirin | -1, Other",,,,,,,,,,,',
    "vas,visit,,text,Pain,,,number_1dp_comma_decimal,0,10,,,,,,,",
    "bmi,visit,,calc,BMI,round([a]),,,,,,,,,,,",
    "words,visit,,descriptive,Read this,,,,,,,,,,,,",
]
EVENTS = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance"
DATA = [
    f"{EVENTS},name,sex,smokes,seen,enrolment_complete,meds___a,meds____1,vas,bmi,visit_complete",
    '1,pre_arm_1,,,Jane,1,0,2020-01-02,2,0,0,"7,5",,2',
    '1,week_6_arm_1,visit,1,,,,,,1,1,"0,5",22,0',
]


def dictionary(*fields: str):
    return read_dictionary(read_upload("dictionary.csv", csv_bytes(HEADER, *(fields or FIELDS))))


def test_a_longitudinal_export_says_what_its_columns_are():
    sheet = describe(read_upload("data.csv", csv_bytes(*DATA)), dictionary()).sheet
    assert {column.name: column.kind for column in sheet.columns} == {
        "record_id": "text", "redcap_event_name": "text", "redcap_repeat_instrument": "text",
        "redcap_repeat_instance": "text", "name": "text", "sex": "choice", "smokes": "yes_no", "seen": "date",
        "enrolment_complete": "status", "meds": "choices", "vas": "number", "bmi": "computed",
        "visit_complete": "status",
    }  # fmt: skip
    assert {column.part: column.name for column in sheet.columns if column.part} == {
        "record": "record_id", "event": "redcap_event_name", "repeat_instrument": "redcap_repeat_instrument",
        "repeat_instance": "redcap_repeat_instance",
    }  # fmt: skip
    sex = sheet.column("sex")
    assert (sex.label, sex.choices, sex.form) == ("Sex at birth", {"1": "Female", "2": "Male, or so"}, "enrolment")
    assert [column.name for column in sheet.columns if column.identifier] == ["name"]


def test_the_columns_of_a_checkbox_become_one_and_none_ticked_is_no_answer():
    sheet = describe(read_upload("data.csv", csv_bytes(*DATA)), dictionary()).sheet
    assert sheet.values("meds") == ["", "a -1"]
    assert sheet.column("meds").choices == {"a": "Aspirin", "-1": "Other"}


def test_numbers_that_the_dictionary_says_have_a_decimal_comma_get_a_point():
    sheet = describe(read_upload("data.csv", csv_bytes(*DATA)), dictionary()).sheet
    assert sheet.values("vas") == ["7.5", "0.5"]


def test_file_and_dictionary_are_compared_and_nothing_is_refused_for_it():
    lines = ["record_id,sex,extra,vas", "1,Female,x,3", "2,1,y,4", "3,Male,,"]
    found = describe(read_upload("data.csv", csv_bytes(*lines)), dictionary()).differences
    assert {(one.kind, one.column, one.count) for one in found} == {
        ("absent", "name", 0), ("absent", "smokes", 0), ("absent", "seen", 0), ("absent", "meds", 0),
        ("absent", "bmi", 0), ("unknown", "extra", 0), ("choice", "sex", 2),
    }  # fmt: skip
    assert {one.rule for one in found} == {"I14"}


def test_missing_data_codes_of_the_project_go_to_the_columns_that_hold_them():
    lines = ["record_id,sex,meds___a,meds___nask,vas", "1,-99,0,1,NASK", "2,1,1,0,4"]
    codes = "-99, Not asked | NASK, Not documented"
    sheet = describe(read_upload("data.csv", csv_bytes(*lines)), dictionary(), missing_codes=codes).sheet
    assert sheet.column("sex").missing == {"-99": "Not asked"}
    assert sheet.column("vas").missing == {"NASK": "Not documented"}
    assert sheet.values("meds") == ["NASK", "a"]


def test_without_a_dictionary_redcaps_own_columns_are_still_known():
    sheet = describe(read_upload("data.csv", csv_bytes(*DATA))).sheet
    assert sheet.column("redcap_event_name").part == "event"
    assert (sheet.column("visit_complete").kind, sheet.values("meds")) == ("status", ["", "a _1"])


def test_one_value_a_row_becomes_one_row_a_record_and_event():
    lines = ["record,redcap_event_name,field_name,value", "1,pre_arm_1,vas,7", "1,pre_arm_1,meds,a",
             "1,pre_arm_1,meds,-1", "1,week_6_arm_1,vas,3", "2,pre_arm_1,vas,5"]  # fmt: skip
    sheet = whole_rows(read_upload("eav.csv", csv_bytes(*lines)), dictionary())
    assert sheet.names == ["record_id", "redcap_event_name", "vas", "meds"]
    assert [list(row.values()) for row in sheet.rows] == [
        ["1", "pre_arm_1", "7", "a -1"], ["1", "week_6_arm_1", "3", ""], ["2", "pre_arm_1", "5", ""],
    ]  # fmt: skip


def test_a_dictionary_with_the_apis_names_or_with_18_columns_is_the_same():
    names = HEADER.split(",")[:5]
    api = csv_bytes("field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations",
                    'sex,enrolment,NA,radio,Sex,"1, Female | 2, Male"')  # fmt: skip
    (field,) = read_dictionary(read_upload("metadata.csv", api)).fields
    assert (field.choices, field.kind, len(names)) == ({"1": "Female", "2": "Male"}, "choice", 5)
    longer = read_upload("d.csv", csv_bytes(f"{HEADER},Field Annotation", *(f"{line}," for line in FIELDS)))
    assert is_dictionary(longer) and read_dictionary(longer).fields == dictionary().fields
    assert not is_dictionary(read_upload("data.csv", csv_bytes(*DATA)))


@pytest.mark.parametrize(
    ("fields", "words"),
    [([FIELDS[0], FIELDS[0]], "name of its own"), (["1st,form,,text,,,,,,,,,,,,,"], "name of its own")],
)
def test_a_dictionary_whose_fields_have_no_name_of_their_own_is_refused(fields, words):
    with pytest.raises(Refused, match=words) as error:
        dictionary(*fields)
    assert error.value.problems[0].rule == "I14"


def test_a_file_of_another_project_is_refused():
    with pytest.raises(Refused, match="belong together"):
        describe(read_upload("data.csv", csv_bytes("id,vas", "1,2")), dictionary())
    with pytest.raises(Refused, match="no REDCap data dictionary"):
        read_dictionary(read_upload("data.csv", csv_bytes("id,vas", "1,2")))


def test_choices_are_cut_at_the_bar_and_at_the_first_comma_only():
    assert choices_of("1, one|2, two, or more | a_b, c | nothing") == {"1": "one", "2": "two, or more", "a_b": "c"}


# project: rows and columns of the file, columns once checkboxes are merged, checkbox fields, identifiers, differences.
# Counted in the files with a CSV parser and nothing else; some stand in the folder's README too.
PROJECTS = {
    "arm-single-longitudinal": (9, 6, 6, {}, 0, set()),
    "blank-for-gray-status": (6, 26, 21, {"race": 6}, 6, set()),
    "checkboxes-1": (4, 13, 6, {"check_one": 4, "check_two": 5}, 0, set()),
    "clinical-trial-1": (500, 13, 13, {}, 5, set()),
    "dag": (3, 17, 17, {}, 6, set()),
    "decimal-comma": (4, 6, None, {}, 0, set()),
    "decimal-comma-and-dot": (4, 9, 9, {}, 1, set()),
    "decimal-dot": (4, 6, 6, {}, 1, set()),
    "longitudinal": (18, 125, 105, {"gym": 5, "aerobics": 5, "eat": 5, "drink": 5, "meds": 5}, 5, set()),
    "repeating-instruments": (6, 15, 15, {}, 2, set()),
    "repeating-instruments-sparse": (9, 15, 15, {}, 2, set()),
    "simple": (5, 24, 19, {"race": 6}, 6, {("choice", "sex", 5)}),
    "survey": (2, 33, 33, {"consent": 1}, 5, set()),
    "validation-types-1": (1, 52, 50, {"f_checkbox": 3}, 0, set()),
    "vignette-repeating": (17, 15, 15, {}, 0, set()),
}


@pytest.fixture
def projects(shared_data):
    folder = shared_data / "redcap_fixtures"
    if not folder.is_dir():
        pytest.skip("The optional folder ../shared/data/redcap_fixtures is not here.")
    return folder


def test_there_are_fifteen_projects(projects):
    assert {folder.name for folder in projects.iterdir() if folder.is_dir()} == set(PROJECTS)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_redcap_project_is_read(projects, name):
    rows, columns, merged, boxes, identifiers, differences = PROJECTS[name]
    data = read_file(projects / name / "data.csv")
    assert (len(data.rows), len(data.columns), is_redcap(data)) == (rows, columns, True)
    if merged is None:
        assert data.dialect.decimal_comma_columns == ("height", "weight")
        return
    described = describe(data, read_dictionary(read_file(projects / name / "dictionary.csv")))
    sheet = described.sheet
    assert (len(sheet.rows), len(sheet.columns)) == (rows, merged)
    assert {one.name: len(one.choices) for one in sheet.columns if one.kind == "choices"} == boxes
    assert sum(one.identifier for one in sheet.columns) == identifiers
    found = {(one.kind, one.column, one.count) for one in described.differences if one.kind != "identifier"}
    assert found == differences
    assert sheet.columns[0].part == "record"


def test_a_vas_with_a_decimal_comma_is_the_same_number_as_with_a_point(projects):
    folder = projects / "decimal-comma-and-dot"
    sheet = describe(read_file(folder / "data.csv"), read_dictionary(read_file(folder / "dictionary.csv"))).sheet
    assert sheet.values("height_comma") == sheet.values("height_dot")
    assert sheet.values("weight_comma") == sheet.values("weight_dot")


def test_rows_of_repeating_forms_keep_their_form_and_number(projects):
    folder = projects / "vignette-repeating"
    sheet = describe(read_file(folder / "data.csv"), read_dictionary(read_file(folder / "dictionary.csv"))).sheet
    repeats = [row for row in sheet.rows if row["redcap_repeat_instrument"]]
    assert all(row["redcap_repeat_instance"].isdigit() for row in repeats)
    assert {row["redcap_repeat_instrument"] for row in repeats} == {"blood_pressure", "laboratory", "image"}


def test_a_line_break_within_a_cell_is_kept(projects):
    address = read_file(projects / "simple" / "data.csv").rows[0]["address"]
    assert address == "14 Rose Cottage St.\nKenning UK, 323232"
