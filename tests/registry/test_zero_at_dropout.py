"""Dropouts written as 0 are counted and warned of, with the cells that cannot be answers."""

from registry.imports.column_roles import ColumnRole, Instrument, Role, suggest_roles
from registry.imports.dropout import zero_at_dropout
from registry.imports.reading import read_upload
from registry.imports.redcap import describe
from registry.imports.redcap_dictionary import read_dictionary
from registry.imports.time_words import Timepoint
from tests.registry.uploads import csv_bytes, read_file

TIMEPOINTS = [
    Timepoint(code="pre", baseline=True),
    Timepoint(code="3m", day=91),
    Timepoint(code="12m", day=365),
]
INSTRUMENTS = [Instrument(key="days"), Instrument(key="score")]
HEADER = "id,days_pre,days_3m,days_12m,score_pre,score_3m,score_12m"


def warnings(*lines: str) -> list:
    sheet = read_upload("a.csv", csv_bytes(HEADER, *lines))
    return zero_at_dropout(sheet, suggest_roles(sheet, instruments=INSTRUMENTS, timepoints=TIMEPOINTS), TIMEPOINTS)


def test_patients_with_zero_at_every_follow_up_are_counted():
    (one,) = warnings("1,8,0,0,5,,", "2,8,0,3,5,4,4", "3,0,0,0,5,1,1", "4,6,0,0,5,2,2", "5,6,,0,5,,2")
    assert (one.instrument, one.patients, one.of, one.rule) == ("days", 2, 3, "I12")
    assert one.message.startswith("2 of 3 patients have days above 0 before and exactly 0 at every follow-up.")


def test_zeros_where_all_else_is_blank_are_named_cell_by_cell():
    (one,) = warnings("1,8,0,0,5,,", "2,8,0,3,5,,4", "3,8,0,0,5,1,1")
    assert one.beside_blanks == 2
    assert set(one.cells) == {(0, "days_3m"), (0, "days_12m"), (1, "days_3m")}


def test_a_zero_before_or_a_blank_after_is_nothing_to_warn_of():
    assert warnings("1,0,0,0,5,4,4", "2,8,,,5,,", "3,8,1,0,5,4,4") == []


def test_without_a_follow_up_there_is_nothing_to_compare():
    sheet = read_upload("a.csv", csv_bytes("id,days_pre", "1,8"))
    roles = suggest_roles(sheet, instruments=INSTRUMENTS, timepoints=TIMEPOINTS)
    assert zero_at_dropout(sheet, roles, TIMEPOINTS) == []


def test_the_acupuncture_trials_trap_is_found(shared_data):
    sheet = read_file(shared_data / "acupuncture_vickers2004" / "raw" / "acupuncture.csv")
    times = {"1": "pre", "2": "3m", "5": "12m"}
    roles = [ColumnRole(column="id", role=Role.PATIENT)]
    roles += [
        ColumnRole(column=f"{column}{place}", role=Role.SCORE, instrument=instrument, timepoint=code)
        for column, instrument in (("pk", "score"), ("f", "days"))
        for place, code in times.items()
    ]
    (one,) = zero_at_dropout(sheet, roles, TIMEPOINTS)
    # 401 patients; 326 and 301 have a score at 3 and 12 months (the folder's README): 75 + 100 have none, and 0 days.
    assert (one.instrument, one.of, len(one.cells)) == ("days", 401, 75 + 100)
    left = [row for row in sheet.rows if not row["pk2"] and not row["pk5"]]
    assert one.patients == sum(row["f2"] == row["f5"] == "0" for row in sheet.rows)
    assert one.beside_blanks == sum(not row["pk2"] or not row["pk5"] for row in sheet.rows)
    assert len(left) <= one.patients


def test_the_same_trial_without_the_zeros_gives_no_warning(shared_data):
    folder = shared_data / "acupuncture_vickers2004" / "redcap_shaped"
    sheet = describe(read_file(folder / "data.csv"), read_dictionary(read_file(folder / "dictionary.csv"))).sheet
    instruments = [Instrument(key="headache_score"), Instrument(key="headache_days_28d")]
    timepoints = [Timepoint(code="baseline", baseline=True), Timepoint(code="3m"), Timepoint(code="12m")]
    roles = suggest_roles(sheet, instruments=instruments, timepoints=timepoints)
    assert zero_at_dropout(sheet, roles, timepoints) == []
