"""Analysis of covariance with a term for each stratum, from the strata's own sums."""

from collections.abc import Mapping
from functools import reduce
from operator import add

from .ancova import Moments


def with_strata(strata: Mapping[str, Moments]) -> Moments:
    """All patients' sums, with a variable more for each stratum but the first: 1 for its patients, 0 for others.

    Strata without anybody have none. A model of these sums compares patients within strata, and only there.
    """
    there = {name: strata[name] for name in sorted(strata) if strata[name].n}
    whole = reduce(add, (there or strata).values())
    same = {name: moments.rescaled(whole.decimals) for name, moments in there.items()}
    extra = list(same)[1:]
    across = [(*row, *(same[name].sums[place] for name in extra)) for place, row in enumerate(whole.products)]
    down = [(*same[name].sums, *(same[name].n * (name == other) for other in extra)) for name in extra]
    return Moments(
        names=(*whole.names, *(f"site {name}" for name in extra)),
        decimals=(*whole.decimals, *(0 for _ in extra)),
        n=whole.n,
        sums=(*whole.sums, *(same[name].n for name in extra)),
        products=(*across, *down),
        group_counts=whole.group_counts,
    )
