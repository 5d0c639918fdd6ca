"""Drugs for bone: what they do, when they were taken, and whether a course was too long."""

from datetime import date

from registry.derived.spans import Span

# Singh calls denosumab osteoanabolic, which is wrong: it is an anti-RANKL antiresorptive [K].
CLASSES = {
    "bisphosphonate_oral": "antiresorptive", "zoledronate": "antiresorptive", "denosumab": "antiresorptive",
    "serm_hrt": "antiresorptive", "calcitonin": "antiresorptive",
    "teriparatide": "anabolic", "abaloparatide": "anabolic",
    "romosozumab": "dual",
}  # fmt: skip
OF_NO_CLASS = frozenset({"calcium", "vitamin_d", "other"})
ROMOSOZUMAB = "romosozumab"


def bone_drug_class(drug: str | None) -> str | None:
    """antiresorptive, anabolic or dual [K]; None of calcium, vitamin D and others. ValueError of an unknown code."""
    if drug is not None and drug not in CLASSES and drug not in OF_NO_CLASS:
        raise ValueError(f"{drug!r} is no bone drug of the list")
    return CLASSES.get(drug)


def bone_drug_timing(start: Span | None, end: Span | None, index: Span | None) -> str | None:
    """pre: ended before the index; post: began after it; peri: taken on its day [P]. None where dates do not say."""
    if index is None:
        return None
    if end is not None and end.before(index):
        return "pre"
    if start is not None and index.before(start):
        return "post"
    began = start is not None and index.before(start) is False
    lasted = end is not None and end.before(index) is False
    return "peri" if began and lasted else None


def over_12_months(drug: str, start: Span | None, end: Span | None, *, today: date) -> bool | None:
    """Whether a course of romosozumab is longer than its limit of 12 months [S]; False of every other drug.

    Without an end it is held against today. None where the dates are too coarse to say.
    """
    if drug != ROMOSOZUMAB:
        return False
    if start is None:
        return None
    end = Span(today, today) if end is None else end
    if end.first > _a_year_after(start.last):
        return True
    return False if end.last <= _a_year_after(start.first) else None


def _a_year_after(day: date) -> date:
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else date(day.year + 1, 2, 28)
