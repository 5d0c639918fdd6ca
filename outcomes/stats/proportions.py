"""Counting who has what: contingency tables, and the intervals of a share and of what lies between two shares."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import exp, log, sqrt

from scipy.special import betaincinv, chdtrc, ndtri

from .effects import cramers_v
from .estimable import Interval, NotEstimable
from .fisher import fisher_p_values
from .normal import Z95

Table = list[list[int]]


@dataclass(frozen=True, kw_only=True)
class ChiSquared:
    """Do the rows of a table share their columns alike? Pearson's test, without continuity correction.

    min_expected is the smallest expected count; below 5 the exact p-values are the ones to read. cramers_v is
    sqrt(chi2 / (n * min(rows - 1, columns - 1))). The remaining numbers belong to 2 x 2 tables and are None elsewhere:
    Yates' corrected chi-squared, Fisher's exact p (two-sided, the sum of all tables no likelier than this one) and
    its mid-p, the sample odds ratio ad / bc (None where bc = 0), risk_difference, the share of the second column in the
    first row minus its share in the second row, and risk_ratio, the one divided by the other (refused where a share is
    0).
    """

    chi2: float
    df: int
    p: float
    min_expected: float
    cramers_v: Interval
    chi2_yates: float | None = None
    p_yates: float | None = None
    fisher_p: float | None = None
    fisher_mid_p: float | None = None
    odds_ratio_sample: float | None = None
    risk_difference: Interval | None = None
    risk_ratio: Interval | NotEstimable | None = None

    def payload(self) -> dict:
        """The general numbers, and the 2 x 2 ones where the table is 2 x 2."""
        numbers = asdict(self)
        if self.risk_difference is None:
            return {name: numbers[name] for name in ("chi2", "df", "p", "min_expected", "cramers_v")}
        return numbers | {"risk_ratio": self.risk_ratio.payload()}


def chi_squared(table: Mapping[str, Mapping[str, int]]) -> ChiSquared | NotEstimable:
    """Pearson's chi-squared of rows x columns, sum((O - E)**2 / E), df = (rows - 1)(columns - 1).

    A column that a row does not mention is 0 there. A row or column without anybody is named in the refusal. Yates:
    |O - E| is lessened by min(1/2, |O - E|), as R and scipy do.
    """
    rows, columns = list(table), list(dict.fromkeys(column for row in table.values() for column in row))
    cells = [[int(table[row].get(column, 0)) for column in columns] for row in rows]
    refused = _unfit(rows, columns, cells)
    if refused:
        return refused
    expected = _expected(cells)
    chi2 = _pearson(cells, expected)
    df = (len(rows) - 1) * (len(columns) - 1)
    size = sum(map(sum, cells)) * min(len(rows) - 1, len(columns) - 1)
    return ChiSquared(
        chi2=float(chi2),
        df=df,
        p=float(chdtrc(df, float(chi2))),
        min_expected=float(min(map(min, expected))),
        cramers_v=cramers_v(chi2, df=df, size=size),
        **(_fourfold(cells, expected, rows, columns) if len(rows) == len(columns) == 2 else {}),
    )


def _unfit(rows: list[str], columns: list[str], cells: Table) -> NotEstimable | None:
    if any(many < 0 for row in cells for many in row):
        raise ValueError("a cell cannot hold fewer than 0")
    for name, row in zip(rows, cells, strict=True):
        if not sum(row):
            return NotEstimable(f"row '{name}' is empty")
    for name, column in zip(columns, zip(*cells, strict=True), strict=True):
        if not sum(column):
            return NotEstimable(f"column '{name}' is empty")
    if len(rows) < 2 or len(columns) < 2:
        return NotEstimable("a comparison needs at least 2 rows and 2 columns")
    return None


def _expected(cells: Table) -> list[list[Fraction]]:
    n, down = sum(map(sum, cells)), [sum(column) for column in zip(*cells, strict=True)]
    return [[Fraction(sum(row) * many, n) for many in down] for row in cells]


def _pearson(cells: Table, expected: list[list[Fraction]], *, lessened: bool = False) -> Fraction:
    chi2 = Fraction(0)
    for row, expected_row in zip(cells, expected, strict=True):
        for seen, due in zip(row, expected_row, strict=True):
            away = abs(seen - due)
            chi2 += (away - min(Fraction(1, 2), away) if lessened else away) ** 2 / due
    return chi2


def _fourfold(cells: Table, expected: list[list[Fraction]], rows: list[str], columns: list[str]) -> dict:
    (a, b), (c, d) = cells
    yates = float(_pearson(cells, expected, lessened=True))
    fisher_p, fisher_mid_p = fisher_p_values(a, b, c, d)
    return {
        "chi2_yates": yates,
        "p_yates": float(chdtrc(1, yates)),
        "fisher_p": fisher_p,
        "fisher_mid_p": fisher_mid_p,
        "odds_ratio_sample": float(Fraction(a * d, b * c)) if b * c else None,
        "risk_difference": newcombe(b, a + b, d, c + d, of=f"'{columns[1]}', {rows[0]} minus {rows[1]}"),
        "risk_ratio": risk_ratio(b, a + b, d, c + d, of=f"'{columns[1]}', {rows[0]} over {rows[1]}"),
    }


def wilson(x: int, n: int, level: float = 0.95) -> Interval | NotEstimable:
    """The share x / n with Wilson's score interval; it is sensible at 0 of n and n of n too.

    (p + z**2/2n -+ z sqrt(p(1-p)/n + z**2/4n**2)) / (1 + z**2/n). Wilson EB, J Am Stat Assoc 1927;22:209-12.
    """
    if not 0 <= x <= n:
        raise ValueError(f"{x} of {n} is not a share")
    if n == 0:
        return NotEstimable("nobody to take a share of")
    z = float(ndtri((1 + level) / 2))
    middle, half = x + z * z / 2, z * sqrt(x * (n - x) / n + z * z / 4)
    return Interval(
        estimate=x / n,
        low=(middle - half) / (n + z * z) if x else 0.0,
        high=(middle + half) / (n + z * z) if x < n else 1.0,
        level=level,
        method="Wilson score",
    )


def clopper_pearson(x: int, n: int, level: float = 0.95) -> Interval | NotEstimable:
    """The share x / n, exactly: from the share that x or more have probability 2.5 % under, to that of x or fewer.

    Quantiles of the beta distribution; never too narrow, and wider than Wilson's. Clopper & Pearson, Biometrika
    1934;26:404-13.
    """
    if not 0 <= x <= n:
        raise ValueError(f"{x} of {n} is not a share")
    if n == 0:
        return NotEstimable("nobody to take a share of")
    tail = (1 - level) / 2
    return Interval(
        estimate=x / n,
        low=float(betaincinv(x, n - x + 1, tail)) if x else 0.0,
        high=float(betaincinv(x + 1, n - x, 1 - tail)) if x < n else 1.0,
        level=level,
        method="Clopper-Pearson exact",
    )


def newcombe(x1: int, n1: int, x2: int, n2: int, *, of: str = "") -> Interval:
    """The difference of two shares, x1/n1 - x2/n2, with Newcombe's hybrid score interval (his method 10).

    d - sqrt((p1-l1)**2 + (u2-p2)**2), d + sqrt((u1-p1)**2 + (p2-l2)**2), from the Wilson limits of each share. `of`
    says in the method which share it is. Newcombe RG, Stat Med 1998;17:873-90.
    """
    one, two = wilson(x1, n1), wilson(x2, n2)
    difference = float(Fraction(x1, n1) - Fraction(x2, n2))
    down = sqrt((one.estimate - one.low) ** 2 + (two.high - two.estimate) ** 2)
    up = sqrt((one.high - one.estimate) ** 2 + (two.estimate - two.low) ** 2)
    return Interval(
        estimate=difference,
        low=max(-1.0, difference - down),
        high=min(1.0, difference + up),
        method="Newcombe hybrid score" + (f"; share of {of}" if of else ""),
    )


def risk_ratio(x1: int, n1: int, x2: int, n2: int, *, of: str = "") -> Interval | NotEstimable:
    """(x1/n1) / (x2/n2) with the limits of its logarithm, +-z sqrt(1/x1 - 1/n1 + 1/x2 - 1/n2).

    Katz et al., Biometrics 1978;34:469-74. Where either share is 0 the logarithm has no limits, and nothing is added
    to the counts to make some: the difference of the shares is then the effect to read.
    """
    if not (x1 and x2):
        return NotEstimable("nobody has it in one of the groups, so the ratio of the shares has no limits")
    ratio = Fraction(x1 * n2, n1 * x2)
    middle = log(ratio.numerator) - log(ratio.denominator)
    reach = Z95 * sqrt(Fraction(n1 - x1, x1 * n1) + Fraction(n2 - x2, x2 * n2))
    return Interval(
        estimate=float(ratio),
        low=exp(middle - reach),
        high=exp(middle + reach),
        method="Katz log" + (f"; share of {of}" if of else ""),
    )
