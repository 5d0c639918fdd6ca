"""GRIM: a mean of n values on a grid is a whole multiple of step / n.

Brown NJL, Heathers JAJ. Soc Psychol Personal Sci 2017;8:363-9.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from outcomes.consistency.findings import DISAGREES, IMPOSSIBLE, Finding, about, in_words, where
from outcomes.consistency.links import Links
from outcomes.consistency.printed import Printed, decimal_text, multiples
from outcomes.consistency.reader import Figure
from outcomes.consistency.scales import Scale

SHOWN = 6
LARGEST = 500  # numbers of people that are tried one by one


def sums(mean: Printed, n: int, scale: Scale) -> range:
    """The sums of n values on the grid, in steps, whose mean prints as this one. Half up or half down."""
    low, high = max(mean.low, scale.low), mean.high if scale.high is None else min(mean.high, scale.high)
    return multiples(low * n, high * n, scale.step)


def check(links: Links) -> Iterator[Finding]:
    """Means that no whole values have. n of the subgroup only: fewer may have been asked, so it disagrees."""
    for figure in links.figures:
        scale, mean = links.scale(figure), figure.numbers.get("mean")
        if scale is None or mean is None:
            continue
        if not (scale.low <= mean.high and (scale.high is None or mean.low <= scale.high)):
            yield _beyond(figure, mean, scale)
            continue
        own = links.people(figure)
        n = own or links.size(figure.subgroup)
        if n and not sums(mean, n, scale):
            yield _impossible(figure, mean, n, scale, certain=bool(own))


def _beyond(figure: Figure, mean: Printed, scale: Scale) -> Finding:
    limits = f"{decimal_text(scale.low, 0)} to {'any' if scale.high is None else decimal_text(scale.high, 0)}"
    says = f"{where(figure)}: a mean of {mean} lies outside the scale, {limits}."
    return about("outside_scale", IMPOSSIBLE, [figure], printed=str(mean), possible=limits, says=says)


def _impossible(figure: Figure, mean: Printed, n: int, scale: Scale, *, certain: bool) -> Finding:
    below = floor(mean.value * n / scale.step)
    places = mean.places + 1
    beside = [decimal_text(Fraction(k) * scale.step / n, places) for k in (below, below + 1)]
    fewer = [m for m in range(1, min(n, LARGEST)) if sums(mean, m, scale)]
    says = f"{where(figure)}: {mean} cannot be the mean of {n} values in steps of {decimal_text(scale.step, 0)}"
    says += f"; the nearest are {in_words(beside, 'and')}."
    if fewer:
        says += f" It could be the mean of {in_words(fewer[:SHOWN])}."
    severity = IMPOSSIBLE if certain or not fewer else DISAGREES
    return about("grim", severity, [figure], printed=f"{mean} of {n}", possible=in_words(beside), says=says)
