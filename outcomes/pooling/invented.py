"""The fixture's patients: invented from the frame of a spec alone, so that every rule of counting has one to trip over.

Visits lie on the target, on both ends of each window, one day outside of them, and twice in one window: as near as each
other, and one nearer than the other. Every reason for missing stands somewhere. Equal frames give equal patients.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from outcomes.picking import OWN_NAMES
from outcomes.variables.variable import STUDY
from registry.models import MissingReason

PATIENTS = 20
FIRST_DAY = date(2012, 1, 9)
SEXES = ("F", "M", "F", "O", "")
KIND = "procedure_kind"
# Which visits a patient has of a timepoint with a window: one of these, in turn.
ON_TARGET, OPENING, CLOSING, TOO_EARLY, TOO_LATE, TIED, NEARER, MISSED = PATTERNS = range(8)
MOST_APART = 4


def invented(document: Mapping) -> list[dict]:
    """The patients of a spec's fixture."""
    return [patient(document, place) for place in range(PATIENTS)]


def chosen(of: int, *why: object) -> int:
    """One of so many, by what it is for: the same for the same reasons, on every machine."""
    told = "|".join(map(str, why)).encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:6], "big") % of


def patient(document: Mapping, place: int) -> dict:
    performed = FIRST_DAY + timedelta(days=41 * place)
    born = None if place % 10 == 9 else (performed - timedelta(days=365 * (34 + 3 * place) + 11 * place)).isoformat()
    kinds = document["covariates"].get(KIND, {}).get("levels") or ["unspecified"]
    return {
        "number": f"F-{place + 1:02}",
        "sex": SEXES[place % len(SEXES)],
        "born": born,
        "performed": performed.isoformat(),
        "kind": kinds[place % len(kinds)],
        "covariates": dict(covariates(document, place)),
        "times": dict(times(document, place)),
        "visits": list(visits(document, place)),
    }


def covariates(document: Mapping, place: int) -> Iterator[tuple[str, str]]:
    """What is typed of the patient; a seventh is not. What the record says by itself is not typed."""
    for name, about in document["covariates"].items():
        if name in OWN_NAMES and about["where"] != STUDY:
            continue
        if about["levels"] and (place + len(name)) % 7:
            yield name, about["levels"][chosen(len(about["levels"]), place, name)]
        elif about["kind"] == "number" and not about["levels"] and (place + len(name)) % 7:
            yield name, as_text(Decimal(10 + chosen(800, place, name)).scaleb(-about["decimals"]))


def times(document: Mapping, place: int) -> Iterator[tuple[str, dict]]:
    """Times to each event; a sixth of the patients have none."""
    for name, about in document["survival"].items():
        if (place + len(name)) % 6:
            time = as_text(Decimal(1 + chosen(900, place, name)).scaleb(-about["decimals"]))
            units = about["units"] or ["days"]
            yield name, {"time": time, "unit": units[0], "event": chosen(3, place, name, "event") > 0}


def visits(document: Mapping, place: int) -> Iterator[dict]:
    """The patient's visits, in the order of the schedule; no two on one day."""
    taken = set()
    for number, timepoint in enumerate(document["timepoints"]):
        pattern = PATTERNS[(place + number) % len(PATTERNS)]
        if pattern == MISSED:
            codes = MissingReason.values
            yield visit(document, place, number, timepoint=timepoint["code"], missed=codes[place // 2 % len(codes)])
        elif timepoint["window"] is None:
            yield visit(document, place, number, timepoint=timepoint["code"])
        else:
            for day in days(timepoint, pattern):
                if day not in taken:
                    taken.add(day)
                    yield visit(document, place, number, day=day)


def days(timepoint: Mapping, pattern: int) -> tuple[int, ...]:
    """On which days after the procedure the visits of a pattern are."""
    opens, closes = timepoint["window"]
    target = timepoint["target_day"] if timepoint["target_day"] is not None else (opens + closes) // 2
    apart = max(min(target - opens, closes - target, MOST_APART), 0)
    return {
        ON_TARGET: (target,), OPENING: (opens,), CLOSING: (closes,), TOO_EARLY: (opens - 1,), TOO_LATE: (closes + 1,),
        TIED: (target - apart, target + apart), NEARER: (target - apart, target + apart // 2),
    }[pattern]  # fmt: skip


def visit(
    document: Mapping, place: int, number: int, *, day: int | None = None, timepoint: str = "", missed: str = ""
) -> dict:
    """A visit: by its day, or for a timepoint that it says itself; one that was missed has no scores."""
    found = {"day": day, "timepoint": timepoint, "missed": missed, "scores": {}, "missing": {}}
    for key in [] if missed else asked(document, place):
        why = chosen(9, place, number, day, key, "why")
        codes = MissingReason.values
        if why == 0:
            found["missing"][key] = codes[chosen(len(codes), place, number, day, key)]
        else:
            found["scores"][key] = value(document["instruments"][key], place, number, day, key)
    return found


def asked(document: Mapping, place: int) -> list[str]:
    """What is typed of the patient: of a total and its items, the items of one and the total of the next."""
    instruments = document["instruments"]
    wholes = {about["part_of"] for about in instruments.values()} - {None}
    by_items = place % 2 == 0
    return [key for key, about in instruments.items() if not (key in wholes if by_items else about["part_of"])]


def value(about: Mapping, *why: object) -> str:
    """A legal value of an instrument."""
    low, high, step = (Decimal(about[name]) for name in ("minimum", "maximum", "step"))
    return as_text(low + step * chosen(int((high - low) / step) + 1, *why))


def as_text(number: Decimal) -> str:
    return format(number.normalize() + 0, "f")
