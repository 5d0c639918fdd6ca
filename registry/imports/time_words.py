"""Which timepoint a name means: vas_pre, vas_6wk, "headache score at 3 months", month_12_arm_1.

A name is cut into words and numbers; a number beside a unit is a number of days. A study's timepoints are plain rows of
code and label, with their day where the schedule has one.
"""

import itertools
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

DAYS = {"d": 1, "day": 1, "days": 1, "w": 7, "wk": 7, "wks": 7, "week": 7, "weeks": 7, "m": 30.44, "mo": 30.44,
        "mos": 30.44, "mth": 30.44, "mths": 30.44, "mon": 30.44, "month": 30.44, "months": 30.44, "y": 365.25,
        "yr": 365.25, "yrs": 365.25, "year": 365.25, "years": 365.25}  # fmt: skip
BASELINE = {"pre", "preop", "preoperative", "preoperatively", "baseline", "bl", "before", "t0", "screening", "intake"}
AFTER = {"post", "postop", "postoperative", "postoperatively", "after", "followup", "fu", "discharge"}
FILLERS = {"op", "at", "the", "arm", "visit", "operative", "up", "follow", "q"}
# Months are 30 or 31 days and visits are early or late; 3 and 4 months must stay two things.
NEAR = 0.12


@dataclass(frozen=True, kw_only=True)
class Timepoint:
    """A timepoint of the study, as far as names can mean it."""

    code: str
    label: str = ""
    day: int | None = None
    baseline: bool = False


@dataclass(frozen=True)
class TimeFound:
    """The timepoint that a name means, and the places of the words that said so."""

    code: str
    words: frozenset[int]


def words_of(name: str) -> list[str]:
    """The words and numbers of a name: "Pain6wk (VAS)" is pain, 6, wk, vas."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return re.findall(r"[^\W\d_]+|\d+", spaced.lower())


def find_timepoint(words: Sequence[str], timepoints: Sequence[Timepoint]) -> TimeFound | None:
    """The one timepoint that the words mean; None where it is none or more than one."""
    for look in (by_name, by_days, by_kind):
        found = look(words, timepoints)
        if found is not None:
            return found
    return None


def timepoint_of(text: str, timepoints: Sequence[Timepoint]) -> str:
    """The code of the timepoint that a cell or a name means; "" where it is none, or not clear."""
    exact = next((one.code for one in timepoints if text.strip().lower() in (one.code.lower(), one.label.lower())), "")
    found = find_timepoint(words_of(text), timepoints) if not exact else None
    return exact or (found.code if found else "")


def by_name(words: Sequence[str], timepoints: Sequence[Timepoint]) -> TimeFound | None:
    """Its code or label stands in the name; the longest one wins."""
    runs = [
        (len(run), one.code, place)
        for one in timepoints
        for run in (words_of(one.code), words_of(one.label))
        if run
        for place in range(len(words) - len(run) + 1)
        if list(words[place : place + len(run)]) == run
    ]
    return only([(code, range(place, place + size)) for size, code, place in runs if size == max(runs)[0]])


def by_days(words: Sequence[str], timepoints: Sequence[Timepoint]) -> TimeFound | None:
    """So many days, weeks, months or years: of a timepoint's own day, or of what its code or label says."""
    found = []
    for days, places in spans(words):
        for one in timepoints:
            said = [one.day] if one.day is not None else []
            said += [day for text in (one.code, one.label) for day, _ in spans(words_of(text))]
            if any(abs(days - day) <= max(3 if day > 14 else 0.5, NEAR * day) for day in said):
                found.append((one.code, places))
    return only(found)


def spans(words: Sequence[str]) -> list[tuple[float, range]]:
    """Each "6 weeks" or "month 6" among the words, as days."""
    found = []
    for place, (first, second) in enumerate(itertools.pairwise(words)):
        number, unit = (first, second) if first.isdigit() else (second, first)
        if number.isdigit() and len(number) < 6 and unit in DAYS:
            found.append((int(number) * DAYS[unit], range(place, place + 2)))
    return found


def by_kind(words: Sequence[str], timepoints: Sequence[Timepoint]) -> TimeFound | None:
    """Before, where the study has one baseline; after, where it has one follow-up."""
    for known, wanted in ((BASELINE, True), (AFTER, False)):
        places = places_of(words, known)
        codes = [one.code for one in timepoints if one.baseline == wanted]
        if places and len(codes) == 1:
            return TimeFound(codes[0], frozenset(places))
    return None


def places_of(words: Sequence[str], known: Set[str]) -> list[int]:
    """Where known words stand, also those that are written as two: pre-op."""
    whole = [place for place, word in enumerate(words) if word in known]
    halves = [place for place, two in enumerate(itertools.pairwise(words)) if "".join(two) in known]
    return whole + [spot for place in halves for spot in (place, place + 1)]


def without_time(words: Sequence[str]) -> list[str]:
    """The words that say nothing of a time."""
    said = {spot for _, places in spans(words) for spot in places} | set(places_of(words, BASELINE | AFTER))
    return [word for place, word in enumerate(words) if place not in said]


def only(found: list[tuple[str, range]]) -> TimeFound | None:
    """The timepoint, where all that was found is one."""
    if len({code for code, _ in found}) != 1:
        return None
    return TimeFound(found[0][0], frozenset(place for _, places in found for place in places))
