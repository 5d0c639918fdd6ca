"""Every row of so many cells with so large a sum, and what a reader who knows the algorithm makes of what is told."""

from collections import defaultdict

from outcomes.disclosure.policy import Policy
from outcomes.disclosure.rows import publish_row

POLICY = Policy()
# 46,046 and 117,963 rows: all of 4 cells with a sum of 8 to 30, all of 5 cells with a sum of 8 to 24.
ALL = ((4, 30), (5, 24))
SMALLEST = 8


def rows_of(total, cells):
    """All rows of so many counts with this sum."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in rows_of(total - first, cells - 1):
            yield (first, *rest)


def every_row(cells, most, least=SMALLEST):
    return (row for total in range(least, most + 1) for row in rows_of(total, cells))


def told_alike(rows, publish=lambda row: publish_row(row, POLICY)):
    """(sum, what is told) -> the rows of which just that is told: what a reader knows is which of these it is."""
    classes = defaultdict(list)
    for row in rows:
        classes[sum(row), publish(row)].append(row)
    return classes


def spread_of(members, at):
    """How far apart the values are that a cell can have."""
    values = {row[at] for row in members}
    return max(values) - min(values)


def hidden_small(told, members):
    """The hidden cells that are small in any of the rows that are told alike."""
    places = range(len(members[0])) if told is None else [at for at, count in enumerate(told) if count is None]
    return [at for at in places if any(0 < row[at] < POLICY.min_cell for row in members)]


def pinned(classes):
    """How many rows are suppressed, and in how many of them a hidden small cell can only be what it is."""
    suppressed = leaking = 0
    for (_, told), members in classes.items():
        small = hidden_small(told, members)
        suppressed += len(members) if told is None or None in told else 0
        leaking += len(members) if any(spread_of(members, at) == 0 for at in small) else 0
    return suppressed, leaking


def primary(hide_zeros, smallest=POLICY.min_cell):
    """Small cells are hidden, and that is all that is done."""

    def publish(row):
        return tuple(None if count < smallest and (count or hide_zeros) else count for count in row)

    return publish


def next_smallest(row):
    """The rule that is often thought to be enough: where few are hidden, the next smallest cell is hidden too."""
    hidden = {at for at, count in enumerate(row) if count < POLICY.min_cell}
    if any(row[at] for at in hidden) and sum(row[at] for at in hidden) < POLICY.min_cell:
        left = [at for at in range(len(row)) if at not in hidden]
        hidden |= {min(left, key=lambda at: (row[at], at))} if left else set()
    return tuple(None if at in hidden else count for at, count in enumerate(row))
