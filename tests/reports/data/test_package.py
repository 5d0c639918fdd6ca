"""The zip: its bytes depend on the freeze alone, and it says what is in it."""

import hashlib
import io
import json
import re
import time
import zipfile
from datetime import UTC, datetime

import pytest

from reports.data import as_spss, as_stata, package, tables
from reports.data.written import written
from tests.reports.data.reading import CLOCK, columns_of_csv, files_of, read_parquet, read_spss, read_stata
from tests.reports.data.test_tables import FULL

PLACES = ("Asia/Tokyo", "America/Los_Angeles")


@pytest.fixture
def in_place(monkeypatch):
    """Moves the machine to another time zone: the clock that it writes into files is another."""

    def move(place: str) -> None:
        monkeypatch.setenv("TZ", place)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_the_same_freeze_gives_the_same_bytes_at_another_hour(in_place):
    made = []
    for place in PLACES:
        in_place(place)
        made.append({profile: package(FULL, profile, CLOCK) for profile in ("identified", "deidentified")})

    assert made[0] == made[1]


def test_the_writers_alone_would_have_written_the_machines_hour(in_place, monkeypatch):
    monkeypatch.setattr(as_stata, "dated", lambda content, clock: content)
    monkeypatch.setattr(as_spss, "dated", lambda content, clock: content)
    made = []
    for place in PLACES:
        in_place(place)
        made.append([write(tables.wide(FULL), CLOCK, "") for write in (as_stata.to_stata, as_spss.to_spss)])

    assert made[0][0] != made[1][0]
    assert made[0][1] != made[1][1]


def test_the_clock_inside_is_the_freezes():
    files = files_of(FULL)

    assert read_stata(files["stata/wide.dta"])[1].creation_time == datetime(2026, 3, 4, 5, 6)
    assert read_spss(files["spss/wide.sav"])[1].creation_time == datetime(2026, 3, 4, 5, 6, 7)
    with zipfile.ZipFile(io.BytesIO(package(FULL, "identified", CLOCK))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 3, 4, 5, 6, 6)}


def test_another_clock_gives_other_bytes():
    later = datetime(2026, 3, 4, 6, 6, 7, tzinfo=UTC)

    assert package(FULL, "identified", CLOCK) != package(FULL, "identified", later)


def test_an_order_of_keys_that_the_database_does_not_keep_changes_no_byte():
    stirred = json.loads(json.dumps(FULL.manifest, sort_keys=True))
    backwards = {
        key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in stirred.items()
    }
    other = type(FULL)(**{**vars(FULL), "manifest": backwards})

    assert package(other, "identified", CLOCK) == package(FULL, "identified", CLOCK)


def test_a_writers_file_is_gone_when_its_bytes_are_there():
    seen = []

    written(lambda frame, path, **options: (seen.append(path), path.write_bytes(b"x")), None)

    assert not seen[0].exists()


def test_the_manifest_names_every_file_with_its_digest_rows_and_columns():
    files = files_of(FULL, **{"remake.R": b"# base R"})
    said = json.loads(files["manifest.json"])

    listed = {entry["name"]: entry for entry in said["files"]}
    assert listed.keys() == files.keys() - {"manifest.json"}
    for name, entry in listed.items():
        assert entry["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert entry["bytes"] == len(files[name])
    assert (listed["csv/wide.csv"]["rows"], listed["csv/scores.csv"]["rows"]) == (3, 7)
    assert listed["parquet/wide.parquet"]["columns"] == read_parquet(files["parquet/wide.parquet"]).num_columns
    assert said["freeze"] == FULL.digest
    assert said["instruments"]["pain"] == "1"
    assert "rows" not in listed["remake.R"]


def test_the_codebook_has_a_row_for_each_column_of_each_table():
    files = files_of(FULL)
    columns = columns_of_csv(files["codebook.csv"])
    expected = [
        (name.removesuffix(".csv").removeprefix("csv/"), column)
        for name, content in files.items()
        if name.startswith("csv/")
        for column in columns_of_csv(content)
    ]

    assert sorted(zip(columns["table"], columns["name"], strict=True)) == sorted(expected)
    pain = columns["table"].index("wide"), columns["name"].index("pain_w6")
    assert [columns[key][pain[1]] for key in ("label", "unit", "minimum", "maximum", "version", "missing_codes")] == [
        "Pain, 6 weeks", "points", "0", "10", "1", "reasons stand in pain_w6_missing"
    ]  # fmt: skip


@pytest.mark.parametrize("profile", ["identified", "deidentified"])
def test_the_readme_says_how_to_open_cite_and_read_it(profile):
    text = files_of(FULL, profile)["README.txt"].decode()

    assert FULL.digest in text
    assert "freeze of 4 March 2026" in text
    assert "SYNTHETIC DATA" in text
    assert re.search(r"deceased +Died before the time point +\.i +-909", text)
    for program in ("read.csv", "use stata/wide.dta", "GET FILE", "pandas.read_csv"):
        assert program in text
    assert ("DE-IDENTIFIED" in text) == (profile == "deidentified")
    assert not re.search(r"\$\w", text)
    assert max(map(len, text.splitlines())) <= 300


def test_the_readme_names_the_script_where_it_lies_beside():
    beside = {"remake.R": b"# base R", "expected.csv": b"analysis,path,value\n"}

    assert "remake.R      Computes the report's numbers again" in files_of(FULL, **beside)["README.txt"].decode()
    assert "remake.R" not in files_of(FULL)["README.txt"].decode()
