"""What a visit is among the visits of its procedure: the final one, or one after a re-intervention."""

from collections.abc import Iterable
from typing import TypeVar

from registry.derived.certainty import any_of

Key = TypeVar("Key")


def final_visit(visits: Iterable[tuple[Key, int | None, bool]]) -> Key | None:
    """The key of the latest visit after the procedure that has an MSTS, of (key, day, has MSTS) [S, Cox].

    A rule of selection, not a time: the day is exported with it. None where there is none; a visit whose day is not
    known cannot be chosen. Of two on one day, the later in the list.
    """
    there = [(day, place, key) for place, (key, day, has) in enumerate(visits) if has and day is not None and day > 0]
    return max(there)[2] if there else None


def after_reintervention(day: int | None, reintervention_days: Iterable[int | None]) -> bool | None:
    """Whether a visit was after a reoperation or secondary procedure [P]; by days from the index.

    None where a day that decides is not known, and on the same day: which was first is not recorded.
    """
    days = list(reintervention_days)
    return any_of(None if None in (day, each) or day == each else day > each for each in days)
