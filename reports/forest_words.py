"""Two stages in words: what an effect is called, how its numbers are shown, the table of the sites, the sentences."""

from collections.abc import Iterator, Mapping
from math import exp

from reports import phrases, wording
from reports.evidence import columns, notes, tested
from reports.layout import Group, Row, Table, row, source
from reports.manifest import Manifest

NAMES = {
    "mean_change": "mean change",
    "mean_difference": "difference of means",
    "cliffs_delta": "Cliff's delta",
    "adjusted_difference": "adjusted difference",
    "odds_ratio": "odds ratio",
    "hazard_ratio": "hazard ratio",
    "risk_difference": "difference of shares",
    "paired_risk_difference": "change of the share",
    "incidence_difference": "difference of incidence",
    "net_better": "share better minus share worse",
    "share": "share",
}
IN_PERCENT = {"risk_difference", "paired_risk_difference", "incidence_difference", "net_better", "share"}
WITHIN_ONE = IN_PERCENT - {"share"} | {"cliffs_delta"}  # cannot lie outside -1 and 1, whatever a formula gives
MODELS = {
    "common_effect": "Common effect",
    "dersimonian_laird": "Random effects, DerSimonian-Laird",
    "paule_mandel": "Random effects, Paule-Mandel",
    "reml": "Random effects, REML",
}
MAIN = "reml"
CI = "95\N{NO-BREAK SPACE}% CI"


def title(result: Mapping, effect: Mapping, manifest: Manifest) -> str:
    """'Pain at 6 weeks by group, site by site: Cliff's delta, complex and simple'."""
    part = f", {part_of(effect, manifest)}" if effect.get("part") else between(effect, manifest)
    return f"{phrases.question(result['entry'], manifest)}, site by site: {called(effect)}{part}"


def called(effect: Mapping) -> str:
    return NAMES.get(effect["name"], wording.plain(effect["name"]))


def part_of(effect: Mapping, manifest: Manifest) -> str:
    return " and ".join(manifest.timepoint(each) for each in effect["part"].split(" - "))


def between(effect: Mapping, manifest: Manifest) -> str:
    """', complex against simple'; empty where two timepoints are compared, which the question names."""
    groups = [manifest.timepoint(each) for each in effect.get("compared", ())]
    return f", {' against '.join(groups)}" if groups and not set(effect["compared"]) <= set(manifest.timepoints) else ""


def unscaled(value: float, effect: Mapping) -> float:
    """From the scale of the estimates to what is shown: ratios and shares of their logarithms, shares in percent."""
    if effect["scale"] == "log":
        return exp(value)
    if effect["scale"] == "logit":
        return 100 / (1 + exp(-value))
    return 100 * value if effect["name"] in IN_PERCENT else value


def places(effect: Mapping) -> int:
    return 1 if effect["name"] in IN_PERCENT else 2


def unit(effect: Mapping) -> str:
    """' %' of a share, ' pp' of a difference of shares."""
    return (" %" if effect["name"] == "share" else " pp") if effect["name"] in IN_PERCENT else ""


def within(value: float, effect: Mapping) -> float:
    """A limit on the scale of the estimates, held where the effect can be."""
    return min(max(value, -1.0), 1.0) if effect["name"] in WITHIN_ONE else value


def ci(found: Mapping, effect: Mapping) -> str:
    """'0.52 (0.31 to 0.87)' of an interval on the scale of the estimates; the reason where there is none."""
    if reason := wording.not_estimable(found):
        return reason
    shown = {side: unscaled(within(found[side], effect), effect) for side in ("estimate", "low", "high")}
    return f"{wording.interval(shown, places(effect))}{unit(effect)}"


def limits(found: Mapping, effect: Mapping) -> str:
    """'0.31 to 0.87'."""
    if reason := wording.not_estimable(found):
        return reason
    ends = (unscaled(within(found[side], effect), effect) for side in ("low", "high"))
    low, high = (wording.fixed(end, places(effect)) for end in ends)
    return f"{low} to {high}{unit(effect)}"


def sure(summary: Mapping) -> tuple[Mapping, str]:
    """The interval of all sites that is read first, and its name: Hartung-Knapp's where there is one."""
    found = summary["hartung_knapp"]
    return (summary["normal"], "") if wording.not_estimable(found) else (found, "Hartung-Knapp ")


def narrow(effect: Mapping) -> str:
    """' The sites differ less than chance would have them ...' where tau2 is 0 and Hartung and Knapp's q below 1."""
    summary = effect["summaries"][MAIN]
    if not summary["q"] or summary["q"] >= 1 or summary["tau2"]:
        return ""
    return (
        f" The sites differ less than chance would have them (q = {small(summary['q'])}), which makes Hartung-Knapp's "
        f"interval narrow; with q taken for 1 it is {limits(summary['hartung_knapp_adhoc'], effect)}."
    )


def spread(effect: Mapping) -> str:
    """'I2 43.1 % (0.0 to 90.2 %), tau2 0.12 (0.00 to 1.31); Q = 3.51, df = 2, p = 0.17'."""
    told, tau2 = effect["heterogeneity"], effect["summaries"][MAIN]["tau2"]
    i2, around = told["i2_interval"], told["tau2_interval"]
    beside = tau_limits = ""
    if not wording.not_estimable(i2):
        ends = (wording.fixed(100 * i2[side], 1) for side in ("low", "high"))
        beside = f" (95 % CI {' to '.join(ends)} %)"
        tau_limits = f" ({' to '.join(small(around[side]) for side in ('low', 'high'))})"
    shares = f"I\N{SUPERSCRIPT TWO} {wording.percent_of(told['i2'], 1)}{beside}"
    tau = f"tau\N{SUPERSCRIPT TWO} {small(tau2)}{tau_limits}"
    return f"{shares}, {tau}; Q = {wording.fixed(told['q'], 2)}, df = {told['df']}, {wording.p_value(told['p'])}"


def small(value: float) -> str:
    """Two decimals, or more where these would be 0: 0.31, 0.0042."""
    return wording.fixed(value, 2 if value >= 0.1 or value == 0 else 4)


def two_stage_sentence(result: Mapping, effect: Mapping, manifest: Manifest) -> str:
    """'Over 3 sites the mean change was -2.95 (random effects, REML, Hartung-Knapp 95 % CI -3.8 to -2.1); I2 ...'"""
    about = f"{phrases.question(result['entry'], manifest)}: "
    of = f" ({part_of(effect, manifest)})" if effect.get("part") else ""
    if reason := wording.not_estimable(effect):
        return f"{about}{called(effect)}{of} in two stages: {reason}.{left_out(effect)}"
    summary = effect["summaries"][MAIN]
    interval, by = sure(summary)
    estimate = wording.fixed(unscaled(summary["estimate"], effect), places(effect))
    ahead = summary["prediction"]
    further = (
        "" if wording.not_estimable(ahead) else f"; prediction interval for a further site {limits(ahead, effect)}"
    )
    name = called(effect) if called(effect)[0].isupper() else f"the {called(effect)}"
    return (
        f"{about}over {effect['k']} sites {name}{of} was {estimate}{unit(effect)} (random effects, REML, "
        f"{by}{CI} {limits(interval, effect)}{further}); {spread(effect)}."
        f"{narrow(effect)}{left_out(effect)}"
    )


def left_out(effect: Mapping) -> str:
    """' Without an estimate: West (n = 3: one value alone has no spread).'"""
    found = [f"{named(each['site'])} (n = {each['n']}: {each['reason']})" for each in effect.get("without", ())]
    return f" Without an estimate: {wording.listed(found)}." if found else ""


def named(site: str) -> str:
    return wording.heading(site)


def stratified_sentences(result: Mapping, payload: Mapping, manifest: Manifest) -> list[str]:
    """The test within sites, or each of its contrasts; where there is none, why."""
    about = phrases.question(result["entry"], manifest)
    if reason := payload.get("not_estimable"):
        return [f"{about}, within sites: {reason}."]
    return [f"{about}, within sites{part}: {told}" for part, told in tests(payload, manifest)]


def tests(payload: Mapping, manifest: Manifest) -> Iterator[tuple[str, str]]:
    if "test" in payload:
        yield "", tested(with_p(payload), manifest)
    for each in payload.get("contrasts", ()):
        yield f", {manifest.timepoint(each['timepoint'])}", tested(each, manifest) + holm(each)
    for each in payload.get("pairs", ()):
        yield (
            f", {manifest.timepoint(each['a'])} and {manifest.timepoint(each['b'])}",
            tested(each, manifest) + holm(each),
        )


def with_p(payload: Mapping) -> Mapping:
    """McNemar's test has several p; its mid-p is read."""
    return payload | {"p": payload["p_mid"]} if "p_mid" in payload else payload


def holm(each: Mapping) -> str:
    return f" Holm's adjusted {wording.p_value(each['p_holm'])}." if "p_holm" in each else ""


def two_stage_table(result: Mapping, effect: Mapping, manifest: Manifest) -> Table:
    """site | n | estimate | weight of either kind; then each model, and where a further site would lie."""
    told = f"{wording.heading(called(effect))} {wording.CI_95}"
    groups = [Group("Sites", (*site_rows(effect), *without_rows(effect)))]
    if "summaries" in effect:
        groups += [Group("All sites", tuple(model_rows(effect))), Group("A further site", (further_row(effect),))]
    refused = wording.not_estimable(effect)
    return Table(
        title=title(result, effect, manifest),
        columns=columns("Site", "n", told, "Weight, common", "Weight, random"),
        groups=tuple(groups),
        notes=notes(
            wording.heading(f"{refused}.") if refused else f"{spread(effect)}.{narrow(effect)}",
            f"Estimate: {effect['of']}. Stands beside {effect['stands_beside']}.",
            "" if refused else KNAPP,
        ),
        sources=(source(result),),
    )


KNAPP = (
    "Hartung-Knapp: t with one degree of freedom less than sites, of the spread as it is, also where that is less than "
    "chance alone would give. Prediction: t with two less, by Higgins, Thompson and Spiegelhalter."
)


def site_rows(effect: Mapping) -> Iterator[Row]:
    if "summaries" not in effect:
        return
    weights = [effect["summaries"][name]["weights"] for name in ("common_effect", MAIN)]
    for site, *shares in zip(effect["sites"], *weights, strict=True):
        shown = (wording.percent_of(share, 1) for share in shares)
        yield row(named(site["site"]), str(site["n"]), ci(site["effect"], effect), *shown)


def without_rows(effect: Mapping) -> Iterator[Row]:
    for each in effect.get("without", ()):
        yield row(named(each["site"]), str(each["n"]), each["reason"], wording.ABSENT, wording.ABSENT)


def model_rows(effect: Mapping) -> Iterator[Row]:
    n = str(effect["n"])
    for name, words in MODELS.items():
        summary = effect["summaries"][name]
        yield row(words, n, ci(summary["normal"], effect), "", "")
        if name != "common_effect":
            yield row("Hartung-Knapp", "", ci(summary["hartung_knapp"], effect), "", "", indented=True)
            if summary["q"] and summary["q"] < 1:
                taken = ci(summary["hartung_knapp_adhoc"], effect)
                yield row("Hartung-Knapp, q taken for 1", "", taken, "", "", indented=True)


def further_row(effect: Mapping) -> Row:
    return row("Prediction interval, REML", "", limits(effect["summaries"][MAIN]["prediction"], effect), "", "")
