"""One effect from each site, then all of them as one: common effect, and random effects by three estimators of tau2.

The second of two stages; the first is any estimate with a variance. Sites are put in the order of their names first,
and every sum is exact before it is rounded, so the order in which sites come changes no bit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from math import fsum, isfinite, sqrt

from scipy.special import chdtrc, ndtri, stdtr, stdtrit

from .estimable import Interval, NotEstimable
from .meta_spread import Pairs, dersimonian_laird, paule_mandel, profile_limits, reml, typical_variance, weighed
from .normal import two_sided

COMMON = "common_effect"
RANDOM = {"dersimonian_laird": dersimonian_laird, "paule_mandel": paule_mandel, "reml": reml}
METHODS = (COMMON, *RANDOM)
KNAPP = "Hartung-Knapp-Sidik-Jonkman: t, k - 1 df"
PREDICTED = "t, k - 2 df, of sqrt(tau2 + se**2), se without Hartung-Knapp (Higgins, Thompson & Spiegelhalter 2009)"


@dataclass(frozen=True)
class SiteEffect:
    """A site's estimate with its variance, of n; or why it has none."""

    site: str
    estimate: float | None
    variance: float | None
    n: int
    reason: str = ""

    @property
    def why_not(self) -> str:
        """Why it has no part in the second stage; empty where it has one."""
        if self.estimate is None or self.variance is None:
            return self.reason or "no estimate"
        if not (isfinite(self.estimate) and isfinite(self.variance)):
            return self.reason or "no finite estimate"
        return "" if self.variance > 0 else self.reason or "its variance is 0, which would give it all the weight"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site in the second stage: its interval is estimate -+ z sqrt(variance)."""

    site: str
    n: int
    variance: float
    effect: Interval


@dataclass(frozen=True, kw_only=True)
class Heterogeneity:
    """Q = sum w (y - mean)**2 about the common effect, chi-squared with k - 1 df; I2 = (Q - df) / Q or 0; H2 = Q / df.

    tau2: the Q-profile interval, with I2's limits that follow from it, tau2 / (tau2 + typical variance).
    """

    q: float
    df: int
    p: float
    i2: float
    h2: float
    tau2_interval: Interval | NotEstimable
    i2_interval: Interval | NotEstimable

    def payload(self) -> dict:
        intervals = {name: getattr(self, name).payload() for name in ("tau2_interval", "i2_interval")}
        return asdict(self) | intervals


@dataclass(frozen=True, kw_only=True)
class Summary:
    """All sites as one, under one model. i2 = tau2 / (tau2 + typical variance), h2 = 1 / (1 - i2).

    normal: estimate -+ z se. hartung_knapp: estimate -+ t se sqrt(q), q = sum w (y - mean)**2 / (k - 1), with q as it
    is: nothing is done where q is below 1 and the interval so becomes narrower. hartung_knapp_adhoc: with q taken for 1
    there (Knapp & Hartung, Stat Med 2003;22:2693-710). prediction: where a further site's true effect would lie.
    weights: each site's share, in the sites' order.
    """

    tau2: float
    i2: float
    h2: float
    estimate: float
    se: float
    p: float
    normal: Interval
    q: float | None
    p_hartung_knapp: float | None
    hartung_knapp: Interval | NotEstimable
    hartung_knapp_adhoc: Interval | NotEstimable
    prediction: Interval | NotEstimable
    weights: tuple[float, ...]

    def payload(self) -> dict:
        names = ("normal", "hartung_knapp", "hartung_knapp_adhoc", "prediction")
        return asdict(self) | {name: getattr(self, name).payload() for name in names} | {"weights": [*self.weights]}


@dataclass(frozen=True, kw_only=True)
class TwoStage:
    """k sites that have an estimate, in the order of their names; those without, each with the reason; every model."""

    k: int
    n: int
    sites: tuple[Site, ...]
    without: tuple[SiteEffect, ...]
    heterogeneity: Heterogeneity
    summaries: dict[str, Summary] = field(default_factory=dict)

    def payload(self) -> dict:
        return {
            "k": self.k,
            "n": self.n,
            "sites": [asdict(site) for site in self.sites],
            "without": left_without(self.without),
            "heterogeneity": self.heterogeneity.payload(),
            "summaries": {name: summary.payload() for name, summary in self.summaries.items()},
        }


def left_without(effects: Iterable[SiteEffect]) -> list[dict]:
    """The sites that have no part, in the order of their names, as JSON values."""
    found = sorted((each.site, each.n, each.why_not) for each in effects if each.why_not)
    return [{"site": site, "n": n, "reason": reason} for site, n, reason in found]


def two_stage(effects: Sequence[SiteEffect], *, alpha: float = 0.05) -> TwoStage | NotEstimable:
    """The sites' estimates as one, under each of METHODS. Refused where fewer than two sites have one."""
    if len({each.site for each in effects}) < len(effects):
        raise ValueError("a site has one estimate")
    ordered = sorted(effects, key=lambda each: each.site)
    taken = [each for each in ordered if not each.why_not]
    if len(taken) < 2:
        return NotEstimable(f"two stages need at least 2 sites with an estimate, and there is {len(taken) or 'none'}")
    pairs = [(float(each.estimate), float(each.variance)) for each in taken]
    spread = {COMMON: 0.0} | {name: tau2_of(pairs) for name, tau2_of in RANDOM.items()}
    return TwoStage(
        k=len(taken),
        n=sum(each.n for each in taken),
        sites=tuple(_site(each, alpha) for each in taken),
        without=tuple(each for each in ordered if each.why_not),
        heterogeneity=_heterogeneity(pairs, alpha),
        summaries={name: _summary(pairs, tau2, alpha, random=name != COMMON) for name, tau2 in spread.items()},
    )


def _site(each: SiteEffect, alpha: float) -> Site:
    effect = _around(float(each.estimate), _normal(alpha) * sqrt(each.variance), alpha, "normal")
    return Site(site=each.site, n=each.n, variance=float(each.variance), effect=effect)


def _around(estimate: float, reach: float, alpha: float, method: str) -> Interval:
    return Interval(estimate=estimate, low=estimate - reach, high=estimate + reach, level=1 - alpha, method=method)


def _normal(alpha: float) -> float:
    return float(ndtri(1 - alpha / 2))


def _heterogeneity(pairs: Pairs, alpha: float) -> Heterogeneity:
    q, df = weighed(pairs, 0.0).q, len(pairs) - 1
    i2, tau2 = max(0.0, 1 - df / q) if q else 0.0, dersimonian_laird(pairs)
    limits, typical = profile_limits(pairs, alpha), typical_variance(pairs)
    if limits is None:
        none = NotEstimable("the sites are more alike than chance would have them, so no tau2 has an interval")
        return Heterogeneity(q=q, df=df, p=_chi(df, q), i2=i2, h2=q / df, tau2_interval=none, i2_interval=none)
    shares = [limit / (limit + typical) for limit in limits]
    about = {"level": 1 - alpha, "method": "Q-profile"}
    return Heterogeneity(
        q=q,
        df=df,
        p=_chi(df, q),
        i2=i2,
        h2=q / df,
        tau2_interval=Interval(estimate=tau2, low=limits[0], high=limits[1], **about),
        i2_interval=Interval(estimate=i2, low=shares[0], high=shares[1], **about),
    )


def _chi(df: int, q: float) -> float:
    return float(chdtrc(df, q))


def _summary(pairs: Pairs, tau2: float, alpha: float, *, random: bool) -> Summary:
    at, df, typical = weighed(pairs, tau2), len(pairs) - 1, typical_variance(pairs)
    se = 1 / sqrt(at.total)
    i2 = tau2 / (tau2 + typical) if random else max(0.0, 1 - df / at.q) if at.q else 0.0
    none = NotEstimable("the common effect has one true value, the same in every site")
    q = at.q / df if random else None
    return Summary(
        tau2=tau2,
        i2=i2,
        h2=(tau2 + typical) / typical if random else at.q / df,
        estimate=at.mean,
        se=se,
        p=two_sided(at.mean / se),
        normal=_around(at.mean, _normal(alpha) * se, alpha, "normal"),
        q=q,
        p_hartung_knapp=_p_knapp(at.mean, se, q, df),
        hartung_knapp=_knapp(at.mean, se, q, df, alpha) if random else none,
        hartung_knapp_adhoc=_knapp(at.mean, se, max(1.0, q), df, alpha, rule=q < 1) if random else none,
        prediction=_predicted(at.mean, tau2, se, len(pairs), alpha) if random else none,
        weights=tuple(w / at.total for w in at.weights),
    )


def _knapp(mean: float, se: float, q: float, df: int, alpha: float, *, rule: bool | None = None):
    """rule: whether q was below 1 and so taken for 1; None where nothing is done about it."""
    if q == 0:
        return NotEstimable("the sites' estimates are all the same, so their spread gives no interval")
    applied = "q below 1 is left as it is" if rule is None else f"q below 1 is taken for 1: {'yes' if rule else 'no'}"
    reach = float(stdtrit(df, 1 - alpha / 2)) * se * sqrt(q)
    return _around(mean, reach, alpha, f"{KNAPP}, {applied}")


def _p_knapp(mean: float, se: float, q: float | None, df: int) -> float | None:
    return None if not q else float(2 * stdtr(df, -abs(mean / (se * sqrt(q)))))


def _predicted(mean: float, tau2: float, se: float, k: int, alpha: float) -> Interval | NotEstimable:
    if k < 3:
        return NotEstimable("a prediction interval needs at least 3 sites")
    reach = float(stdtrit(k - 2, 1 - alpha / 2)) * sqrt(fsum((tau2, se * se)))
    return _around(mean, reach, alpha, PREDICTED)
