"""Codes that may mean missing are proposed, column by column, and nothing is changed for it."""

import csv
from collections import Counter

import pytest

from registry.imports.missing_codes import suggest_missing_codes
from registry.imports.reading import read_upload
from registry.imports.redcap import describe
from registry.models import MissingReason
from tests.registry.uploads import csv_bytes, read_file, spss


def sheet_of(*values: str, name: str = "vas"):
    return read_upload("a.csv", csv_bytes(f"row,{name}", *(f"{row},{value}" for row, value in enumerate(values))))


def codes(sheet, **how) -> dict[str, tuple]:
    found = suggest_missing_codes(sheet, **how)
    return {one.code: (one.reason.value, one.count, one.why) for one in found if one.column != "row"}


def test_999_among_values_to_100_is_proposed_with_its_count():
    assert codes(sheet_of("0", "100", "999", "55", "999")) == {"999": ("not_recorded", 2, "outside")}


@pytest.mark.parametrize(
    "values",
    [("0", "8", "9"), ("1", "7", "9"), ("0", "10", "9"), ("97", "98", "99"), ("-2", "-1"), ("-0.594", "-1", "1"),
     ("9", "words"), ("", "")],
)  # fmt: skip
def test_a_value_that_may_be_one_is_not_proposed(values):
    assert codes(sheet_of(*values)) == {}


@pytest.mark.parametrize(
    ("values", "code", "reason"),
    [
        (("0", "4", "9"), "9", "not_recorded"), (("0", "10", "-9"), "-9", "not_recorded"),
        (("0", "10", "-1"), "-1", "not_recorded"), (("18", "60", "-98"), "-98", "unknown"),
        (("18", "60", "-96"), "-96", "not_applicable"), (("3", "*"), "*", "not_recorded"),
        (("3", "."), ".", "not_recorded"), (("3", "NA"), "NA", "not_recorded"), (("3", "ASKU"), "ASKU", "unknown"),
        (("a", "b", "n/a"), "n/a", "not_recorded"), (("3", "refused"), "refused", "refused"),
        (("3", "died"), "died", "deceased"), (("9", "9"), "9", "not_recorded"), (("3", "#N/A"), "#N/A", "not_recorded"),
        (("3", "not done"), "not done", "not_done"), (("3", "LTFU"), "LTFU", "lost"),
    ],
)  # fmt: skip
def test_a_code_is_proposed_with_the_reason_that_it_has_elsewhere(values, code, reason):
    assert codes(sheet_of(*values))[code][0] == reason


def test_what_an_instrument_may_hold_decides_where_it_is_known():
    sheet = sheet_of("0", "4", "9", "99")
    assert set(codes(sheet, ranges={"vas": (0, 10)})) == {"99"}
    assert set(codes(sheet, ranges={"vas": (0, 4)})) == {"9", "99"}


def test_none_is_an_answer_and_refused_is_one_among_words():
    assert codes(sheet_of("none", "refused", "wound")) == {}


def test_declared_codes_of_spss_come_with_their_labels(tmp_path):
    data = spss(
        tmp_path, {"vas": [3.0, 9.0, 98.0, 97.0]}, missing_ranges={"vas": [9, {"lo": 97, "hi": 98}]},
        variable_value_labels={"vas": {9: "Patient refused", 98: "Died before the visit"}},
    )  # fmt: skip
    found = suggest_missing_codes(read_upload("a.sav", data))
    assert {(one.code, one.label, one.reason, one.why) for one in found} == {
        ("9", "Patient refused", MissingReason.REFUSED, "declared"),
        ("98", "Died before the visit", MissingReason.DECEASED, "declared"),
        ("97", "", MissingReason.NOT_RECORDED, "declared"),
    }


def test_redcaps_missing_data_codes_are_declared_ones():
    sheet = read_upload("a.csv", csv_bytes("record_id,vas", "1,-7", "2,3"))
    sheet = describe(sheet, missing_codes="-7, Lost to follow-up").sheet
    assert codes(sheet) == {"-7": ("lost", 1, "declared")}


def test_a_declared_code_among_checkboxes_is_proposed_and_nothing_else_there():
    lines = ["record_id,meds___9,meds___1,meds___nask", "1,1,0,0", "2,0,1,0", "3,0,0,1"]
    described = describe(read_upload("a.csv", csv_bytes(*lines)), missing_codes="nask, Not asked")
    assert described.sheet.values("meds") == ["9", "1", "nask"]
    assert codes(described.sheet) == {"nask": ("not_recorded", 1, "declared")}


def test_na_says_more_where_the_project_declares_it():
    sheet = read_upload("a.csv", csv_bytes("record_id,vas", "1,NA", "2,3"))
    assert codes(describe(sheet, missing_codes="NA, Not applicable").sheet)["NA"][0] == "not_applicable"


def test_a_proposal_changes_no_cell():
    sheet = sheet_of("0", "100", "999")
    suggest_missing_codes(sheet)
    assert sheet.values("vas") == ["0", "100", "999"]


@pytest.mark.parametrize("file", ["hip_replacement_provider_RTK.csv", "knee_replacement_provider_RTK.csv"])
def test_the_nhs_files_codes_are_found_and_their_values_left_alone(shared_data, file):
    path = shared_data / "nhs_proms_2018_19" / "raw" / file
    if not path.is_file():
        pytest.skip("The optional folder ../shared/data/nhs_proms_2018_19 is not here.")
    found = {(one.column, one.code): one.count for one in suggest_missing_codes(read_file(path))}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    counts = {column: Counter(row[column] for row in rows) for column in rows[0]}
    # The folder's README: 9 in the items, 999 in the EQ VAS, * where small numbers are suppressed. 9 is a score, too.
    expected = {
        (column, code): counts[column][code]
        for column in counts
        for code in ("9", "999", "*")
        if counts[column][code] and not (code == "9" and column.endswith("Score"))
    }
    assert {key: count for key, count in found.items() if key[1] != "99999"} == expected
    assert {column for column, code in found if code == "999"} == {"Pre-Op Q EQ VAS", "Post-Op Q EQ VAS"}


def test_nothing_is_proposed_in_the_acupuncture_trial_whose_nines_are_values(shared_data):
    assert suggest_missing_codes(read_file(shared_data / "acupuncture_vickers2004" / "raw" / "acupuncture.csv")) == []
