"""Who is left out in several steps: the reasons of each step as one account."""

from collections import Counter
from collections.abc import Mapping


def all_left_out(*steps: Mapping[str, int]) -> dict[str, int]:
    """How many are left out for which reason over all steps; what two steps call alike is added, not written over.

    A covariate may be called "time": whoever has none of it, and later whoever has no time to the event, is "no_time".
    """
    together: Counter[str] = Counter()
    for step in steps:
        together.update(step)
    return dict(together)
