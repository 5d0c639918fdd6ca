"""Secondary procedures: which count for Cox's rate, and when the first was."""

from collections.abc import Iterable

RADIATION = "radiation_therapy"


def counts_for_cox_rate(type_code: str | None, reason: str | None, *, newly_started: bool | None = None) -> bool | None:
    """Whether it was done for unresolved pain [S, Cox]: the removal of a screw at 5 months is not counted.

    Radiation counts only if it was newly started for that; otherwise it is adjuvant radiation, and one course is not
    counted as both. None where the reason, or of radiation whether it was new, is not known.
    """
    if type_code is None or reason is None:
        return None
    if reason != "unresolved_pain":
        return False
    return newly_started if type_code == RADIATION else True


def first_secondary_procedure_day(days: Iterable[int | None]) -> int | None:
    """Days from the index to the first of a patient's secondary procedures [S, Cox: mean and median are of these].

    None without any, and where the day of one is not known: it may have been the first. ValueError of a negative day.
    """
    days = list(days)
    if any(day is not None and day < 0 for day in days):
        raise ValueError("a secondary procedure is not before its index")
    return None if not days or None in days else min(days)
