"""Do both ways give the same numbers? Every number that both give, side by side."""

from collections.abc import Iterator
from itertools import combinations
from math import isclose

from tests.bench.parts.cohort import ARMS, INSTRUMENTS, TIMEPOINTS

TOLERANCE = 1e-9  # relative, so that a p-value of 1e-12 is held to it too
Pair = tuple[str, float, float]

DESCRIBED = {"n": "count", "mean": "mean", "sd": "std", "min": "min", "median": "median", "max": "max"}


def pairs(payloads: dict[str, dict], found: dict) -> Iterator[Pair]:
    """(what it is, ours, the peer's), for all analyses."""
    for instrument in INSTRUMENTS:
        yield from described(instrument, payloads[f"describe {instrument}"], found["describe"])
    yield from ranked(payloads["kruskal"], found["kruskal"])
    yield from paired(payloads["signed rank"], *found["signed rank"])
    yield from between(payloads["mann-whitney"], *found["mann-whitney"])


def described(instrument: str, payload: dict, found: dict) -> Iterator[Pair]:
    for code in TIMEPOINTS:
        cell, row = payload[code], found["numbers"].loc[(instrument, code)]
        for name, theirs in DESCRIBED.items():
            yield f"{instrument} {code} {name}", cell[name], row[theirs]
        for name, share in (("q1", 0.25), ("q3", 0.75)):
            yield f"{instrument} {code} {name}", cell[name], found["quartiles"].loc[(instrument, code, share)]


def ranked(payload: dict, found: dict) -> Iterator[Pair]:
    yield "Kruskal-Wallis H", payload["H"], found["overall"].statistic
    yield "Kruskal-Wallis p", payload["p"], found["overall"].pvalue
    asked = list(combinations(TIMEPOINTS, 2))
    for place, (pair, between) in enumerate(zip(payload["dunn"], asked, strict=True)):
        if (pair["a"], pair["b"]) != between:
            raise ValueError(f"Dunn's pair {place} is {pair['a']} - {pair['b']}, not {between[0]} - {between[1]}")
        for name in ("z", "p", "p_holm"):
            yield f"Dunn {' - '.join(between)} {name}", pair[name], found["dunn"][name][place]
    n, test = found["friedman"]
    own = payload["friedman_complete_cases"]
    yield from (("Friedman n", own["n"], n), ("Friedman chi2", own["chi2"], test.statistic))
    yield "Friedman p", own["p"], test.pvalue


def paired(payload: dict, n: int, test) -> Iterator[Pair]:
    yield "signed-rank pairs", payload["n_pairs"], n
    yield "signed-rank W", payload["W_min"], test.statistic
    yield "signed-rank z, without sign", abs(payload["z"]), abs(test.zstatistic)  # SciPy gives it none: W is a minimum
    yield "signed-rank p", payload["p_normal"], test.pvalue


def between(payload: dict, sizes: tuple[int, int], test) -> Iterator[Pair]:
    for arm, size in zip(ARMS, sizes, strict=True):
        yield f"Mann-Whitney n {arm}", payload["n"][arm], size
    yield "Mann-Whitney U1", payload["U1"], test.statistic
    yield "Mann-Whitney p", payload["p_normal"], test.pvalue


def differing(compared: list[Pair]) -> list[Pair]:
    """The pairs that are not equal within the tolerance; a NaN equals nothing."""
    return [pair for pair in compared if not isclose(pair[1], pair[2], rel_tol=TOLERANCE, abs_tol=0.0)]
