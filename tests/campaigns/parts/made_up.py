"""Requests that Hypothesis makes up: any door, a good body bent in some places, texts that nobody types."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

HOSTILE = [
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff", "9" * 40, "-" + "9" * 40, "9" * 5000, "-1", "0", "1.5", "1e400",
    "NaN", "Infinity", "-0", "0x10", "٣", "½", "1_000", "true", "null", "[]", "{}", "' OR 1=1 --", "%s%s%n", "%(a)s",
    "{{ 7 }}", "${7}", "<script>", "\u202e", "\u200b", "\ufeff", "\ufffd", "x" * 20_000, "é" * 300, "2024-02-30",
    "0000-00-00", "99999-01-01", "2024-13", "10000-01-01", "2024-04-12T00:00", "../../etc/passwd", "a\r\nb: c", "\t",
    "00000000-0000-0000-0000-000000000000", "=1+1", "\U0001f600", "w6", "m3", "lost", "north", "hips", "pain", "id",
]  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=20), st.integers().map(str), st.floats().map(str), st.dates().map(str),
    st.uuids().map(str),
)  # fmt: skip
LEAF = st.one_of(TEXT, st.integers(), st.floats(), st.booleans(), st.none())
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
# The six that a plain Django REST framework answers with 500 (a value with NUL, a key with NUL, half a surrogate pair,
# two depths, and a limit of forty digits among the queries), and others of their kind.
RAW = [
    b'{"cohort": "\\u0000"}', b'{"cohort": "hips", "\\u0000": 1}', b'{"cohort": "\\ud800"}',
    b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 100_000 + b"]" * 100_000, b"", b"{", b"null", b"\xff\xfe",
    b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": 1e999}', b"9" * 6000,
]  # fmt: skip
QUERIES = ["limit=" + "9" * 40, "page_size=" + "9" * 40, "page=" + "9" * 40, "cursor=%00", "%00=1", "a=%ED%A0%80"]
METHODS = st.sampled_from(["GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD"])


@dataclass(frozen=True)
class Bend:
    """What is done to a good body."""

    what: str
    where: int
    name: str
    value: Any


@dataclass(frozen=True)
class Made:
    """A request that was made up; the body is made of a good one when it is sent."""

    door: str
    method: str
    as_json: bool
    query: list[tuple[str, str]] = field(default_factory=list)
    bends: list[Bend] = field(default_factory=list)
    raw: bytes | None = None
    ident: str | None = None
    known: list[str] = field(default_factory=list)

    def query_string(self) -> str:
        return "&".join(f"{escaped(name)}={escaped(value)}" for name, value in self.query)

    def body_of(self, good: dict) -> dict:
        """The good body, bent."""
        body = dict(good)
        for bend in self.bends:
            names = sorted(body)
            name = names[bend.where % len(names)] if names and bend.what != "add" else bend.name
            if bend.what == "drop":
                body.pop(name, None)
            else:
                body[name] = bend.value
        return body

    def json_of(self, good: dict) -> bytes:
        if self.raw is not None:
            return self.raw
        return json.dumps(self.body_of(good), default=str).encode("utf-8", "surrogatepass")

    def form_of(self, good: dict) -> str:
        """As a browser sends it; a value that is no text is sent as JSON, which no form asks for."""
        pairs = [(name, value if isinstance(value, str) else json.dumps(value, default=str)) for name, value in
                 self.body_of(good).items()]  # fmt: skip
        return "&".join(f"{escaped(name)}={escaped(value)}" for name, value in pairs)


def escaped(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def bends(value: st.SearchStrategy) -> st.SearchStrategy:
    what = st.sampled_from(["set", "set", "set", "drop", "add"])
    return st.lists(st.builds(Bend, what, st.integers(0, 50), TEXT, value), max_size=3)


def requests(doors: dict[str, bool], parameters: list[str]) -> st.SearchStrategy:
    """A request at any of the doors; {name: whether it takes JSON}."""
    name = st.sampled_from(parameters) | TEXT
    query = st.one_of(st.just([]), st.lists(st.tuples(name, TEXT), max_size=3))

    def at(door: str) -> st.SearchStrategy:
        is_json = doors[door]
        return st.builds(
            Made, st.just(door), METHODS, st.just(is_json), query, bends(JSON if is_json else LEAF.map(str)),
            st.none() | st.sampled_from(RAW) | st.binary(max_size=50) if is_json else st.none(),
            st.none() | st.none() | st.none() | TEXT,
        )  # fmt: skip

    return st.sampled_from(sorted(doors)).flatmap(at)


# Files for the import: cells that nobody types in a table that could be one, and bytes that are none.
CELL = TEXT.filter(lambda text: len(text) < 300)
HEADINGS = ["patient_id", "timepoint", "instrument", "value", "id", "date", "visited_on", "sex", "pain"]
ROW = st.lists(CELL | st.sampled_from(["P-1", "w6", "pain", "3", "opioid", "1"]), max_size=5)
TABLE = st.tuples(st.lists(st.sampled_from(HEADINGS) | CELL, max_size=5), st.lists(ROW, max_size=4))
FILES = st.one_of(
    TABLE.map(lambda table: "\r\n".join(",".join(row) for row in [table[0], *table[1]])
              .encode("utf-8", "surrogatepass")),
    st.binary(max_size=200), st.binary(max_size=60).map(lambda end: b"PK\x03\x04" + end),
)  # fmt: skip
FILE_NAMES = st.sampled_from(["a.csv", "a.xlsx", "a.tsv", "a.sav", "a.txt", "a", "..\\a.csv", "a\u202e.csv", "é.csv"])
