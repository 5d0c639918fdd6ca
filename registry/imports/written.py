"""Values of workbooks and SPSS files as the text that a person would have typed."""

import datetime
from decimal import Decimal

# Beyond 15 digits a binary number shows its own noise: 0.1 + 0.2 is 0.3 in every spreadsheet program.
DIGITS = 15


def written(value: object) -> str:
    """7 for 7.0, no exponent, dates as ISO, "" for none."""
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime.datetime):
        return (value.date() if value.time() == datetime.time() else value.replace(microsecond=0)).isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def number(value: float) -> str:
    exact = Decimal(format(value, f".{DIGITS}g"))
    if not exact.is_finite():
        return str(value)
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def padded(text: str, width: int) -> str:
    """A number whose format fills it up with zeros, as it is seen: 00042."""
    return text.zfill(width) if text.isdigit() else text
