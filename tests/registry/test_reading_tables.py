"""One table, however it was saved, gives one sheet; cells are the text that was written."""

import datetime
from decimal import Decimal

import openpyxl
import pytest

from registry.errors import Refused
from registry.imports.long_tables import one_row_each
from registry.imports.reading import Options, read_upload
from registry.imports.redcap import describe
from registry.imports.redcap_dictionary import read_dictionary
from tests.registry.uploads import SHEET, csv_bytes, part_of, read_file, refusal, saved, spss, with_parts, workbook

LINES = ["id,vas_pre,vas_6w,note", "007,7,2.5,", "012,0,,two words"]


def rows_of(sheet) -> list[list[str]]:
    return [list(row.values()) for row in sheet.rows]


def test_a_table_is_the_same_from_csv_from_a_workbook_and_from_spss(tmp_path):
    written = rows_of(read_upload("a.csv", csv_bytes(*LINES)))
    assert written == [["007", "7", "2.5", ""], ["012", "0", "", "two words"]]
    header, *body = [["id", "vas_pre", "vas_6w", "note"], ["007", 7.0, 2.5, None], ["012", 0, None, "two words"]]
    assert rows_of(read_upload("a.xlsx", workbook(header, *body))) == written
    columns = {name: list(values) for name, *values in zip(header, *body, strict=True)}
    assert rows_of(read_upload("a.sav", spss(tmp_path, columns))) == written


def test_the_acupuncture_trial_is_the_same_in_three_formats_and_as_a_redcap_export(shared_data):
    folder = shared_data / "acupuncture_vickers2004"
    marked = read_file(folder / "raw" / "acupuncture.csv")
    assert marked.dialect.byte_order_mark and marked.names[0] == "id"
    assert len(marked.rows) == 401
    for other in ("acupuncture.xlsx", "acupuncture.sav"):
        sheet = read_file(folder / "raw" / other)
        assert (sheet.names, sheet.rows) == (marked.names, marked.rows)
    redcap = folder / "redcap_shaped"
    dictionary = read_dictionary(read_file(redcap / "dictionary.csv"))
    visits = describe(read_file(redcap / "data.csv"), dictionary).sheet
    # The wrapping leaves the zeros of those who dropped out away, and says so in its README.
    assert sorted(scores_of_visits(visits)) == sorted(scores_of_wide(marked))


def scores_of_visits(sheet):
    events = {"baseline_arm_1": "1", "month_3_arm_1": "2", "month_12_arm_1": "5"}
    for row in sheet.rows:
        event = events[row["redcap_event_name"]]
        yield row["record_id"], event, Decimal(row["headache_score"]), Decimal(row["headache_days"])


def scores_of_wide(sheet):
    for row in sheet.rows:
        for event in "125":
            if row[f"pk{event}"]:
                yield row["id"], event, Decimal(row[f"pk{event}"]), Decimal(row[f"f{event}"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_the_delimiter_is_found(delimiter):
    sheet = read_upload("a.csv", csv_bytes(*(line.replace(",", delimiter) for line in LINES)))
    assert sheet.dialect.delimiter == delimiter
    assert sheet.rows[1] == {"id": "012", "vas_pre": "0", "vas_6w": "", "note": "two words"}


def test_one_column_is_a_table_too():
    assert read_upload("a.csv", b"id\n7\n\n8\n").values("id") == ["7", "8"]


def test_a_declared_delimiter_is_believed():
    data = csv_bytes("id;a,b", "1;2,5")
    assert read_upload("a.csv", data, options=Options(delimiter=";")).rows == [{"id": "1", "a,b": "2,5"}]
    assert "more than one delimiter" in refusal("a.csv", data).message


def test_quoted_cells_may_hold_lines_and_delimiters():
    sheet = read_upload("a.csv", b'id,note\n1,"first\r\nsecond, ""third"""\n2,b\n')
    assert sheet.values("note") == ['first\r\nsecond, "third"', "b"]


def test_each_row_knows_its_place_in_the_file():
    sheet = read_upload("folder/visits.csv", b'id,note\n1,"a\nb"\n\n2,c\n')
    assert [sheet.where(0), sheet.where(1)] == ["visits.csv, row 2", "visits.csv, row 4"]
    problem = sheet.problem(1, "note", "I6", "No.")
    assert (problem.where, problem.field, problem.value) == ("visits.csv, row 4", "note", "c")


def test_decimal_commas_are_found_and_turned_only_where_they_are_declared():
    data = csv_bytes("id;vas;text", "1;7,5;a,5", "2;3;b")
    found = read_upload("a.csv", data)
    assert (found.dialect.decimal_comma_columns, found.values("vas")) == (("vas",), ["7,5", "3"])
    turned = read_upload("a.csv", data, options=Options(decimal=","))
    assert (turned.values("vas"), turned.values("text")) == (["7.5", "3"], ["a,5", "b"])


def test_columns_without_name_and_content_are_left_out():
    assert read_upload("a.csv", b"id,vas,,\n1,7,,\n").names == ["id", "vas"]
    assert "column 3" in refusal("a.csv", b"id,vas,\n1,7,8\n").message


def test_a_workbook_gives_what_is_seen_in_it():
    book = openpyxl.Workbook()
    page = book.active
    page.append(["id", "code", "day", "moment", "true", "sum", "small", "error"])
    page.append(
        [7, "007", datetime.date(2021, 6, 3), datetime.datetime(2021, 6, 3, 8, 30), True, 0.1 + 0.2, 1e-7, "#N/A"]
    )
    page["A2"].number_format = "00000"
    (row,) = read_upload("a.xlsx", saved(book)).rows
    assert list(row.values()) == [
        "00007", "007", "2021-06-03", "2021-06-03T08:30:00", "TRUE", "0.3", "0.0000001", "#N/A",
    ]  # fmt: skip


def test_a_sheet_of_a_workbook_is_chosen_by_name():
    data = workbook(First=[["a"], [1]], Second=[["b"], [2]])
    first = read_upload("a.xlsx", data)
    assert (first.names, first.dialect.sheets) == (["a"], ("First", "Second"))
    assert read_upload("a.xlsx", data, options=Options(sheet="Second")).rows == [{"b": "2"}]
    assert "First, Second" in refusal("a.xlsx", data, options=Options(sheet="Third")).message


def test_a_hidden_sheet_is_not_the_first():
    book = openpyxl.Workbook()
    book.active.append(["lookup"])
    book.active.sheet_state = "hidden"
    data = book.create_sheet("Data")
    data.append(["id"])
    data.append([7])
    assert read_upload("a.xlsx", saved(book)).rows == [{"id": "7"}]


def test_rows_and_cells_that_a_workbook_leaves_out_are_empty():
    book = openpyxl.Workbook()
    book.active["A1"], book.active["C1"], book.active["B1"] = "a", "c", "b"
    book.active["C9"] = 3
    sheet = read_upload("a.xlsx", saved(book))
    assert (sheet.rows, sheet.where(0)) == ([{"a": "", "b": "", "c": "3"}], "a.xlsx, row 9")


def test_a_formula_is_its_stored_value_and_none_may_be_without():
    never_computed = workbook(["id", "sum"], [1, "=A2+1"])
    problem = refusal("a.xlsx", never_computed)
    assert (problem.where, problem.field) == ("a.xlsx, row 2", "sum")
    assert "formula without a stored value" in problem.message
    page = part_of(never_computed, SHEET)
    computed = with_parts(never_computed, {SHEET: page.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")})
    assert read_upload("a.xlsx", computed).values("sum") == ["2"]


def test_spss_says_what_its_columns_are_and_codes_stay_codes(tmp_path):
    columns = {"id": ["007", "012"], "vas": [3.0, 99.0], "sex": [1.0, 9.0], "seen": [datetime.date(2020, 1, 2), None]}
    data = spss(
        tmp_path, columns, column_labels={"vas": "Pain today"},
        variable_value_labels={"sex": {1: "male", 2: "female", 9: "not known"}, "vas": {98: "refused"}},
        missing_ranges={"vas": [{"lo": 90, "hi": 99}], "sex": [9]},
    )  # fmt: skip
    sheet = read_upload("a.sav", data)
    assert sheet.rows[1] == {"id": "012", "vas": "99", "sex": "9", "seen": ""}
    assert sheet.rows[0]["seen"] == "2020-01-02"
    vas, sex = sheet.column("vas"), sheet.column("sex")
    assert (vas.label, vas.kind, vas.missing) == ("Pain today", "number", {"98": "refused", "99": ""})
    assert (sex.kind, sex.choices, sex.missing) == ("choice", {"1": "male", "2": "female"}, {"9": "not known"})
    assert sheet.where(0) == "a.sav, row 1"


def test_a_long_table_becomes_one_row_a_visit_and_each_cell_keeps_its_place():
    lines = ["patient_id,timepoint,instrument,value", "1,pre,vas,7", "1,pre,ecog,1", "1,6w,vas,3", "2,pre,vas,5"]
    long = read_upload("long.csv", csv_bytes(*lines))
    sheet = one_row_each(long, names="instrument", values="value")
    assert sheet.rows[0] == {"patient_id": "1", "timepoint": "pre", "vas": "7", "ecog": "1"}
    assert [row["ecog"] for row in sheet.rows] == ["1", "", ""]
    assert (sheet.where(0, "ecog"), sheet.where(0)) == ("long.csv, row 3", "long.csv, row 2")


def test_a_value_that_stands_twice_in_a_long_table_is_refused():
    long = read_upload("long.csv", csv_bytes("id,instrument,value", "1,vas,7", "1,vas,8"))
    with pytest.raises(Refused, match="earlier row already") as error:
        one_row_each(long, names="instrument", values="value")
    assert error.value.problems[0].where == "long.csv, row 3"
