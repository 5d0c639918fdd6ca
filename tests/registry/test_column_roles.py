"""What a column may be, by its name: patient, timepoint, one instrument at one timepoint, covariate, nothing."""

import pytest

from registry.imports.column_roles import Instrument, Role, suggest_roles
from registry.imports.reading import read_upload
from registry.imports.redcap import describe
from registry.imports.redcap_dictionary import read_dictionary
from registry.imports.template import template_header
from registry.imports.time_words import Timepoint, timepoint_of, words_of
from tests.registry.uploads import csv_bytes, read_file

INSTRUMENTS = [
    Instrument(key="vas", label="Pain (VAS 0-10)"),
    Instrument(key="cpaf", label="Combined Pain and Ambulatory Function"),
    Instrument(key="fms", label="Functional Mobility Scale"),
]
TIMEPOINTS = [
    Timepoint(code="pre", label="Before surgery", baseline=True),
    Timepoint(code="6w", label="6 weeks", day=42),
    Timepoint(code="3m", label="3 months", day=91),
    Timepoint(code="1y", label="1 year", day=365),
]


def role_of(name: str, value: str = "1") -> tuple:
    sheet = read_upload("a.csv", csv_bytes(f'patient_id,"{name}"', f'A1,"{value}"'))
    one = suggest_roles(sheet, instruments=INSTRUMENTS, timepoints=TIMEPOINTS)[1]
    return one.role.value, one.instrument, one.timepoint


@pytest.mark.parametrize(
    ("name", "instrument", "timepoint"),
    [
        ("vas_pre", "vas", "pre"), ("VAS preop", "vas", "pre"), ("vas_baseline", "vas", "pre"),
        ("preVAS", "vas", "pre"), ("vas_6wk", "vas", "6w"), ("vas6w", "vas", "6w"), ("VAS (6 weeks)", "vas", "6w"),
        ("vas_42d", "vas", "6w"), ("cpaf_3mo", "cpaf", "3m"), ("m3_cpaf", "cpaf", "3m"), ("CPAF month 3", "cpaf", "3m"),
        ("vas_90_days", "vas", "3m"), ("VAS 12 months", "vas", "1y"), ("vas_1yr", "vas", "1y"),
        ("vas_52_weeks", "vas", "1y"), ("fms_12m", "fms", "1y"), ("pain at 6 weeks", "vas", "6w"),
        ("Functional mobility scale at 3 months", "fms", "3m"), ("pain VAS, before surgery", "vas", "pre"),
        ("vas_3m_arm_1", "vas", "3m"),
    ],
)  # fmt: skip
def test_a_column_is_one_instrument_at_one_timepoint(name, instrument, timepoint):
    assert role_of(name) == ("score", instrument, timepoint)


@pytest.mark.parametrize(
    "name", ["sex", "age", "operation date", "pain relief given", "diagnosis", "6 weeks", "weight_pre"]
)
def test_what_names_no_instrument_is_a_covariate(name):
    assert role_of(name) == ("covariate", "", "")


@pytest.mark.parametrize("name", ["vas_4m", "vas postop", "vas_18_months", "VAS day 1"])
def test_an_instrument_at_a_time_that_the_study_has_not_is_left_out_and_said_so(name):
    assert role_of(name) == ("ignore", "vas", "")


def test_an_empty_column_is_left_out():
    assert role_of("vas_pre", "")[0] == "ignore"


@pytest.mark.parametrize("name", ["Patient ID", "study_number", "record_id", "ID", "PatientID", "USUBJID"])
def test_the_patients_column_is_known_by_its_name(name):
    sheet = read_upload("a.csv", csv_bytes(f"sex,{name},practice_id", "F,007,3"))
    roles = suggest_roles(sheet, instruments=INSTRUMENTS, timepoints=TIMEPOINTS)
    assert [one.role for one in roles] == [Role.COVARIATE, Role.PATIENT, Role.COVARIATE]


def test_two_columns_for_one_score_are_not_both_proposed():
    sheet = read_upload("a.csv", csv_bytes("id,vas predicted 6w,vas 6w", "1,2,3"))
    _, predicted, measured = suggest_roles(sheet, instruments=INSTRUMENTS, timepoints=TIMEPOINTS)
    assert (predicted.role, measured.role) == (Role.IGNORE, Role.SCORE)
    assert predicted.why == "the same score as vas 6w"


def test_a_table_with_one_row_a_visit_takes_its_timepoint_from_the_row():
    lines = ["id,visit,vas,age,ward", "1,Pre-op,7,60,a", "1,6 weeks,3,60,b", "2,12 months,2,71,a"]
    sheet = read_upload("a.csv", csv_bytes(*lines))
    roles = suggest_roles(sheet, instruments=INSTRUMENTS, timepoints=TIMEPOINTS)
    assert [one.role.value for one in roles] == ["patient", "timepoint", "score", "covariate", "ignore"]
    assert (roles[2].instrument, roles[2].timepoint) == ("vas", "")
    assert [timepoint_of(text, TIMEPOINTS) for text in sheet.values("visit")] == ["pre", "6w", "1y"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("pre", "pre"), ("PRE", "pre"), ("Before surgery", "pre"), ("month_3_arm_1", "3m"), ("week 6", "6w"),
     ("12m", "1y"), ("", ""), ("later", ""), ("week", ""), ("3", ""), ("6 weeks or 3 months", "")],
)  # fmt: skip
def test_a_cell_says_which_timepoint_it_is_or_none(text, code):
    assert timepoint_of(text, TIMEPOINTS) == code


def test_after_is_a_timepoint_only_where_the_study_has_one_follow_up():
    two = [TIMEPOINTS[0], TIMEPOINTS[2]]
    assert (timepoint_of("Post-Op", two), timepoint_of("Post-Op", TIMEPOINTS)) == ("3m", "")


def test_names_are_cut_into_words_and_numbers():
    assert words_of("Pain6wk (VAS)_T0 preOp") == ["pain", "6", "wk", "vas", "t", "0", "pre", "op"]


def test_the_template_is_understood_by_itself():
    keys, codes = [one.key for one in INSTRUMENTS], [one.code for one in TIMEPOINTS]
    header = template_header("wide", instruments=keys, timepoints=codes, covariates=["age"])
    own = ["sex", "born_on", "kind", "performed_on"]
    assert header[:9] == ["patient_id", "age", *own, "vas_pre", "cpaf_pre", "fms_pre"]
    filled = "\ufeff" + ",".join(header) + "\r\n" + ",".join(["A1", *"1" * (len(header) - 1)]) + "\r\n"
    sheet = read_upload("template.csv", filled.encode())
    roles = suggest_roles(sheet, instruments=INSTRUMENTS, timepoints=TIMEPOINTS)
    targets = {(one.instrument, one.timepoint) for one in roles if one.role == Role.SCORE}
    assert targets == {(one.key, time.code) for one in INSTRUMENTS for time in TIMEPOINTS}
    assert (roles[0].role, roles[1].role) == (Role.PATIENT, Role.COVARIATE)


def test_a_redcap_export_is_mapped_without_a_word_from_anybody(shared_data):
    folder = shared_data / "acupuncture_vickers2004" / "redcap_shaped"
    sheet = describe(read_file(folder / "data.csv"), read_dictionary(read_file(folder / "dictionary.csv"))).sheet
    instruments = [Instrument(key="headache_score"), Instrument(key="headache_days_28d", label="Days in 28 days")]
    timepoints = [Timepoint(code="baseline", baseline=True), Timepoint(code="3m"), Timepoint(code="12m")]
    roles = suggest_roles(sheet, instruments=instruments, timepoints=timepoints)
    assert {one.column: one.instrument or one.role.value for one in roles} == {
        "record_id": "patient", "redcap_event_name": "timepoint", "age": "covariate", "sex": "covariate",
        "migraine": "covariate", "chronicity": "covariate", "acupuncturist": "covariate", "practice_id": "covariate",
        "group": "covariate", "enrolment_complete": "ignore", "headache_score": "headache_score",
        "headache_days": "headache_days_28d", "headache_complete": "ignore",
    }  # fmt: skip
