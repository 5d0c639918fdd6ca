"""The numbers that the papers print as results, one by one, with the digits they print."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

PUBLISHED = Path(__file__).with_name("published.json")
# What stands beside a number and is none: its unit, what it is compared with, how much of it could be read.
NO_NUMBERS = ("unit", "comparator", "denominator_status", "n_status", "spread_type", "recovered", "printed")
NO_P = "-"
# What a record without a number stands for: a figure alone, or words.
NOT_IN_THE_TEXT = ("any", "not in the text")


@dataclass(frozen=True, kw_only=True)
class Printed:
    """One printed number. field: its name in the record, as "median" or "split.liver"; text: as printed."""

    record: str
    location: str
    variable: str
    subgroup: str
    timepoint: str
    field: str
    text: str


@cache
def published() -> dict:
    """The papers and their results; a number keeps its digits, so 28.0 is not 28."""
    return json.loads(PUBLISHED.read_text("utf-8"), parse_float=Decimal)


def printed_numbers(paper: str) -> list[Printed]:
    """Every number that the paper prints as a result of its own, in the order of the paper."""
    return [each for record in records_of(paper) for each in numbers_in(record)]


def records_of(paper: str) -> list[dict]:
    return [record for record in published()["records"] if record["paper"] == paper]


def numbers_in(record: dict) -> Iterator[Printed]:
    where = {name: record[name] for name in ("location", "variable", "subgroup", "timepoint")}
    for field, text in list(leaves(record["values"])) or [NOT_IN_THE_TEXT]:
        yield Printed(record=record["id"], field=field, text=text, **where)


def leaves(values: dict, above: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of each number; a list's numbers share its field, and a p is one number with its sign."""
    for name, value in values.items():
        if name == "p":
            if value and value["text"] != NO_P:
                yield f"{above}p", value["text"]
        elif isinstance(value, dict):
            yield from leaves(value, f"{above}{name}.")
        elif name not in NO_NUMBERS:
            for each in value if isinstance(value, list) else [value]:
                if re.search(r"\d", str(each)):
                    yield f"{above}{name}", str(each)
