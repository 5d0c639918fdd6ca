"""Do the peers find the same numbers? Every number that both give, side by side."""

from collections.abc import Iterator
from math import isclose

from tests.bench.parts.registry import ARM, ARMS, INSTRUMENTS, TIMEPOINTS

TOLERANCE = 1e-9
Pair = tuple[str, float, float]
DESCRIBED = ("n", "mean", "sd", "q1", "median", "q3")
FIRST = TIMEPOINTS[0]


def pairs(payloads: dict, peers: dict) -> Iterator[Pair]:
    """(what it is, ours, the peer's)."""
    ours = {name.removeprefix("overview|"): one for name, one in payloads.items() if name.startswith("overview|")}
    theirs = peers.get("scipy", {}).get("found", {})
    for key in INSTRUMENTS if theirs else ():
        yield from of_instrument(key, ours, theirs)
    for key, H in peers.get("R", {}).get("H", {}).items():
        yield f"R {key} H", ours[f"{key}_timepoints_compared"]["H"], H


def of_instrument(key: str, ours: dict, theirs: dict) -> Iterator[Pair]:
    by_arm = ours[f"{key}_over_time_by_{ARM}"]
    for code in TIMEPOINTS:
        yield from beside(f"{key} {code}", ours[f"{key}_over_time"][code], DESCRIBED, theirs[f"{key}|describe"][code])
        for arm, found in zip(ARMS, theirs[f"{key}|by arm"][code], strict=True):
            yield from beside(f"{key} {code} {arm}", by_arm[code][arm], DESCRIBED, found)
        test = ours[f"{key}_{code}_by_{ARM}"]
        yield from beside(f"{key} {code} U", test, ("U1", "p_normal"), theirs[f"{key}|{code}|mannwhitney"])
        if f"{key}|{code}|chi2" in theirs:
            yes = ours[f"{key}_{code}_yes_by_{ARM}"]
            yield from beside(f"{key} {code} chi2", yes, ("chi2", "p"), theirs[f"{key}|{code}|chi2"])
    overall = ours[f"{key}_timepoints_compared"]
    yield from beside(f"{key} Kruskal-Wallis", overall, ("H", "p"), theirs[f"{key}|kruskal"])
    friedman = overall["friedman_complete_cases"]
    yield from beside(f"{key} Friedman", friedman, ("chi2", "p"), theirs[f"{key}|friedman"])
    for pair, p in zip(overall["dunn"], theirs[f"{key}|dunn"], strict=True):
        yield f"{key} Dunn {pair['a']} - {pair['b']}", pair["p_holm"], p
    for code in TIMEPOINTS[1:]:
        paired = ours[f"{key}_{FIRST}_to_{code}"]
        yield from beside(f"{key} {code} W", paired, ("W_min", "p_normal"), theirs[f"{key}|{code}|wilcoxon"])


def beside(what: str, ours: dict, names: tuple[str, ...], theirs: list[float]) -> Iterator[Pair]:
    for name, other in zip(names, theirs, strict=True):
        yield f"{what} {name}", ours[name], other


def differing(compared: list[Pair]) -> list[dict]:
    """The pairs that are not equal within the tolerance; a NaN equals nothing."""
    return [
        {"what": what, "ours": one, "peer": other}
        for what, one, other in compared
        if not isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-15)
    ]
