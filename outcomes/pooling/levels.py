"""Whether a bundle's tables hold only what a patient of the spec can have: values in range, timepoints as planned."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from outcomes.pooling.bundle import Bundle, NotABundle
from outcomes.pooling.spec import Spec
from outcomes.stats.tables import Margins

CHANGES = "changes"  # the part of a table that counts differences from the baseline


def check_levels(bundle: Bundle, spec: Spec) -> None:
    """NotABundle where a trusted table names a timepoint or a value that the spec's instruments do not have."""
    orders = {timepoint["code"]: timepoint["order"] for timepoint in spec.document["timepoints"]}
    for name, (entry, _) in spec.analyses.items():
        about = spec.instruments.get(entry.get("instrument") or "")
        if about is None or not bundle.has(name):
            continue
        for called, part in bundle.tables_of(name).parts.items():
            if isinstance(part, Margins):
                check_timepoints(name, part, orders)
                check_values(name, part, limits_of(about, of_changes=called == CHANGES))


def check_timepoints(name: str, part: Margins, orders: Mapping[str, int]) -> None:
    wrong = [code for code, order in part.timepoints.items() if orders.get(code) != order]
    if wrong:
        raise NotABundle(f"tables.{name}: the spec's schedule has no such timepoint: {wrong[0][:40]}")


def limits_of(about: Mapping, *, of_changes: bool) -> tuple[Decimal, Decimal] | None:
    """The lowest and the highest value, or change of it. Of a draft only what was observed is known: no limits."""
    if about["status"] == "draft" or None in (about["minimum"], about["maximum"]):
        return None
    low, high = Decimal(about["minimum"]), Decimal(about["maximum"])
    return (low - high, high - low) if of_changes else (low, high)


def check_values(name: str, part: Margins, limits: tuple[Decimal, Decimal] | None) -> None:
    if limits is None:
        return
    low, high = limits
    scale = Decimal(10) ** part.decimals
    if any(not low * scale <= value <= high * scale for value in values_of(part)):
        raise NotABundle(f"tables.{name}: it counts a value outside {low} to {high}")


def values_of(part: Margins) -> Iterable[int]:
    return (value for groups in part.counts.values() for counts in groups.values() for value in counts)
