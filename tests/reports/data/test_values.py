"""Every value of a freeze stands in every format, and every reason for a gap, as the freeze has them."""

import re
from decimal import Decimal

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.models import MissingReason
from reports.data import tables
from reports.data.as_csv import to_csv
from reports.data.as_parquet import to_parquet_file
from reports.data.as_spss import to_spss
from reports.data.as_stata import to_stata
from reports.data.missing import spss_codes
from reports.data.variables import NUMBER, Variable
from tests.reports.data.frozen import DECIMALS, TIMEPOINTS, frozen
from tests.reports.data.reading import (
    CLOCK,
    REASON_OF,
    files_of,
    plain_spss,
    plain_stata,
    read_parquet,
    read_spss,
    read_stata,
    rows_of_csv,
)

SPSS_REASON = {number: code for code, number in spss_codes(Variable(name="", label="", kind=NUMBER)).items()}
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)


def score(instrument: str):
    places = DECIMALS[instrument]
    values = st.integers(0, 10**places * 10).map(lambda n: f"{Decimal(n).scaleb(-places).normalize():f}")
    return st.none() | st.sampled_from(MissingReason.values) | values


@st.composite
def cohorts(draw):
    """What `frozen` takes: study numbers, covariates, scores and times of up to five rows."""
    who = draw(st.lists(TEXTS, max_size=5, unique=True))

    def column(cells):
        return draw(st.lists(cells, min_size=len(who), max_size=len(who)))

    times = column(st.none() | st.integers(0, 400).map(lambda n: f"{n / 4:g}"))
    ends = [None if time is None else draw(st.sampled_from("01")) for time in times]
    return {
        "who": who,
        "covariates": {"grade": column(st.none() | st.integers(-5, 5).map(str)), "words": column(st.none() | TEXTS)},
        "text": ("words",),
        "scores": {
            (instrument, timepoint): column(score(instrument))
            for instrument, timepoint in (("pain", "preop"), ("pain", "w6"), ("opioid", "w6"), ("site_own", "w6"))
        },
        "survival": {"death": (times, ends, [None if time is None else "months" for time in times])},
    }


def wanted(cohort) -> list[dict]:
    """Each row of the wide file: column → Decimal, text or None, straight from what the freeze was made of."""
    rows = [{"id": who, "site": "north", "study": "nails"} for who in cohort["who"]]
    for place, row in enumerate(rows):
        for name, cells in cohort["covariates"].items():
            row[name] = cells[place] if name == "words" else number(cells[place])
        for instrument in DECIMALS:
            for timepoint in (each["code"] for each in TIMEPOINTS):
                cell = cohort["scores"].get((instrument, timepoint), [None] * len(rows))[place]
                is_reason = cell in MissingReason.values
                row[f"{instrument}_{timepoint}"] = None if is_reason else number(cell)
                row[f"{instrument}_{timepoint}_missing"] = cell if is_reason else None
        time, event, unit = (part[place] for part in cohort["survival"]["death"])
        row |= {"death_time": number(time), "death_event": number(event), "death_unit": unit}
    return rows


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def guarded(text: str) -> str:
    """A text as CSV keeps it: a ' in front of what a spreadsheet computes, behind a semicolon too."""
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", text, re.ASCII):
        return text
    return ";".join(guarded_part(part) for part in text.split(";"))


def guarded_part(part: str) -> str:
    words = part.lstrip(" ")
    return part.removesuffix(words) + "'" + words if words.startswith(SIGNS) else part


def as_csv(value) -> str:
    return "" if value is None else guarded(value) if isinstance(value, str) else value


@given(cohorts())
@FEW
def test_the_wide_file_has_each_value_and_each_reason_in_csv_and_parquet(cohort):
    wide = tables.wide(frozen(**cohort))
    rows = rows_of_csv(to_csv(wide.rows))
    parquet = read_parquet(to_parquet_file(wide, "")).to_pylist()

    assert len(rows) == len(parquet) == len(cohort["who"])
    for expected, row, typed in zip(wanted(cohort), rows, parquet, strict=True):
        assert expected.keys() == row.keys() == typed.keys()
        for name, value in expected.items():
            if isinstance(value, Decimal):
                assert Decimal(row[name]) == value, name
                assert Decimal(repr(typed[name])) == value, name
            else:
                assert row[name] == as_csv(value), name
                assert typed[name] == value, name


@given(cohorts())
@FEW
def test_stata_has_each_value_and_the_letter_of_each_reason_in_its_place(cohort):
    frame, _ = read_stata(to_stata(tables.wide(frozen(**cohort)), CLOCK, ""))

    assert len(frame) == len(cohort["who"])
    for place, row in enumerate(wanted(cohort)):
        for name, value in row.items():
            found = frame[name][place]
            reason = row.get(f"{name}_missing")
            if reason:
                assert REASON_OF[found] == reason, name
            elif isinstance(value, Decimal):
                assert Decimal(repr(float(found))) == value, name
            elif value is None:
                assert found == "" or pd.isna(found), name
            else:
                assert found == value, name


@given(cohorts())
@FEW
def test_spss_has_each_value_and_the_declared_code_of_each_reason_in_its_place(cohort):
    frame, _ = read_spss(to_spss(tables.wide(frozen(**cohort)), CLOCK, ""))

    assert len(frame) == len(cohort["who"])
    for place, row in enumerate(wanted(cohort)):
        for name, value in row.items():
            found = frame[name][place]
            reason = row.get(f"{name}_missing")
            if reason:
                assert SPSS_REASON[int(found)] == reason, name
            elif isinstance(value, Decimal):
                assert Decimal(repr(float(found))) == value, name
            elif value is None:
                assert found == "" or pd.isna(found), name
            else:
                assert found == value.rstrip(" "), name


@given(cohorts())
@FEW
def test_the_long_table_has_a_row_for_each_value_and_each_reason_and_no_other(cohort):
    rows = rows_of_csv(to_csv(tables.scores(frozen(**cohort)).rows))

    found = {
        (row["id"], row["timepoint"], row["instrument"]): Decimal(row["value"]) if row["value"] else row["missing"]
        for row in rows
    }
    expected = {
        (guarded(who), timepoint, instrument): cells[place]
        if cells[place] in MissingReason.values
        else Decimal(cells[place])
        for (instrument, timepoint), cells in cohort["scores"].items()
        for place, who in enumerate(cohort["who"])
        if cells[place] is not None
    }
    assert len(rows) == len(found)
    assert found == expected


def test_missing_codes_are_declared_and_named_in_both_formats():
    files = files_of(frozen(who=["a", "b"], scores={("pain", "w6"): ["3", "refused"]}))
    _, stata = read_stata(files["stata/wide.dta"])
    _, spss = read_spss(files["spss/wide.sav"])

    assert stata.variable_value_labels["pain_w6"]["e"] == "Refused"
    assert set(stata.variable_value_labels["pain_w6"]) == set("abcdefghij")
    assert spss.variable_value_labels["pain_w6"][-905.0] == "Refused"
    assert spss.missing_ranges["pain_w6"] == [{"lo": -910.0, "hi": -901.0}]


def test_a_reader_that_asks_for_no_missing_codes_counts_none_as_a_value():
    files = files_of(frozen(who=["a", "b", "c"], scores={("pain", "w6"): ["3", "refused", "5"]}))

    assert plain_stata(files["stata/wide.dta"])["pain_w6"].mean() == 4
    assert plain_spss(files["spss/wide.sav"])["pain_w6"].mean() == 4


def test_codes_of_missing_values_lie_below_any_value_of_their_scale():
    low = Variable(name="", label="", kind=NUMBER, minimum="-1000")

    assert max(spss_codes(low).values()) < -1000
    assert max(SPSS_REASON) == -901
