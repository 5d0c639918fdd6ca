"""JSON as a Rule, or why not."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from outcomes.criteria.rule import (
    ALL,
    EXCLUDE,
    FRACTURE,
    IN,
    INCLUDE,
    INDEX,
    LIST,
    NOTHING,
    NUMBER,
    ONE,
    OPERATORS,
    OUT,
    PATIENT,
    PROCEDURE,
    Criterion,
    Period,
    Rule,
    RuleError,
)

KEYS = ("procedures", "unit", "sites", "performed", "include", "exclude", "arm", "subgroups", "preset")
UNITS = {INDEX: (PATIENT, PROCEDURE, FRACTURE), ALL: (PROCEDURE,)}
IF_UNKNOWN = {INCLUDE: OUT, EXCLUDE: IN}
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
LONGEST, MOST = 200, 100


def parse(rule: object) -> Rule:
    """The rule that a JSON document says; RuleError names the first field that is wrong. {} is the whole study."""
    document = an_object(rule, "rule", KEYS)
    procedures = one_of(document.get("procedures", INDEX), "procedures", UNITS)
    unit = document.get("unit") or UNITS[procedures][0]
    return Rule(
        procedures=procedures,
        unit=one_of(unit, "unit", UNITS[procedures]),
        sites=texts(document.get("sites", []), "sites"),
        performed=period(document.get("performed")),
        criteria=tuple(each for kind in IF_UNKNOWN for each in criteria_of(document.get(kind, []), kind)),
        arm=text_or_none(document.get("arm"), "arm"),
        subgroups=texts(document.get("subgroups", []), "subgroups"),
        preset=text_or_none(document.get("preset"), "preset"),
    )


def an_object(value: object, field: str, keys) -> Mapping:
    if not isinstance(value, Mapping):
        raise RuleError(field=field, value=value, rule="is not an object", what_to_do="Write {...}.")
    strange = sorted(str(key) for key in value if key not in keys)
    if strange:
        what = f"Take one of {', '.join(keys)}."
        raise RuleError(field=field, value=strange[0], rule="is not a key of it", what_to_do=what)
    return value


def one_of(value: object, field: str, known) -> str:
    if not isinstance(value, str) or value not in known:
        raise RuleError(field=field, value=value, rule="is not known here", what_to_do=f"Take {' or '.join(known)}.")
    return value


def a_list(value: object, field: str) -> list:
    if not isinstance(value, list | tuple) or len(value) > MOST:
        what = f"Write [...], with at most {MOST} entries."
        raise RuleError(field=field, value=value, rule="is not a list, or too long", what_to_do=what)
    return list(value)


def a_text(value: object, field: str) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST:
        what = f"Write a text of 1 to {LONGEST} characters."
        raise RuleError(field=field, value=value, rule="is not a text", what_to_do=what)
    return value.strip()


def texts(value: object, field: str) -> tuple[str, ...]:
    found = [a_text(each, f"{field}[{place}]") for place, each in enumerate(a_list(value or [], field))]
    return tuple(dict.fromkeys(found))


def text_or_none(value: object, field: str) -> str | None:
    return None if value in (None, "") else a_text(value, field)


def period(value: object) -> Period | None:
    """When the procedure was done: {"from": day, "to": day}, either of them."""
    if value in (None, {}):
        return None
    told = an_object(value, "performed", ("from", "to", "unknown"))
    first, last = a_day(told.get("from"), "performed.from"), a_day(told.get("to"), "performed.to")
    if first is not None and last is not None and last < first:
        what = "Let the period end after it begins."
        raise RuleError(field="performed.to", value=told["to"], rule=f"is before {first}", what_to_do=what)
    if first is None and last is None:
        return None
    return Period(first=first, last=last, unknown=one_of(told.get("unknown") or OUT, "performed.unknown", (IN, OUT)))


def a_day(value: object, field: str) -> date | None:
    if value in (None, ""):
        return None
    what = "Write a day as 2023-12-31."
    if not isinstance(value, str) or not DAY.match(value):
        raise RuleError(field=field, value=value, rule="is not a day", what_to_do=what)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise RuleError(field=field, value=value, rule="is no day of the calendar", what_to_do=what) from error


def criteria_of(value: object, kind: str) -> list[Criterion]:
    return [criterion(each, f"{kind}[{place}]", kind) for place, each in enumerate(a_list(value or [], kind))]


def criterion(value: object, field: str, kind: str) -> Criterion:
    """One of `include` or `exclude`."""
    told = an_object(value, field, ("variable", "op", "value", "unknown"))
    op = one_of(told.get("op"), f"{field}.op", OPERATORS)
    return Criterion(
        variable=a_text(told.get("variable"), f"{field}.variable"),
        op=op,
        values=values_of(told.get("value"), f"{field}.value", OPERATORS[op]),
        kind=kind,
        unknown=one_of(told.get("unknown") or IF_UNKNOWN[kind], f"{field}.unknown", (IN, OUT)),
    )


def values_of(value: object, field: str, wanted: str) -> tuple[str | Decimal, ...]:
    """What stands beside an operator, as it wants it."""
    if wanted == NOTHING:
        return ()
    if wanted == ONE:
        return (a_level(value, field),)
    if wanted == NUMBER:
        return (a_number(value, field),)
    several = [*enumerate(a_list(value, field))]
    if wanted == LIST:
        return tuple(dict.fromkeys(a_level(each, f"{field}[{place}]") for place, each in several)) or nothing(field)
    return a_pair([a_number(each, f"{field}[{place}]") for place, each in several], field)


def nothing(field: str):
    raise RuleError(field=field, value=[], rule="names no value", what_to_do="Name at least one.")


def a_pair(numbers: list[Decimal], field: str) -> tuple[Decimal, ...]:
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        what = "Write [lowest, highest]."
        raise RuleError(field=field, value=[str(each) for each in numbers], rule="is not a range", what_to_do=what)
    return tuple(numbers)


def a_level(value: object, field: str) -> str:
    """A code, a yes or no, or a number, as levels are written."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(a_number(value, field)) if isinstance(value, int | float | Decimal) else a_text(value, field)


def a_number(value: object, field: str) -> Decimal:
    try:
        number = None if isinstance(value, bool) else Decimal(str(value).strip())
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) > Decimal(10) ** 12:
        raise RuleError(field=field, value=value, rule="is not a number", what_to_do="Write a number, as 18 or 7.5.")
    return number
