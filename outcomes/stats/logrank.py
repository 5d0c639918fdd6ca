"""Do groups reach the event alike? The log-rank test, also stratified, with the one-step hazard ratio of two groups."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from math import exp, lcm, sqrt

from scipy.special import chdtrc

from .estimable import Interval, NotEstimable
from .normal import Z95
from .ratios import added
from .solve import Dependent, inverse
from .times import EVENT, Ended

Groups = Mapping[str, Ended]
# e to more than this is no ratio that anybody would read, and soon no floating-point number either.
_MOST = 700


@dataclass(frozen=True, kw_only=True)
class LogRank:
    """chi2 = (O - E)' V^-1 (O - E) with df = groups - 1, observed and expected events by group.

    hazard_ratio: the first group against the second, where there are two groups; else why there is none. Groups of
    which nobody was ever at risk at an event are left out of the comparison, as R does, and are not in observed.
    """

    chi2: float
    df: int
    p: float
    observed: Mapping[str, int]
    expected: Mapping[str, float]
    hazard_ratio: Interval | NotEstimable

    def payload(self) -> dict:
        """The fields as JSON values, without the hazard ratio, which is the test's effect."""
        numbers = asdict(self)
        return {name: numbers[name] for name in ("chi2", "df", "p", "observed", "expected")}


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """Observed and expected events by group, and the hypergeometric covariances, exactly."""

    observed: Mapping[str, int]
    expected: Mapping[str, Fraction]
    variances: Mapping[tuple[str, str], Fraction]

    def away(self, group: str) -> Fraction:
        return self.observed[group] - self.expected[group]

    def variance(self, one: str, other: str) -> Fraction:
        # Strata that name their groups in other orders have the same pair the other way round.
        return sum((self.variances.get(pair, Fraction(0)) for pair in {(one, other), (other, one)}), Fraction(0))


def log_rank(groups: Groups) -> LogRank | NotEstimable:
    """The test of all groups; the order of the groups is the order of the hazard ratio.

    Peto R, Peto J. Asymptotically efficient rank invariant test procedures. J R Stat Soc A 1972;135:185-207.
    """
    return stratified_log_rank([groups])


def stratified_log_rank(strata: Iterable[Groups]) -> LogRank | NotEstimable:
    """Observed, expected and covariances are taken within each stratum and added: groups are compared within strata.

    A stratum may lack groups. The groups stand in the order in which the strata first name them.
    """
    sums = _sums([*strata])
    if len(sums.observed) < 2:
        return NotEstimable(f"a comparison needs at least 2 groups, and there is {len(sums.observed) or 'none'}")
    if not any(sums.observed.values()):
        return NotEstimable("nobody had the event")
    compared = [group for group in sums.observed if sums.expected[group]]
    if len(compared) < 2:
        return NotEstimable(f"nobody but {compared[0]} was at risk when an event happened")
    try:
        chi2 = _quadratic(sums, compared[1:])
    except Dependent:
        return NotEstimable("no event happened while groups that could be compared were at risk together")
    return LogRank(
        chi2=chi2,
        df=len(compared) - 1,
        p=float(chdtrc(len(compared) - 1, chi2)),
        observed={group: sums.observed[group] for group in compared},
        expected={group: float(sums.expected[group]) for group in compared},
        hazard_ratio=_hazard_ratio(sums, compared),
    )


def _sums(strata: list[Groups]) -> _Sums:
    observed = dict.fromkeys((group for stratum in strata for group in stratum), 0)
    expected: dict[str, list[tuple[int, int]]] = {group: [] for group in observed}
    variances: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for stratum in strata:
        for at_risk, events in _event_times(stratum):
            n, d = sum(at_risk.values()), sum(events.values())
            for group, many in at_risk.items():
                observed[group] += events[group]
                expected[group].append((d * many, n))
            if d < n:  # the last ones to fail together leave nothing to chance
                for one, other in combinations_with_replacement(at_risk, 2):
                    shared = at_risk[one] * ((n if one == other else 0) - at_risk[other])
                    variances.setdefault((one, other), []).append((d * (n - d) * shared, n * n * (n - 1)))
    return _Sums(
        observed=observed,
        expected={group: Fraction(*added(terms)) for group, terms in expected.items()},
        variances={pair: Fraction(*added(terms)) for pair, terms in variances.items()},
    )


def _event_times(groups: Groups) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """For each time with an event: how many of each group are at risk, of those groups that have anybody, and fail."""
    at_risk = {group: sum(sum(cell.values()) for cell in ended.values()) for group, ended in groups.items()}
    for time in sorted({time for ended in groups.values() for time in ended}):
        here = {group: ended.get(time, {}) for group, ended in groups.items()}
        if any(cell.get(EVENT) for cell in here.values()):
            left = {group: many for group, many in at_risk.items() if many}
            yield left, {group: here[group].get(EVENT, 0) for group in left}
        for group, cell in here.items():
            at_risk[group] -= sum(cell.values())


def _quadratic(sums: _Sums, groups: list[str]) -> float:
    """(O - E)' V^-1 (O - E) over all groups but one, V being inverted as a matrix of whole numbers."""
    matrix = [[sums.variance(one, other) for other in groups] for one in groups]
    scale = lcm(*(cell.denominator for row in matrix for cell in row))
    inverted = inverse([[int(cell * scale) for cell in row] for row in matrix])
    return float(
        scale
        * sum(
            sums.away(one) * cell * sums.away(other)
            for one, row in zip(groups, inverted, strict=True)
            for other, cell in zip(groups, row, strict=True)
        )
    )


def _hazard_ratio(sums: _Sums, groups: list[str]) -> Interval | NotEstimable:
    """exp((O - E) / V), limits exp((O - E) / V -+ z / sqrt(V)), of the first group against the second.

    Yusuf S, et al. Beta blockade during and after myocardial infarction. Prog Cardiovasc Dis 1985;27:335-71.
    """
    if len(groups) > 2:
        return NotEstimable(f"a hazard ratio compares 2 groups, and there are {len(groups)}")
    first, second = groups
    variance = sums.variance(first, first)
    ratio, half = float(sums.away(first) / variance), Z95 / sqrt(variance)
    if abs(ratio) + half > _MOST:
        return NotEstimable("too little was at stake at the events for a hazard ratio")
    low, high = exp(ratio - half), exp(ratio + half)
    method = f"Peto one-step from the log-rank test, {first} against {second}"
    return Interval(estimate=exp(ratio), low=low, high=high, method=method)


def log_hazard(groups: Groups) -> tuple[Fraction, Fraction] | NotEstimable:
    """(O - E) / V of the first of two groups against the second, and 1 / V, its variance: one part of two stages.

    The logarithm of Peto's one-step hazard ratio. Refused where no event happened while both were at risk together.
    """
    if len(groups) != 2:
        return NotEstimable(f"a hazard ratio compares 2 groups, and there are {len(groups)}")
    sums, first = _sums([groups]), next(iter(groups))
    variance = sums.variance(first, first)
    if not variance:
        return NotEstimable("no event happened while both groups were at risk together")
    return sums.away(first) / variance, 1 / variance
