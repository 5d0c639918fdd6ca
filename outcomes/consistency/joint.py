"""Can two groups, and both together, have their printed quartiles at once? Exact, by a sweep over the values.

At each value some of either group's people are added. All that matters of the past is how many of each group are at or
below the value, and the value of an order statistic whose upper neighbour is still to come; so the states are few.
Those from which a group by itself cannot arrive are left out beforehand, and every other one that is reached is
followed.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from outcomes.consistency.quartiles import Bound

LARGEST = 12_000  # values of the grid x people of one group x people of the other
LONGEST = 60_000  # steps of the sweep: a fraction of a second

State = tuple[int, int | None]  # how many are at or below the value, and the last of them where that is still needed
START: State = (0, None)


class TooLong(Exception):
    """The question is too large to be answered while somebody waits."""


def highest_needed(demands: tuple[Bound, ...], low: int) -> int:
    """A value above which no order statistic that is asked for can lie."""
    tops = [bound.above(low)[1] if bound.part else bound.high // bound.of for bound in demands]
    return max([low, *tops]) + 1


@lru_cache(maxsize=512)
def is_possible_together(
    first: tuple[int, tuple[Bound, ...]],
    second: tuple[int, tuple[Bound, ...]],
    whole: tuple[Bound, ...],
    *,
    low: int,
    high: int,
) -> bool:
    """first, second: how many people, and what their quartiles demand. whole: what those of all together demand.

    Raises TooLong. Values above `high` are for those whose value nobody asks for.
    """
    if (high - low + 1) * (first[0] + 1) * (second[0] + 1) > LARGEST:
        raise TooLong
    given = (first, second, (first[0] + second[0], whole))
    one, two, both = (_Group(n, demands, low, high) for n, demands in given)
    states, steps = {(START, START, START)}, 0
    for value in range(low, high + 1):
        after = set()
        for before in states:
            for each in _steps(one, two, both, before, value):
                after.add(each)
                steps += 1
            if steps > LONGEST:
                raise TooLong
        states = after
    return bool(states)


def _steps(one: "_Group", two: "_Group", both: "_Group", before: tuple[State, ...], value: int) -> Iterator[tuple]:
    for a, b in product(one.after(before[0], value), two.after(before[1], value)):
        together = both.move(*before[2], a[0] + b[0], value)
        if together in both.alive[value]:
            yield a, b, together


class _Group:
    """The states of one group; alive: for each value, those after it from which the group can arrive."""

    def __init__(self, n: int, demands: tuple[Bound, ...], low: int, high: int):
        self.n, self.demands = n, demands
        self.pending = {bound.rank for bound in demands if bound.part}
        self.alive: dict[int, set[State]] = {}
        self.moves: dict[tuple[State, int], list[State]] = {}
        reached = [{START}]
        for value in range(low, high + 1):
            reached.append({after for before in reached[-1] for after in self._all(before, value)})
        arriving = {state for state in reached[-1] if self._is_over(state[0])}
        for value, befores in zip(range(high, low - 1, -1), reversed(reached[:-1]), strict=True):
            self.alive[value] = arriving
            arriving = {before for before in befores if self.after(before, value)}

    def after(self, before: State, value: int) -> list[State]:
        """The states after this value from which the group can arrive."""
        if (before, value) not in self.moves:
            self.moves[before, value] = [state for state in self._all(before, value) if state in self.alive[value]]
        return self.moves[before, value]

    def _all(self, before: State, value: int) -> list[State]:
        moves = (self.move(*before, up_to, value) for up_to in range(before[0], self.n + 1))
        return [state for state in moves if state]

    def move(self, at: int, last: int | None, up_to: int, value: int) -> State | None:
        """The state once ranks at + 1 to up_to have this value; None where a quartile forbids it."""
        for bound in self.demands:
            if at < bound.rank <= up_to and not (bound.part and up_to == bound.rank):
                if not bound.allows(value, value):
                    return None
            elif bound.part and at == bound.rank and up_to > at and not bound.allows(last, value):
                return None
        return up_to, (last if up_to == at else value) if up_to in self.pending else None

    def _is_over(self, at: int) -> bool:
        """Are all order statistics that are asked for already placed? Whoever is left lies above them."""
        return all(at >= bound.last for bound in self.demands)
