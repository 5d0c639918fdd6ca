"""Do groups have the same cumulative incidence of an event, where something else may come first? Gray's test.

Each group's weights are its own curves' inverses, so exact sums would need denominators that grow with the square of
the number of times. The sums are therefore taken in decimals of fifty digits, in an order that follows from the table
alone: the same table gives the same bits on every machine.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Context, Decimal, localcontext

from scipy.special import chdtrc

from .estimable import NotEstimable
from .times import COMPETING, EVENT, Ended, how_many, people

Groups = Mapping[str, Ended]
Numbers = list[Decimal]

_FIFTY_DIGITS = Context(prec=50)
# A variance that is this small a part of what it was before others were accounted for is rounding: there is none.
_NOTHING = Decimal("1e-30")


@dataclass(frozen=True, kw_only=True)
class Gray:
    """Gray's chi-squared (rho = 0) for the event, df = groups - 1."""

    chi2: float
    df: int
    p: float

    def payload(self) -> dict:
        """The three fields as JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class _At:
    """A time at which anybody had the event or a competing one. Lists are by group.

    before, after: the share S with neither. incidence: the share F with the event, before. left: 1 - F as estimated
    for all groups together, before and after.
    """

    n_risk: list[int]
    events: list[int]
    competing: list[int]
    before: Numbers
    after: Numbers
    incidence: Numbers
    left: tuple[Decimal, Decimal]

    @property
    def weighed(self) -> Numbers:
        """The numbers at risk over S, which the common estimate counts in place of people."""
        return [n / s if n else Decimal(0) for n, s in zip(self.n_risk, self.before, strict=True)]


def gray(groups: Groups) -> Gray | NotEstimable:
    """Gray's test of the groups, as cmprsk::cuminc gives it with rho = 0.

    Gray RJ. A class of K-sample tests for comparing the cumulative incidence of a competing risk. Ann Stat
    1988;16:1141-54.
    """
    return stratified_gray([groups])


def stratified_gray(strata: Iterable[Groups]) -> Gray | NotEstimable:
    """Scores and covariances are taken within each stratum and added, as cuminc does with `strata`.

    Strata in which fewer than two groups have anybody say nothing and have no part.
    """
    strata = [{group: ended for group, ended in groups.items() if people(ended)} for groups in strata]
    seen = len({group for groups in strata for group in groups})
    if seen < 2:
        return NotEstimable(f"a comparison needs at least 2 groups, and there is {seen or 'none'}")
    strata = [groups for groups in strata if len(groups) > 1]
    if not strata:
        return NotEstimable("no stratum has anybody in two groups")
    if not sum(how_many(ended, EVENT) for groups in strata for ended in groups.values()):
        return NotEstimable("nobody had the event")
    names = dict.fromkeys(group for groups in strata for group in groups)
    with localcontext(_FIFTY_DIGITS):
        happened = [list(_happened([groups.get(name, {}) for name in names])) for groups in strata]
        chi2 = _chi_squared([times for times in happened if times])
    if isinstance(chi2, NotEstimable):
        return chi2
    return Gray(chi2=chi2, df=len(names) - 1, p=float(chdtrc(len(names) - 1, chi2)))


def _chi_squared(strata: list[list[_At]]) -> float | NotEstimable:
    if any(not at.left[0] for happened in strata for at in happened):
        return NotEstimable("the common estimate reaches 1 while people are still at risk")
    covariances = [_covariances(happened) for happened in strata]
    total = [[sum(cells) for cells in zip(*rows, strict=True)] for rows in zip(*covariances, strict=True)]
    chi2 = _quadratic(total, [sum(scores) for scores in zip(*map(_scores, strata), strict=True)])
    if chi2 is None:
        return NotEstimable("no event happened while groups that could be compared were at risk together")
    return float(chi2)


def _happened(groups: list[Ended]) -> Iterator[_At]:
    """The times at which anything but a censoring happened, in order, with each group's curves around them."""
    n_risk = [people(ended) for ended in groups]
    survival, incidence, left = [Decimal(1)] * len(groups), [Decimal(0)] * len(groups), Decimal(1)
    for time in sorted({time for ended in groups for time in ended}):
        cells = [ended.get(time, {}) for ended in groups]
        events, competing = ([cell.get(ending, 0) for cell in cells] for ending in (EVENT, COMPETING))
        if any(events) or any(competing):
            share = [s / n if n else Decimal(0) for s, n in zip(survival, n_risk, strict=True)]  # of one at risk
            lost = [part * (d + c) for part, d, c in zip(share, events, competing, strict=True)]
            # Whole people: where all at risk are lost, nothing is left, whatever the fiftieth digit says.
            after = [
                s - gone if n > d + c or not n else Decimal(0)
                for s, gone, n, d, c in zip(survival, lost, n_risk, events, competing, strict=True)
            ]
            fallen = sum(events) / sum(1 / part for part in share if part)
            yield _At(
                n_risk=[*n_risk],
                events=events,
                competing=competing,
                before=survival,
                after=after,
                incidence=incidence,
                left=(left, left - fallen),
            )
            incidence = [f + part * d for f, part, d in zip(incidence, share, events, strict=True)]
            survival, left = after, left - fallen
        n_risk = [n - sum(cell.values()) for n, cell in zip(n_risk, cells, strict=True)]


def _scores(happened: list[_At]) -> Numbers:
    """Events minus the events that the common estimate expects, of each group."""
    scores = [Decimal(0)] * len(happened[0].n_risk)
    for at in happened:
        if any(at.events):
            expecting = [h * (1 - f) for h, f in zip(at.weighed, at.incidence, strict=True)]
            each = sum(at.events) / sum(expecting)
            scores = [s + d - each * w for s, d, w in zip(scores, at.events, expecting, strict=True)]
    return scores


def _covariances(happened: list[_At]) -> list[Numbers]:
    """The scores' covariances: the chance of an ending in group k at a time, times what it does to the scores, squared.

    An ending acts at once (`own`) and on all that is expected later, which is how far `drift` is still to go.
    """
    groups = range(len(happened[0].n_risk))
    drift, moments = [[Decimal(0)] * len(groups) for _ in groups], []
    for at in happened:
        own, risen = _own(at), 1 - at.left[1] / at.left[0]
        drift = [[d + o * risen for d, o in zip(*rows, strict=True)] for rows in zip(drift, own, strict=True)]
        moments.append((at, own, drift))
    total = [[Decimal(0)] * len(groups) for _ in groups]
    for at, own, so_far in moments:
        for k in (k for k in groups if at.n_risk[k]):
            to_come = [drift[i][k] - so_far[i][k] for i in groups]
            _add_endings(total, at, k, own=[row[k] for row in own], to_come=to_come)
    return total


def _own(at: _At) -> list[Numbers]:
    """What an ending in group k (column) does at once to the score of group i (row)."""
    weighed, everyone = at.weighed, sum(at.weighed)
    return [[h * ((i == k) - other / everyone) for k, other in enumerate(weighed)] for i, h in enumerate(weighed)]


def _add_endings(total: list[Numbers], at: _At, k: int, *, own: Numbers, to_come: Numbers) -> None:
    """Add what the event and the competing event in group k at this time contribute to the covariances."""
    later = at.left[1] / at.after[k] if at.after[k] else Decimal(0)
    effect_of_event = [now + (1 - later) * rest for now, rest in zip(own, to_come, strict=True)]
    effect_of_competing = [later * rest for rest in to_come]
    n, share, events = at.n_risk[k], at.before[k] / at.n_risk[k], sum(at.events)
    everyone = sum(at.weighed)
    # Ties are events drawn without replacement, from the group's own people or from as many as the common estimate
    # would see in its place.
    chance_of_event = share * events / everyone * _tied(events, everyone * at.before[k])
    chance_of_competing = share**2 * at.competing[k] * _tied(at.competing[k], Decimal(n))
    for chance, effect in ((chance_of_event, effect_of_event), (chance_of_competing, effect_of_competing)):
        for i, one in enumerate(effect):
            for j, other in enumerate(effect):
                total[i][j] += chance * one * other


def _tied(many: int, n: Decimal) -> Decimal:
    return (n - many) / (n - 1) if many > 1 else Decimal(1)


def _quadratic(matrix: list[Numbers], vector: Numbers) -> Decimal | None:
    """vector' matrix^-1 vector without the last row and column, by elimination; None where there is no inverse."""
    size = len(vector) - 1
    work, chi2 = [[*row[:size], v] for row, v in zip(matrix[:size], vector[:size], strict=True)], Decimal(0)
    for k in range(size):
        pivot = work[k][k]
        if pivot <= _NOTHING * matrix[k][k] or not matrix[k][k]:
            return None
        chi2 += work[k][size] ** 2 / pivot
        for row in work[k + 1 :]:
            factor = row[k] / pivot
            row[:] = [x - factor * y for x, y in zip(row, work[k], strict=True)]
    return chi2
