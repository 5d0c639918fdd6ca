"""How a dose of opioids changed from the visit before the procedure. What the chart says in words is kept apart."""

from decimal import Decimal

METHOD = "mme_threshold"
THRESHOLD = Decimal("0.25")


def opioid_change(before: Decimal | None, after: Decimal | None) -> str:
    """decreased, stable, increased or unknown, by MME a day [P]: by 25 % of the dose before, or more.

    From 0 to any is increased, from any to 0 decreased, from 0 to 0 stable. unknown where either is missing;
    ValueError of a negative dose.
    """
    if before is None or after is None:
        return "unknown"
    if before < 0 or after < 0:
        raise ValueError("a dose is 0 or more")
    if before == after:
        return "stable"
    if after >= before * (1 + THRESHOLD):
        return "increased"
    return "decreased" if after <= before * (1 - THRESHOLD) else "stable"


def is_never_user(before: Decimal | None, after: Decimal | None) -> bool | None:
    """Whether both doses are 0: stable, and shown separately [P]. None where it cannot be said."""
    if before or after:
        return False
    return None if before is None or after is None else True
