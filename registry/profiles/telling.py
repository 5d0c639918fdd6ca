"""Whether what somebody typed into a column may say who a patient is. Pure.

A study's own columns come from anybody's file: what is called a category may be a remark, a number may be a record's.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from registry.profiles.vocabulary import is_known

LONGEST_LEVEL = 60
MOST_LEVELS = 50
LONG_NUMBER = 10**5
YEARS = range(1900, 2101)
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATE = re.compile(
    r"\b(\d{4}[-./]\d{1,2}([-./]\d{1,2})?|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2}))\b"
    rf"|\b{MONTH}\.?[ '-]*(19|20)?\d\d\b",
    re.IGNORECASE,
)

WITHHELD = "Withheld: "
IS_THE_NUMBER = f"{WITHHELD}it repeats study numbers."
IS_A_DATE = f"{WITHHELD}it holds dates or years."
IS_FREE_TEXT = f"{WITHHELD}it is typed text, and some of it only one patient has."
IS_A_RECORD = f"{WITHHELD}it may be the number of a record."


def text(cells: Sequence[str | None], who: Sequence[str], *, is_arm: bool) -> str:
    """Why typed texts are withheld, of one for each patient; empty where they may be told."""
    rows = {(cell, patient) for cell, patient in zip(cells, who, strict=True) if cell is not None}
    return levels(Counter(cell for cell, _ in rows), who, is_arm=is_arm)


def levels(patients: Counter, who: Iterable[str], *, is_arm: bool = False) -> str:
    """Why levels are withheld, each with the number of its patients; empty where patients share them. An arm may have
    one patient, and so may what is written in the words of the chart's lists."""
    if repeats(patients, who):
        return IS_THE_NUMBER
    if any(map(says_a_date, patients)):
        return IS_A_DATE
    long = any(len(level) > LONGEST_LEVEL or "\n" in level for level in patients)
    alone = not is_arm and any(n == 1 and not is_known(level) for level, n in patients.items())
    return IS_FREE_TEXT if long or alone or len(patients) > MOST_LEVELS else ""


def says_a_date(level: str) -> bool:
    """Whether a day, a month or a year is written in the text."""
    digits = re.findall(r"\d+", level)
    return bool(DATE.search(level)) or any(is_date(int(run)) if len(run) == 8 else is_year(run) for run in digits)


def is_year(run: str) -> bool:
    return len(run) == 4 and int(run) in YEARS


def repeats(levels: Counter, who: Iterable[str]) -> bool:
    """Whether a level is somebody's study number, or one of four letters and more stands within it."""
    numbers = {number.casefold() for number in who}
    long = [number for number in numbers if len(number) >= 4]
    written = [level.casefold() for level in levels][: MOST_LEVELS + 1]
    return any(level in numbers or any(number in level for number in long) for level in written)


def number(cells: Sequence[int | None], decimals: int, who: Sequence[str]) -> str:
    """Why typed numbers are withheld; empty where they are measurements."""
    scale = 10**decimals
    there = [(cell, patient) for cell, patient in zip(cells, who, strict=True) if cell is not None]
    if most(cell % scale == 0 and str(cell // scale) == patient for cell, patient in there):
        return IS_THE_NUMBER
    found = [cell // scale for cell, _ in there]
    dates = [cell in YEARS or is_date(cell) for cell in found]
    if most(dates):
        return IS_A_DATE if all(dates) else IS_A_RECORD
    alone = len({*there}) == len({cell for cell, _ in there})
    return IS_A_RECORD if alone and most(cell >= LONG_NUMBER for cell in found) else ""


def most(found: Iterable[bool]) -> bool:
    """Whether more than half are true."""
    said = list(found)
    return sum(said) * 2 > len(said)


def is_date(number: int) -> bool:
    """Whether a number is a day as 20240301."""
    try:
        return date(number // 10000, number // 100 % 100, number % 100).year in YEARS
    except ValueError:
        return False
