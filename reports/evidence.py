"""Pieces that the tables of all types share: a share with its exact interval, an effect in words, a test in words."""

from collections.abc import Mapping, Sequence

from reports import questions, wording
from reports.layout import Column, Note
from reports.manifest import Manifest

EXACT_CI = "95\N{NO-BREAK SPACE}% CI, exact"
WILSON_CI = "95\N{NO-BREAK SPACE}% CI, Wilson"
SHARE_NOTE = "CI, confidence interval: exact (Clopper-Pearson), and Wilson's score interval beside it."

EFFECTS = {
    "hodges_lehmann": "Hodges-Lehmann estimate",
    "cliffs_delta": "Cliff's delta",
    "epsilon_squared": "epsilon squared",
    "kendalls_w": "Kendall's W",
    "cramers_v": "Cramer's V",
    "rank_biserial": "rank-biserial r",
    "common_odds_ratio": "common odds ratio",
    "hazard_ratio": "hazard ratio",
    "stratified_cliffs_delta": "Cliff's delta, stratified",
    "slope_of_share": "change of the share per unit",
    "net_better": "share better minus share worse",
}
IN_POINTS = ("risk_difference", "paired_risk_difference", "incidence_difference", "slope_of_share", "net_better")
STRATA = {
    "n": "n",
    "x": "Yes",
}


def percents(interval: Mapping | None) -> str:
    """'62 to 89 %' of an interval of shares; the reason where there is none."""
    if interval is None:
        return wording.ABSENT
    if reason := wording.not_estimable(interval):
        return reason
    if interval.get("low") is None or interval.get("high") is None:
        return wording.ABSENT
    low, high = (wording.fixed(100 * interval[side], 1) for side in ("low", "high"))
    return f"{low} to {high} %"


def share(cell: Mapping) -> str:
    """'12/14 (86 %)' of {"x", "n"}."""
    return wording.share(cell.get("x", 0), cell.get("n", 0))


def share_cells(cell: Mapping) -> tuple[str, str, str]:
    """x/n (%), the exact interval, Wilson's."""
    return share(cell), percents(cell.get("clopper_pearson")), percents(cell.get("wilson"))


def effect(payload: Mapping, places: int = 2) -> str:
    """'Cliff's delta 0.33 (0.10 to 0.52)'; differences of shares in percentage points; '' where there is none."""
    found = payload.get("effect")
    if not isinstance(found, Mapping):
        return ""
    if reason := wording.not_estimable(found):
        return f"{effect_name(found)}: {reason}"
    return f"{effect_name(found)} {effect_size(found, places)}"


def effect_name(found: Mapping) -> str:
    name = found.get("name", "effect")
    return EFFECTS.get(name, wording.plain(name))


def effect_size(found: Mapping, places: int = 2) -> str:
    """The estimate and its limits."""
    if found.get("name") not in IN_POINTS:
        return wording.interval(found, places)
    scaled = {side: found[side] and 100 * found[side] for side in ("estimate", "low", "high")}
    return f"{wording.interval(scaled, 1)} pp"


STATISTICS = {"H": "H", "chi2": "chi-squared", "z": "z", "statistic": "statistic", "W": "W", "D": "D", "t": "t"}


def tested(payload: Mapping, manifest: Manifest, name: str = "") -> str:
    """'Gray's test: chi-squared = 3.10, df = 1, p = 0.078; hazard ratio 0.5 (0.2 to 1.1); n = 14.'"""
    test = wording.heading(payload.get("test") or name or "test")
    if reason := wording.not_estimable(payload):
        return f"{test}: {reason}."
    if payload.get("p") is None:
        return ""
    parts = [f"{words} = {wording.fixed(payload[key], 2)}" for key, words in STATISTICS.items()
             if isinstance(payload.get(key), int | float)]  # fmt: skip
    parts += [f"df = {payload['df']}"] if "df" in payload else []
    words = ", ".join([*parts, wording.p_value(payload["p"])])
    n = questions.n_words(payload, manifest)
    return "; ".join(filter(None, [f"{test}: {words}", effect(payload), f"n = {n}" if n else ""])) + "."


def notes(*texts: str) -> tuple[Note, ...]:
    """Those that say something."""
    return tuple(Note(text) for text in texts if text)


def columns(head: str, *labels: str, over: str = "") -> tuple[Column, ...]:
    return (Column(head, numeric=False), *(Column(label, over=over) for label in labels))


def levels_of(payload: Mapping, by: str | None, manifest: Manifest) -> dict[str, Mapping]:
    """{'All': cell, 'complex': cell, ...} of a payload that has all and by."""
    cells = payload.get("by") or {}
    groups = [group for group in payload.get("groups") or cells if group in cells]
    everyone = {"All": payload["all"]} if isinstance(payload.get("all"), Mapping) else {}
    return everyone | {manifest.level_heading(by, group): cells[group] for group in groups}


def left_out(results: Sequence[Mapping], manifest: Manifest) -> str:
    """Who was left out of a lone result; several say so in their own rows."""
    return questions.left_out(results[0]["payload"], manifest) if len(results) == 1 else ""


def without_values(payload: Mapping) -> str:
    """'75 left out', who lack a value that the analysis needs; the result's page says which."""
    gone = sum(payload.get("left_out", {}).values())
    return f"{gone} left out" if gone else ""
