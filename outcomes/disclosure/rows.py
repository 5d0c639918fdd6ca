"""One row of counts whose sum is known: which of them may be told.

Everybody may know this algorithm. A reader of a published row therefore knows that the true row is one of its class:
the rows with that sum which this algorithm publishes in just that way. What is safe is decided for the class and never
for the row, so that being withheld tells nothing more: `reach` says which values each hidden cell has over the class.

The class has a closed form. Hidden cells are small, unless they were hidden to enlarge the group (one cell at most) or
had been hidden in an earlier release (sticky). So it is a union of boxes cut by one sum: one box where nothing was
enlarged, and one for each cell that can have been the next smallest. The tests compare it with all rows there are.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from outcomes.disclosure.policy import Policy

Published = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a row's cells beforehand, by position.

    structural: those that are zero whatever the patients are. sticky: those that an earlier release hid. spared: those
    that stand in other rows too, and are therefore never hidden just to enlarge a group.
    """

    structural: frozenset[int] = frozenset()
    sticky: frozenset[int] = frozenset()
    spared: frozenset[int] = frozenset()


NOTHING = Known()


@dataclass(frozen=True)
class Reach:
    """The values of one hidden cell over a class: the small ones, and all others up to the largest."""

    small: frozenset[int]
    lowest: int
    highest: int

    def is_wide(self, width: int) -> bool:
        """Whether each small value has another one in the class that is at least so far from it."""
        return all(max(self.highest - value, value - self.lowest) >= width for value in self.small)


def publish_row(
    cells: Sequence[int], policy: Policy, structural_zero: Collection[int] = (), *, known: Known = NOTHING
) -> Published | None:
    """The row as it may leave, hidden cells None; None where nothing of it may. The cells' sum is taken as known."""
    if structural_zero:
        known = Known(structural=frozenset(structural_zero), sticky=known.sticky, spared=known.spared)
    if any(cells[at] for at in known.structural) or any(count < 0 for count in cells):
        raise ValueError("a cell that has to be zero is not, or a count is below zero")
    if sum(cells) < policy.min_group:
        return None
    hidden = hidden_cells(cells, policy, known)
    if hidden is None or len(hidden) == len(cells):
        return None
    published = tuple(None if at in hidden else int(count) for at, count in enumerate(cells))
    reached = reach(published, int(sum(cells)), policy, known) if hidden else {}
    return published if all(each.is_wide(policy.min_width) for each in reached.values()) else None


def hidden_cells(cells: Sequence[int], policy: Policy, known: Known = NOTHING) -> frozenset[int] | None:
    """Small cells and those hidden before; and the next smallest where these are a small group. None: none is left."""
    open_cells = [at for at in range(len(cells)) if at not in known.structural]
    small = {at for at in open_cells if policy.is_small(cells[at])}
    if not known.sticky and not any(cells[at] for at in small):
        return frozenset()  # the sum shows that all of them are zero
    hidden = small | (known.sticky - known.structural)
    mass = sum(cells[at] for at in hidden)
    if mass == 0 or mass >= policy.min_cell:
        return frozenset(hidden)
    more = [at for at in open_cells if at not in hidden and at not in known.spared]
    return frozenset(hidden | {min(more, key=lambda at: (cells[at], at))}) if more else None


def reach(published: Published, total: int, policy: Policy, known: Known = NOTHING) -> dict[int, Reach]:
    """Each hidden cell's values over all rows with this sum that are hidden in just this way."""
    boxes = list(class_of(published, total, policy, known))
    hidden = [at for at, count in enumerate(published) if count is None]
    return {at: _together([box[at] for box in boxes if at in box], policy) for at in hidden}


def class_of(
    published: Published, total: int, policy: Policy, known: Known = NOTHING
) -> Iterator[dict[int, tuple[int, int]]]:
    """The boxes that the class is made of: for each hidden cell its smallest and its largest value in the box.

    Each value in between is some row's of the class, as in a box that is cut by one sum each cell moves by ones.
    """
    hidden = [at for at, count in enumerate(published) if count is None]
    mass = total - sum(count for count in published if count is not None)
    largest = {at: mass if at in known.sticky else min(policy.min_cell - 1, mass) for at in hidden}
    if mass == 0 or mass >= policy.min_cell:
        yield from _cut(largest, mass, mass)
    for at in hidden:
        if at in known.sticky or at in known.spared:
            continue
        others = {other: most for other, most in largest.items() if other != at}
        fewest = max(1, mass - largest_grown(at, published, mass, policy, known))
        most = min(policy.min_cell - 1, mass - policy.min_cell, sum(others.values()))
        for box in _cut(others, fewest, most):
            yield box | {at: (mass - most, mass - fewest)}


def largest_grown(at: int, published: Published, mass: int, policy: Policy, known: Known) -> int:
    """The largest count with which a cell would still be hidden before any of those that are told."""
    told = [
        (count, place)
        for place, count in enumerate(published)
        if count is not None and place not in known.spared and place not in known.structural
        and not policy.is_small(count)
    ]  # fmt: skip
    if not told:
        return mass
    count, place = min(told)
    return count if at < place else count - 1


def _cut(largest: dict[int, int], fewest: int, most: int) -> Iterator[dict[int, tuple[int, int]]]:
    """The cells' ranges from 0 to their largest, cut by a sum from fewest to most; nothing where that is empty."""
    room = sum(largest.values())
    most = min(most, room)
    if largest and fewest <= most:
        yield {at: (max(0, fewest - (room - each)), min(each, most)) for at, each in largest.items()}


def _together(ranges: list[tuple[int, int]], policy: Policy) -> Reach:
    small = {value for low, high in ranges for value in range(low, min(high, policy.min_cell - 1) + 1)}
    return Reach(frozenset(small), min(low for low, _ in ranges), max(high for _, high in ranges))
