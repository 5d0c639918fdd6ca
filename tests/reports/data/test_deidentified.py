"""A de-identified package: no study number, no date and no typed text in any byte of any file."""

import io
import json
import re
import zipfile
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcomes.analyses.run import run
from outcomes.freeze import columns_of
from outcomes.stats.documents import canonical
from registry.profiles.telling import IS_A_DATE, IS_A_RECORD, IS_FREE_TEXT, IS_THE_NUMBER
from reports.data import changes, deidentified, package, secret, tables
from reports.data.deidentified import TOPCODED
from reports.documents.told import told as told_by
from reports.models import Document
from reports.r import script
from tests.reports import examples
from tests.reports.data.frozen import frozen
from tests.reports.data.reading import CLOCK, files_of, rows_of_csv, spelled

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Long enough that they are in no file by chance.
NUMBERS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=7, max_size=12).map(lambda text: f"Q{text}")
REMARKS = st.text(st.characters(categories=["L", "Nd"]), min_size=9, max_size=40).map(lambda text: f"zq{text}")
DATES = st.dates().map(str)


@st.composite
def told(draw):
    """A freeze whose columns say who somebody is, and the texts that do."""
    who = draw(st.lists(NUMBERS, min_size=2, max_size=6, unique=True))

    def each(cells, **options):
        return draw(st.lists(cells, min_size=len(who), max_size=len(who), **options))

    typed = {
        "remark": each(REMARKS, unique=True),
        "born": each(DATES),
        "operated": [day.replace("-", "") for day in each(DATES)],
        "hospital_number": [f"no. {number.lower()}" for number in who],
        "copied": who,
    }
    made = frozen(
        who=who, covariates=typed | {"age": each(st.integers(18, 110).map(str)), "arm_of_it": ["x"] * len(who)},
        text=typed, scores={("pain", "w6"): each(st.integers(0, 10).map(str))},
    )  # fmt: skip
    return made, {cell for cells in typed.values() for cell in cells}


@given(told())
@FEW
def test_no_file_says_a_study_number_a_date_or_a_typed_text(cohort):
    made, telling = cohort

    for name, content in files_of(made, "deidentified").items():
        text = spelled(content, name).casefold()
        assert not [cell for cell in telling if cell.casefold() in text], name


@given(told())
@FEW
def test_the_identified_files_do_say_them_so_the_search_finds_what_is_there(cohort):
    made, telling = cohort
    files = files_of(made, "identified")

    for name in ("csv/wide.csv", "parquet/wide.parquet", "stata/wide.dta", "spss/wide.sav"):
        text = spelled(files[name], name).casefold()
        assert all(cell.casefold() in text for cell in telling), name


OLD = frozen(
    who=["S-1001", "S-1002", "S-1003", "S-1004"],
    covariates={
        "age": ["89", "90", "104", None], "age_at_death": ["91.5", None, "89.9", None], "stage": ["1", "2", "2", "3"],
    },
    scores={("pain", "preop"): ["1", "2", "3", "4"], ("pain", "w6"): ["5", "refused", "7", None]},
    survival={"death": (["12.5", "3", "7", "1"], ["1", "0", "1", "0"], ["months"] * 4)},
)  # fmt: skip


def test_ages_of_ninety_and_more_are_ninety_and_the_codebook_says_so():
    files = files_of(OLD, "deidentified")
    rows = rows_of_csv(files["csv/wide.csv"])

    assert sorted(row["age"] for row in rows) == ["", "89", "90", "90"]
    assert sorted(row["age_at_death"] for row in rows) == ["", "", "89.9", "90"]
    notes = {row["name"]: row["note"] for row in rows_of_csv(files["codebook.csv"])}
    assert (notes["age"], notes["age_at_death"], notes["stage"]) == (TOPCODED, TOPCODED, "")
    assert "age: Ages of 90 and more stand as 90." in files["README.txt"].decode()


def test_where_nobody_is_older_than_ninety_no_age_is_changed_and_the_rule_is_still_said():
    young = frozen(who=["S-1001", "S-1002"], covariates={"age": ["60.5", "90"]})

    assert changes(OLD) == {"age": TOPCODED, "age_at_death": TOPCODED}
    assert changes(young) == {}
    assert tables.wide(deidentified(young, b"key")).by_name["age"].note == TOPCODED


def test_the_identified_profile_changes_no_age_and_no_id():
    rows = rows_of_csv(files_of(OLD, "identified")["csv/wide.csv"])

    assert [(row["id"], row["age"]) for row in rows] == [
        ("S-1001", "89"),
        ("S-1002", "90"),
        ("S-1003", "104"),
        ("S-1004", ""),
    ]


def test_everything_else_of_a_patient_stays_together_under_the_pseudonym():
    shown = tables.wide(deidentified(OLD, b"key")).rows.to_pylist()
    kept = ("pain_preop", "pain_w6", "pain_w6_missing", "death_time", "death_event", "stage", "site")

    assert sorted(tuple(str(row[name]) for name in kept) for row in shown) == sorted(
        tuple(str(row[name]) for name in kept) for row in tables.wide(OLD).rows.to_pylist()
    )


def test_a_patient_has_one_pseudonym_in_every_file_and_another_in_the_next_freeze():
    files = files_of(OLD, "deidentified")
    in_each = [
        {row["id"] for row in rows_of_csv(files[f"csv/{name}.csv"])} for name in ("wide", "procedures", "scores")
    ]
    later = type(OLD)(**{**vars(OLD), "digest": "cd" * 32})

    assert in_each[0] == in_each[1] == in_each[2]
    assert len(in_each[0]) == 4
    assert not in_each[0] & {row["id"] for row in rows_of_csv(files_of(later, "deidentified")["csv/wide.csv"])}


def test_pseudonyms_need_the_servers_secret(settings):
    before = secret(OLD.digest)
    settings.SECRET_KEY = "another secret of another server, as long as it must be"

    assert secret(OLD.digest) != before


def test_rows_are_not_in_the_order_of_the_site():
    who = [f"S-{number:04}" for number in range(200)]
    made = frozen(who=who, scores={("pain", "w6"): [str(place % 11) for place in range(200)]})

    shown = deidentified(made, b"key")

    assert shown.procedures["|study_number"].to_pylist() == sorted(shown.procedures["|study_number"].to_pylist())
    followed = shown.scores["|row"].to_pylist()
    assert sum(after == before + 1 for before, after in pairwise(followed)) < 10


def test_several_rows_of_a_patient_stay_neighbours_and_keep_their_numbers():
    made = frozen(who=["A", "A", "B", "B"], number=[1, 2, 1, 2], scores={("pain", "w6"): ["1", "2", "3", "4"]})
    rows = tables.wide(deidentified(made, b"key")).rows.to_pylist()

    assert [row["id"][-2:] for row in rows] == ["-1", "-2", "-1", "-2"]
    assert rows[0]["id"][:-2] == rows[1]["id"][:-2] != rows[2]["id"][:-2]
    assert {(rows[0]["pain_w6"], rows[1]["pain_w6"]), (rows[2]["pain_w6"], rows[3]["pain_w6"])} == {
        (1.0, 2.0),
        (3.0, 4.0),
    }


WHO = ["S-1001", "S-1002", "S-1003", "S-1004", "S-1005", "S-1006"]
COLUMNS = {
    IS_FREE_TEXT: [
        ["a", "a", "b", "b", "c", "seen by Dr X"], ["x" * 61] * 6, [f"two\nlines {n // 2}" for n in range(6)],
    ],
    IS_A_DATE: [
        ["2021-03-04"] * 6, ["on 4/3/21", "none", "none", "none", "none", "on 4/3/21"], ["2021-03"] * 6,
        ["March 2021"] * 6, ["before 2019", "later"] * 3, ["x20210304", "x"] * 3,
        [str(20210300 + day) for day in range(1, 7)], [str(1931 + year) for year in range(6)],
    ],
    IS_THE_NUMBER: [WHO, [f"see {number}" for number in WHO]],
    IS_A_RECORD: [[str(4_512_300 + n * 7) for n in range(6)]],
    "": [
        ["a", "a", "b", "b", "b", None],
        ["renal_cell"] * 5 + ["Lung, small cell"], ["1", "2", "3", "4", "5", "5"], [str(n * 100) for n in range(6)],
        [str(250_000)] * 6, ["1.5", "2031.2", "2", "3", "4", "5"],
    ],
}  # fmt: skip
CASES = [(cells, why) for why, columns in COLUMNS.items() for cells in columns]


@pytest.mark.parametrize(("cells", "why"), CASES, ids=[f"{cells[0][:20]}-{why[:25] or 'kept'}" for cells, why in CASES])
def test_a_typed_column_is_withheld_where_it_may_say_who_somebody_is_and_kept_where_not(cells, why):
    made = frozen(who=WHO, covariates={"typed": cells})

    assert changes(made) == ({"typed": why} if why else {})
    shown = tables.wide(deidentified(made, b"key"))
    assert (shown.rows["typed"].null_count == 6) == bool(why)
    assert shown.by_name["typed"].note == why


def test_what_stands_in_a_list_is_kept_though_only_one_patient_has_it():
    said = {"cause": {"labels": {"fall": "A fall", "tumour": "A tumour"}}}
    alone = {"cause": ("fall", "tumour"), "sex": ("F", "M"), "arm": ("a", "b")}
    cells = {name: [many] * 5 + [one] for name, (many, one) in alone.items()}
    made = frozen(who=WHO, covariates=cells, said=said, arm="arm")

    assert changes(made) == {}


def test_a_chart_number_that_looks_like_a_year_is_kept():
    cells = {"dose": ["2000"] * 6}

    assert changes(frozen(who=WHO, covariates=cells, said={"dose": {"where": "chart"}})) == {}
    assert changes(frozen(who=WHO, covariates=cells)) == {"dose": IS_A_DATE}


def test_neither_the_manifest_nor_the_codebook_has_a_level_that_is_withheld():
    made = frozen(who=WHO, covariates={"remark": [f"remark of {n}" for n in range(6)]}, said={"remark": {"labels": {}}})
    files = files_of(made, "deidentified")

    assert "remark of" not in files["manifest.json"].decode() + files["codebook.csv"].decode()
    assert json.loads(files["manifest.json"])["profile"] == "deidentified"


def test_the_names_of_the_files_and_the_zip_itself_say_nobody():
    content = package(OLD, "deidentified", CLOCK)

    assert not re.search(rb"S-100\d", content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not archive.comment
        assert not [name for name in archive.namelist() if "S-100" in name]


def test_the_script_beside_and_what_it_compares_with_name_no_level_that_is_withheld():
    made = frozen(who=WHO, covariates={"remark": ["fine"] * 5 + ["seen by Dr X"]}, scores={("pain", "w6"): ["1"] * 6})
    entry = {"id": "x", "type": "share_patient_var", "var": "remark"}
    by = {"id": "y", "type": "describe_by_timepoint", "instrument": "pain", "subset": {"remark": "seen by Dr X"}}
    results = [
        examples.result(each["id"], each["type"], json.loads(canonical(run(each, columns_of(made))))) | {"entry": each}
        for each in (entry, by)
    ]

    assert "seen by Dr X" in str(script(made.manifest, results))
    kept = told_by(results, made, Document.Profile.DEIDENTIFIED).results
    assert kept == []
    assert "seen by Dr X" not in str(script(made.manifest, kept))
