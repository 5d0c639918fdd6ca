"""Which of a result's variants a preset quotes, and what to call it. Every variant stands on the result's own page.

Outcomes computes them all whatever the preset. Each rule here takes a payload and the preset's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PRESETS = {
    "stata": "as Stata prints",
    "medcalc": "as MedCalc prints",
    "r": "as R prints",
    "modern": "effect sizes and intervals always; Holm's adjustment",
}
QUARTILES = {"stata": ("_t2", "type 2, as Stata"), "medcalc": ("_t5", "type 5, as MedCalc")}
LINEAR = ("", "type 7, linear interpolation")
SMALL_ENOUGH_FOR_EXACT = {"modern": 25, "r": 49}


@dataclass(frozen=True)
class Quoted:
    """A p-value with the name of the test that gave it."""

    p: float | None
    test: str


def quartiles(group: Mapping, preset: str) -> tuple[float | None, float | None]:
    """(Q1, Q3) of a description, by the preset's rule."""
    suffix, _ = QUARTILES.get(preset, LINEAR)
    return group.get(f"q1{suffix}", group.get("q1")), group.get(f"q3{suffix}", group.get("q3"))


def quartile_rule(preset: str) -> str:
    return QUARTILES.get(preset, LINEAR)[1]


def signed_rank(payload: Mapping, preset: str) -> Quoted:
    """The paired test's p-value: zeros ranked for Stata, dropped elsewhere; exact where preset and n allow."""
    name = "Wilcoxon signed-rank test"
    nonzero = payload.get("n_nonzero", 0)
    if preset == "stata":
        return Quoted(payload.get("p_pratt"), f"{name}, zeros kept in the ranking, no continuity correction")
    if preset == "r":
        if payload.get("p_exact") is not None and nonzero <= SMALL_ENOUGH_FOR_EXACT["r"]:
            return Quoted(payload["p_exact"], f"{name}, exact")
        return Quoted(payload.get("p_normal_cc"), f"{name}, zeros dropped, continuity correction")
    if preset == "modern" and payload.get("p_exact_ties") is not None and nonzero <= SMALL_ENOUGH_FOR_EXACT["modern"]:
        return Quoted(payload["p_exact_ties"], f"{name}, zeros dropped, exact with ties")
    return Quoted(payload.get("p_normal"), f"{name}, zeros dropped, no continuity correction")


def mann_whitney(payload: Mapping, preset: str) -> Quoted:
    """The rank-sum test's p-value by the preset's rule."""
    name = "Mann-Whitney test"
    n1, n2 = payload.get("n1", 0), payload.get("n2", 0)
    exact = payload.get("p_exact")
    if exact is not None and preset == "modern" and n1 + n2 <= SMALL_ENOUGH_FOR_EXACT["modern"]:
        return Quoted(exact, f"{name}, exact with ties")
    if exact is not None and preset == "medcalc" and max(n1, n2) <= 20 and not payload["has_ties"]:
        return Quoted(exact, f"{name}, exact")
    if preset == "r":
        if exact is not None and max(n1, n2) <= SMALL_ENOUGH_FOR_EXACT["r"] and not payload["has_ties"]:
            return Quoted(exact, f"{name}, exact")
        return Quoted(payload.get("p_normal_cc"), f"{name}, corrected for ties and continuity")
    return Quoted(payload.get("p_normal"), f"{name}, corrected for ties")


def dunn(pair: Mapping, preset: str) -> Quoted:
    """A pair's p-value as the preset prints it: Stata one-sided and raw, MedCalc two-sided and raw, else Holm."""
    if preset == "stata" and "p_one_sided" in pair:
        return Quoted(pair["p_one_sided"], "Dunn's test, one-sided, unadjusted")
    if preset == "medcalc":
        return Quoted(pair.get("p"), "Dunn's test, unadjusted")
    return Quoted(pair.get("p_holm"), "Dunn's test, Holm's adjustment")


def crosstab(payload: Mapping, preset: str) -> Quoted:
    """Pearson without correction; Yates for R's 2x2; Fisher's mid-p for the modern 2x2."""
    if preset == "r" and payload.get("p_yates") is not None:
        return Quoted(payload["p_yates"], "chi-squared test, Yates' correction")
    if preset == "modern" and payload.get("fisher_mid_p") is not None:
        return Quoted(payload["fisher_mid_p"], "Fisher's test, mid-p")
    return Quoted(payload.get("p"), "Pearson's chi-squared test, no correction")


def mcnemar(payload: Mapping, preset: str) -> Quoted:
    """Paired yes/no answers: exact for Stata and MedCalc, continuity-corrected for R, mid-p else."""
    name = "McNemar's test"
    if preset in ("stata", "medcalc"):
        return Quoted(payload.get("p_exact"), f"{name}, exact")
    if preset == "r":
        return Quoted(payload.get("p_cc"), f"{name}, continuity correction")
    return Quoted(payload.get("p_mid"), f"{name}, mid-p")


def normality(payload: Mapping, preset: str) -> Quoted:
    """The test of normality that the program prints; the modern preset quotes none. No test is chosen by it."""
    if preset == "medcalc":
        return Quoted(payload.get("lilliefors", {}).get("p"), "Kolmogorov-Smirnov test, Lilliefors's p")
    if preset in ("stata", "r"):
        return Quoted(payload.get("shapiro_wilk", {}).get("p"), "Shapiro-Wilk test")
    return Quoted(None, "no test of normality is quoted")
