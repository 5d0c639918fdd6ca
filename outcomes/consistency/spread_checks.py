"""Is the printed spread possible? Against the bands of the same variable, its scale, and its printed range."""

import re
from collections.abc import Iterator
from fractions import Fraction
from math import sqrt

from scipy.special import stdtrit

from outcomes.consistency.findings import IMPOSSIBLE, Finding, about, where
from outcomes.consistency.links import Links
from outcomes.consistency.printed import Printed, decimal_text, multiples
from outcomes.consistency.reader import Figure
from outcomes.consistency.spread import Band, mean_range, root, sd_limits, smallest_on_grid, smallest_variance

_FROM_TO = re.compile(r"(\d+)_(?:to_)?(\d+)\Z", re.ASCII)
_BELOW = re.compile(r"(?:under|below|lt)_(\d+)\Z|up_to_(\d+)\Z", re.ASCII)
_ABOVE = re.compile(r"(\d+)_(?:plus|and_over|and_above)\Z|(?:over|above|gt)_(\d+)\Z", re.ASCII)


def check(links: Links) -> Iterator[Finding]:
    """Each printed mean in turn."""
    for figure in links.figures:
        if "mean" in figure.numbers:
            yield from _against_bands(figure, links)
            yield from _against_range(figure, links)
            yield from _against_scale(figure, links)


def band_of(member: str, n: int, *, whole: bool) -> Band | None:
    """The band that a name says: under_70, 70_79, 90_plus. With whole values 70_79 ends at 79, else just below 80."""
    if found := _FROM_TO.match(member):
        low, high = map(int, found.groups())
        return Band(low=Fraction(low), high=Fraction(high if whole else high + 1), n=n)
    if found := _BELOW.match(member):
        edge = int(found[1]) - whole if found[1] else int(found[2]) + (not whole)
        return Band(low=None, high=Fraction(edge), n=n)
    if found := _ABOVE.match(member):
        edge = int(found[1]) if found[1] else int(found[2]) + whole
        return Band(low=Fraction(edge), high=None, n=n)
    return None


def _against_bands(figure: Figure, links: Links) -> Iterator[Finding]:
    """x against x_band.* of the same place, whose counts are everybody's."""
    members = links.families.get((figure.location, f"{figure.variable}_band", figure.subgroup, figure.timepoint), [])
    if not members or any("n" not in member.counts for member in members):
        return
    exact, whole = ([band_of(m.member, m.counts["n"], whole=w) for m in members] for w in (False, True))
    if None in exact or sum(band.n for band in exact) < 2:
        return
    mean, shown = figure.numbers["mean"], [figure, *members]
    low, high = mean_range(exact)
    if (low is not None and mean.high < low) or (high is not None and mean.low > high):
        limits = f"{'' if low is None else decimal_text(low, 1)} to {'' if high is None else decimal_text(high, 1)}"
        says = f"{where(figure)}: with the printed bands the mean lies in {limits}, and {mean} is printed."
        yield about("mean_of_bands", IMPOSSIBLE, shown, printed=str(mean), possible=limits, says=says)
        return
    smallest = smallest_variance(exact, mean.low, mean.high)
    for name in ("sd", "spread"):
        if name in figure.numbers and smallest is not None and figure.numbers[name].high ** 2 < smallest:
            in_whole = smallest_variance(whole, mean.low, mean.high)
            yield _too_small(shown, name, smallest, in_whole, sum(band.n for band in exact))


def _too_small(shown: list[Figure], name: str, smallest: Fraction, in_whole: Fraction | None, n: int) -> Finding:
    figure, sd = shown[0], shown[0].numbers[name]
    places = max(sd.places, 1)
    least = decimal_text(root(smallest, places), places)
    says = f"{where(figure)}: ± {sd} cannot be a standard deviation. "
    says += f"With the printed mean and bands of {n} it is at least {least}"
    if in_whole is not None:
        says += f" ({decimal_text(root(in_whole, places), places)} in whole units)"
    implied = float(sd.value) * sqrt(n) / float(stdtrit(n - 1, 0.975))
    says += f". As half of a 95 % interval it would mean an SD of {implied:.1f}."
    return about("spread_of_bands", IMPOSSIBLE, shown, printed=f"± {sd}", possible=f"{least} or more", says=says)


def _against_range(figure: Figure, links: Links) -> Iterator[Finding]:
    """A mean beside its smallest and largest value: one of n is at each end, so the mean is not."""
    mean, low, high = (figure.numbers.get(name) for name in ("mean", "min", "max"))
    if low is None or high is None:
        return
    n = links.people(figure) or links.size(figure.subgroup)
    inward = (high.high - low.low) / n if n and n > 1 else Fraction(0)
    if mean.high < low.low + inward or mean.low > high.high - inward:
        limits = f"{decimal_text(low.value + inward, mean.places)} to {decimal_text(high.value - inward, mean.places)}"
        says = f"{where(figure)}: a mean of {mean} is not possible between {low} and {high}"
        says += f" with {n} values." if n else "."
        yield about("mean_of_range", IMPOSSIBLE, [figure], printed=str(mean), possible=limits, says=says)
    elif "sd" in figure.numbers and n and n > 1:
        yield from _too_large(figure, _largest(mean, n, low.low, high.high), f"a range of {low} to {high}", n)


def _against_scale(figure: Figure, links: Links) -> Iterator[Finding]:
    """A mean and SD on a known scale, of a printed number of people."""
    scale, n = links.scale(figure), links.people(figure)
    sd, mean = figure.numbers.get("sd"), figure.numbers["mean"]
    if scale is None or sd is None or not n or n < 2:
        return
    if scale.high is not None:
        limits = f"a scale of {decimal_text(scale.low, 0)} to {decimal_text(scale.high, 0)}"
        yield from _too_large(figure, _largest(mean, n, scale.low, scale.high), limits, n)
    # Between two values of the grid the bound is a hill, lowest at an end; a grid value inside takes it to 0.
    least = min(smallest_on_grid(end, n, scale.step) for end in (mean.low, mean.high))
    if not multiples(mean.low, mean.high, scale.step) and sd.high**2 < least:
        shown = decimal_text(root(least, 2), 2)
        says = (
            f"{where(figure)}: a mean of {mean} of {n} whole values has an SD of at least {shown}, and {sd} is printed."
        )
        yield about("sd_limits", IMPOSSIBLE, [figure], printed=str(sd), possible=f"{shown} or more", says=says)


def _largest(mean: Printed, n: int, low: Fraction, high: Fraction) -> Fraction:
    middle = min(max((low + high) / 2, mean.low), mean.high)
    return sd_limits(min(max(middle, low), high), n, low, high)


def _too_large(figure: Figure, most: Fraction, limits: str, n: int) -> Iterator[Finding]:
    sd = figure.numbers["sd"]
    if sd.low > 0 and sd.low**2 > most:
        shown = decimal_text(root(most, 2), 2)
        says = (
            f"{where(figure)}: on {limits}, {n} values with this mean have an SD of at most {shown}; {sd} is printed."
        )
        yield about("sd_limits", IMPOSSIBLE, [figure], printed=str(sd), possible=f"{shown} or less", says=says)
