"""Hostile, damaged and mistaken files: each is refused in words, quickly, and never takes the reader down."""

import io
import random
import subprocess
import sys
import time
import zipfile

import billiard
import pytest

from registry.errors import Refused
from registry.imports.limits import ORDINARY, Limits, format_of
from registry.imports.reading import environment, read_upload
from tests.registry.uploads import SHEET, csv_bytes, part_of, refusal, spss, with_parts, with_texts, workbook

MIB = 1024**2
GOOD = workbook(["id", "vas"], ["A1", 7], ["A2", 3])
CANARY = "Jane Doe MRN-777"
HEADER = b"id,vas\n"


def encrypted(data: bytes) -> bytes:
    """The archive with the mark of encryption on its first entry, in the directory."""
    place = data.index(b"PK\x01\x02") + 8
    return data[:place] + bytes([data[place] | 1]) + data[place + 1 :]


def many_parts() -> bytes:
    return with_parts(GOOD, {f"xl/media/{number}.bin": b"x" for number in range(200)})


def bomb() -> bytes:
    """A sheet of spaces: some 280 KiB that unpack to 286 MiB."""
    return with_parts(GOOD, {SHEET: b" " * (286 * MIB)})


def with_doctype(encoding: str = "utf-8") -> bytes:
    text = part_of(GOOD, SHEET).decode()
    declaration, _, rest = text.rpartition("?>") if text.startswith("<?xml") else ("", "", text)
    entities = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    return with_parts(GOOD, {SHEET: f"{declaration}{entities}{rest}".encode(encoding)})


# (file name, its bytes or what makes them, rule, part of the message, row, column)
REFUSED = [
    ("notes.docx", b"PK\x03\x04", "I11", "not read", "", ""),
    ("noending", HEADER, "I11", "not read", "", ""),
    ("a.csv", b"", "I1", "empty", "", ""),
    ("a.csv", b"\xef\xbb\xbf \n", "I1", "no column name", "1", ""),
    ("a.csv", HEADER, "I1", "no row", "", ""),
    ("a.csv", GOOD, "I11", "workbook", "", ""),
    ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "I11", "old Office", "", ""),
    ("a.xlsx", HEADER + b"1,2\n", "I11", "no workbook", "", ""),
    ("a.sav", HEADER + b"1,2\n", "I11", "no SPSS", "", ""),
    ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "I11", "encrypted", "", ""),
    ("a.xlsx", lambda: encrypted(GOOD), "I11", "encrypted", "", ""),
    ("a.xlsx", lambda: with_parts(GOOD, {"xl/inner.zip": b"PK"}), "I11", "another archive", "", ""),
    ("a.xlsx", lambda: GOOD[:-30], "I1", "cut off", "", ""),
    ("a.xlsx", lambda: GOOD + b"tail", "I1", "cut off", "", ""),
    ("a.xlsx", bomb, "I13", "times its size", "", ""),
    ("a.xlsx", many_parts, "I13", "200 parts", "", ""),
    ("a.xlsx", with_doctype, "I11", "document type", "", ""),
    ("a.xlsx", lambda: with_doctype("utf-16"), "I11", "document type", "", ""),
    ("a.xlsx", lambda: with_parts(GOOD, {SHEET: b"<worksheet><oops>"}), "I1", "damaged", "", ""),
    ("a.xlsx", lambda: with_parts(GOOD, {SHEET: part_of(GOOD, SHEET).replace(b">7<", b">&#xD800;<")}),
     "I1", "damaged", "", ""),
    ("a.csv", HEADER + b"1,\xff\n", "I1", "UTF-8", "2", ""),
    ("a.csv", HEADER + b"1,2\n3,\xed\xa0\x80\n", "I1", "UTF-8", "3", ""),
    ("a.csv", "id,vas\n1,2\n".encode("utf-16"), "I1", "UTF-16", "", ""),
    ("a.csv", HEADER + b"1,\x00\n", "I1", "NUL", "2", ""),
    ("a.csv", HEADER + b"1,2,3\n", "I1", "3 cells", "2", ""),
    ("a.csv", HEADER + b'1,"never closed\n2,3\n', "I1", "not closed", "2", ""),
    ("a.csv", HEADER + b"1," + b"x" * 10_001 + b"\n", "I13", "10000 characters", "2", "vas"),
    ("a.csv", HEADER + b"1," + b"x" * 200_000 + b"\n", "I1", "10000 characters", "2", ""),
    ("a.csv", b"id,vas,vas\n1,2,3\n", "I1", "same name", "1", "vas"),
    ("a.csv", b"id,vas, vas \n1,2,3\n", "I1", "same name", "1", "vas"),
    ("a.csv", csv_bytes(",".join(f"c{n}" for n in range(501)), ",".join("1" * 501)), "I13", "501 columns", "1", ""),
    ("a.xlsx", lambda: workbook([f"c{n}" for n in range(501)], [1] * 501), "I13", "501 columns", "1", ""),
    ("a.csv", b"id\n" + b"1\n" * 200_001, "I13", "200000 rows", "", ""),
    ("a.xlsx", lambda: workbook(["id", "id"], [1, 2]), "I1", "same name", "1", "id"),
    ("a.xlsx", lambda: workbook(["id"]), "I1", "no row", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "rule", "words", "row", "column"), REFUSED)
def test_a_bad_file_is_refused_in_words(name, data, rule, words, row, column):
    data = data() if callable(data) else data
    problem = refusal(name, data)
    assert (problem.rule, problem.field, problem.value) == (rule, column, "")
    assert problem.where == (f"{name}, row {row}" if row else name)
    assert words in problem.message


def test_what_forbids_parsing_is_seen_at_once_and_before_it():
    for data in (bomb(), many_parts(), encrypted(GOOD)):
        start = time.process_time()
        with pytest.raises(Refused):
            format_of("a.xlsx", data, ORDINARY)
        assert time.process_time() - start < 0.05


def test_a_file_is_larger_than_it_may_be():
    assert refusal("a.csv", b"id\n" + b"1\n" * MIB, limits=Limits(bytes=MIB)).rule == "I13"


def test_501_columns_of_spss_are_refused(tmp_path):
    problem = refusal("a.sav", spss(tmp_path, {f"c{number}": [1.0] for number in range(501)}))
    assert (problem.rule, "501 columns" in problem.message) == ("I13", True)


@pytest.mark.parametrize("kept", [5, 100, 300, -8])
def test_an_spss_file_that_is_cut_off_is_refused(tmp_path, kept):
    data = spss(tmp_path, {"id": [1.5] * 50, "note": ["words"] * 50})
    problem = refusal("a.sav", data[:kept])
    assert (problem.rule, problem.where) == ("I1", "a.sav")


def page_of(*texts: int) -> str:
    """A column of cells that refer to texts by their places."""
    return "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{text}</v></c></row>' for row, text in enumerate(texts, start=1)
    )


def test_a_file_that_eats_memory_is_refused_and_the_reader_lives():
    hungry = with_texts(GOOD, ["id", *map(str, range(500_000))], page_of(0, 7))
    tight = Limits(memory=90 * MIB, wall_seconds=600)
    assert read_upload("a.xlsx", GOOD, limits=tight).values("id") == ["A1", "A2"]
    problem = refusal("a.xlsx", hungry, limits=tight)
    assert (problem.rule, "memory" in problem.message) == ("I13", True)
    # With room it is read, so it was the limit that stopped it, and this process is none the worse.
    assert read_upload("a.xlsx", hungry, limits=Limits(wall_seconds=600)).rows == [{"id": "6"}]


def test_one_long_text_that_every_cell_refers_to_is_refused():
    """10,000 letters that stand once in the file and 7,000 times in the table."""
    data = with_texts(GOOD, ["id", "x" * 10_000], page_of(0, *[1] * 7_000))
    assert read_upload("a.xlsx", with_texts(GOOD, ["id", "x" * 10_000], page_of(0, 1))).names == ["id"]
    assert refusal("a.xlsx", data).rule == "I13"


def read_ids(data: bytes) -> list[str]:
    return read_upload("a.csv", data).values("id")


def test_a_file_is_read_in_a_worker_that_may_have_no_children_of_its_own():
    with billiard.Pool(1) as workers:
        assert workers.apply(read_ids, (HEADER + b"A1,2\n",)) == ["A1"]


def test_a_file_that_takes_too_long_is_refused():
    slow = with_parts(GOOD, {SHEET: part_of(GOOD, SHEET).replace(b'r="3"', b'r="1048000"')})
    assert read_upload("a.xlsx", slow).where(1) == "a.xlsx, row 1048000"
    for limits in (Limits(wall_seconds=0.1), Limits(cpu_seconds=0)):
        assert "longer than a file may" in refusal("a.xlsx", slow, limits=limits).message


def test_a_row_beyond_the_last_is_refused_and_not_counted_to():
    beyond = with_parts(GOOD, {SHEET: part_of(GOOD, SHEET).replace(b'r="3"', b'r="99999999999"')})
    assert refusal("a.xlsx", beyond).rule == "I13"


def test_no_refusal_repeats_what_stands_in_a_cell():
    rows = [f"1,{CANARY},3", f'1,"{CANARY}', f"1,{CANARY}\x00", f"1,{CANARY * 1000}", f"1,{CANARY}\udcff"]
    for row in rows:
        data = HEADER + row.encode("utf-8", "surrogateescape")
        assert CANARY not in str(refusal("a.csv", data))
    named = refusal(f"../{CANARY}/a\x1b[31m.csv", HEADER)
    assert named.where == "a?[31m.csv"


def test_the_reader_has_none_of_our_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", CANARY)
    assert CANARY not in environment().values()


def test_the_reader_writes_no_file(tmp_path):
    asked = '{"memory": 536870912, "cpu_seconds": 5, "delimiter": "", "sheet": ""}'
    script = (
        "import os, io; from registry.imports.child import answer\n"
        f"def read(file, asked):\n    open({str(tmp_path / 'made')!r}, 'w').write('x')\n"
        "answer(read)"
    )
    done = subprocess.run([sys.executable, "-c", script, asked], input=b"", capture_output=True, timeout=60)
    assert done.returncode != 0 and (tmp_path / "made").read_text() == ""


def test_damaged_files_are_refused_or_read_and_nothing_else(tmp_path):
    chance = random.Random(20261121)
    good = {"a.csv": csv_bytes("id,vas", *(f"A{n},{n}" for n in range(30))), "a.xlsx": GOOD,
            "a.sav": spss(tmp_path, {"id": ["A1", "A2"], "vas": [7.0, 3.0]})}  # fmt: skip
    outcomes = set()
    for name, data in good.items():
        for _ in range(8):
            outcomes.add(read_or_refused(name, damaged(data, chance)))
    assert outcomes == {"read", "refused"}


def test_no_damaged_directory_of_a_workbook_does_more_than_refuse():
    chance = random.Random(20261122)
    for _ in range(2000):
        try:
            format_of("a.xlsx", damaged(GOOD, chance), ORDINARY)
        except Refused:
            continue


def damaged(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 3, 20])):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed[: chance.choice([len(changed)] * 4 + [chance.randrange(len(changed))])])


def read_or_refused(name: str, data: bytes) -> str:
    try:
        read_upload(name, data)
    except Refused:
        return "refused"
    return "read"


def test_the_bomb_is_what_it_is_said_to_be():
    (sheet,) = [part for part in zipfile.ZipFile(io.BytesIO(bomb())).infolist() if part.filename == SHEET]
    assert sheet.file_size == 286 * MIB and sheet.compress_size < MIB
