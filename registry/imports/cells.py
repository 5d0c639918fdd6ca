"""Reads the cells of a study folder: numbers as they are written, and the reasons why there are none."""

import re
from decimal import Decimal

from registry.models import MissingReason
from registry.models.instrument import LARGEST

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)
MOST_DECIMALS = 8


def wrong_number(value: str, *, whole: bool = False) -> str:
    """What is wrong with a number, in words; empty where nothing is."""
    if not NUMBER.match(value):
        return "This is not a number. Decimals are written with a point."
    decimals = -number_of(value).as_tuple().exponent
    if whole and decimals > 0:
        return "This is not a whole number."
    if decimals > MOST_DECIMALS:
        return f"A number has at most {MOST_DECIMALS} decimals."
    return "" if -LARGEST <= number_of(value) <= LARGEST else f"A number lies between -{LARGEST} and {LARGEST}."


def number_of(text: str) -> Decimal:
    """The number that is written, exactly, without the zeros at the end of its decimals."""
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0")
    return Decimal(f"{whole}.{kept}" if kept else f"{whole}0" if whole in ("", "+", "-") else whole)


def reason_or_number(text: str, missing_codes: dict[str, str]) -> Decimal | MissingReason:
    """A cell's value: its number, the reason that its code stands for, or not recorded where it is empty."""
    if text in missing_codes:
        return MissingReason(missing_codes[text])
    return number_of(text) if text else MissingReason.NOT_RECORDED
