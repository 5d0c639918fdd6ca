"""Spinal Instability Neoplastic Score: the sum of its six components, and its band."""

from collections.abc import Mapping

# The points that a component can have [V]; one web source misprints those of pain.
POINTS = {
    "location": (0, 1, 2, 3),
    "pain": (0, 1, 3),
    "matrix": (0, 1, 2),
    "alignment": (0, 2, 4),
    "collapse": (0, 1, 2, 3),
    "posterolateral": (0, 1, 3),
}


def sins_total(components: Mapping[str, int | None]) -> int | None:
    """0 to 18; None unless all six are there. ValueError where a component has points that it cannot have [V]."""
    values = {name: components.get(name) for name in POINTS}
    for name, value in values.items():
        if value is not None and value not in POINTS[name]:
            raise ValueError(f"{name} has {' or '.join(map(str, POINTS[name]))} points, not {value}")
    return None if None in values.values() else sum(int(value) for value in values.values())


def sins_band(total: int | None) -> str | None:
    """0-6 stable, 7-12 potentially_unstable, 13-18 unstable [V]. ValueError outside of 0 to 18."""
    if total is None:
        return None
    if total not in range(19):
        raise ValueError(f"a total lies between 0 and 18, not at {total}")
    return "stable" if total <= 6 else "potentially_unstable" if total <= 12 else "unstable"
