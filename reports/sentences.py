"""Pieces of the sentences that tell results: an interval named as one, what a p shows, the rule of a responder."""

from collections.abc import Mapping, Sequence

from reports import wording
from reports.manifest import Manifest

USUAL = 0.05  # below it a difference is said to be shown; the methods say so


def ci(found: Mapping | None, places: int) -> str:
    """'1.5 (95 % CI 1 to 2)'; '' where there is none."""
    if not found or wording.not_estimable(found) or found.get("estimate") is None:
        return ""
    shown = wording.interval(found, places, wording.short)
    return shown if "not estimable" in shown else shown.replace("(", "(95 % CI ", 1)


def shown_or_not(p: float | None, what: str) -> str:
    return f"; no {what} was shown" if p is not None and p >= USUAL else ""


def reaching(found: Mapping | None, p: float | None) -> str:
    """'; the interval reaches 0', where p alone would say that a difference was shown."""
    limits = [(found or {}).get(side) for side in ("low", "high")]
    if p is None or p >= USUAL or None in limits:
        return ""
    return "; the interval reaches 0" if limits[0] <= 0 <= limits[1] else ""


def small(label: str) -> str:
    return wording.within_text(label)


def p_range(ps: Sequence[float]) -> str:
    """'p from 0.25 to 0.85', or the one p."""
    if len(ps) < 2:
        return wording.p_value(ps[0]) if ps else ""
    return f"p from {wording.p_number(min(ps))} to {wording.p_number(max(ps))}"


def rule_sentence(entry: Mapping, manifest: Manifest) -> str:
    """'improved by 2 points or more', of a rule of responders."""
    instrument, part = manifest.instrument(entry["instrument"]), entry.get("relative_improvement_ge")
    unit = f" {instrument.unit}" if instrument.unit else ""
    least = wording.short(entry.get("improvement_ge"), 6) if part is None else wording.short(part * 100, 1)
    enough = f"{least}{unit}" if part is None else f"{least} %"
    return f"improved by {enough} or more"
