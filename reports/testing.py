"""Which tests were run and by which conventions, in sentences of a methods paragraph. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from outcomes import presets
from reports import phrases, questions, wording
from reports.manifest import Manifest

Results = Sequence[Mapping]
NEWCOMBE = "Risk differences have Newcombe's hybrid score interval."
NEWCOMBE_PAIRED = "Paired risk differences have Newcombe's score interval for pairs."
PROGRAMS = {"stata": "Stata", "medcalc": "MedCalc", "r": "R"}


def main_tests(manifest: Manifest, results: Results, preset: str) -> Iterator[str]:
    """A sentence for each kind of analysis that gave an answer, then how p-values are to be read."""
    yield from sentences(manifest, results, preset)
    asked = [each for result in results for each in questions.asked(result, manifest, preset)]
    if not asked:
        return
    if preset in PROGRAMS:
        yield (
            f"Where programs differ in a test's convention, the one that {PROGRAMS[preset]} prints was used; the "
            "others were computed too and stand with each result."
        )
    sided = "Tests are two-sided unless named one-sided" if one_sided(asked) else "Tests are two-sided"
    yield f"{sided}; p below 0.05 is read as a difference shown, p of 0.05 or more as none shown, not as none there."
    yield many(asked)


def one_sided(asked) -> bool:
    return any("one-sided" in each.test for each in asked)


def many(asked) -> str:
    """How many p-values, and which were adjusted."""
    adjusted = sum(each.adjusted is not None for each in asked)
    total = wording.counted(len(asked), "p-value")
    if adjusted == len(asked):
        return f"The main analyses gave {total}, adjusted by Holm's method within their families."
    if adjusted:
        rest = len(asked) - adjusted
        told = [f"{adjusted} of pairs {was(adjusted)} adjusted by Holm's method within their family"]
        told.append(f"{rest} {was(rest)} not adjusted for the number of comparisons")
        return f"The main analyses gave {total}; {' and '.join(told)}."
    return f"The main analyses gave {total}, not adjusted for the number of comparisons."


def was(n: int) -> str:
    return "was" if n == 1 else "were"


def additional(manifest: Manifest, asides: Results, preset: str) -> Iterator[str]:
    """What was computed beside the main analyses."""
    found = [*sentences(manifest, asides, preset)]
    if found:
        yield "Sensitivity analyses stand beside the main ones."
        yield from found


def sentences(manifest: Manifest, results: Results, preset: str) -> Iterator[str]:
    for kind, sentence in SENTENCES.items():
        kinds = TWO_GROUPS if kind == "mannwhitney" else (kind,)
        mine = [each for each in results if each["type"] in kinds and not wording.not_estimable(each["payload"])]
        if mine and (words := sentence(mine, manifest, preset)):
            yield words


def tests(results: Results, manifest: Manifest, preset: str) -> str:
    """The names of the tests that answered, as the preset quotes them."""
    found = dict.fromkeys(each.test for result in results for each in questions.asked(result, manifest, preset))
    return wording.listed_apart(map(lowered, found))


def lowered(test: str) -> str:
    """'the Mann-Whitney test', but 'Fisher's test'."""
    return test if "'s " in test else f"the {test}"


def tested(words: str, effect: str = "", interval: str = "") -> Callable[[Results, Manifest, str], str]:
    """A sentence that ends in the tests' names, then the interval of their effect; none where no test answered."""

    def sentence(results: Results, manifest: Manifest, preset: str) -> str:
        named = tests(results, manifest, preset)
        beside = f" {interval}" if has_effect(results, effect) else ""
        return f"{words} {named}.{beside}" if named else ""

    return sentence


def has_effect(results: Results, name: str) -> bool:
    """Whether a result gives this effect, and not only why there is none."""
    found = [each["payload"].get("effect") or {} for each in results]
    return any(each.get("name") == name and not wording.not_estimable(each) for each in found)


def fixed(words: str) -> Callable[[Results, Manifest, str], str]:
    return lambda results, manifest, preset: words


def timepoints_compared(results: Results, manifest: Manifest, preset: str) -> str:
    pairs = [pair for each in results for pair in each["payload"].get("dunn") or []]
    quoted = dict.fromkeys(presets.dunn(pair, preset).test for pair in pairs if not wording.not_estimable(pair))
    apart = f", pairs of timepoints by {wording.listed(quoted)}" if quoted else ""
    words = (
        f"Timepoints were compared by the Kruskal-Wallis test{apart}; both take timepoints as independent groups, "
        "although the same patients were seen again."
    )
    friedman = any("p" in (each["payload"].get("friedman_complete_cases") or {}) for each in results)
    return f"{words} Those with a value at every timepoint were compared by the Friedman test." if friedman else words


def groups_compared(results: Results, manifest: Manifest, preset: str) -> str:
    pairs = [pair for each in results for pair in each["payload"].get("dunn") or []]
    apart = ", pairs of groups by Dunn's test with Holm's adjustment" if pairs else ""
    return f"More than two groups were compared by the Kruskal-Wallis test{apart}."


TWO_GROUPS = {"mannwhitney": "scores at each timepoint", "mannwhitney_change": "changes",
              "mannwhitney_patient_var": "numbers of patients and procedures"}  # fmt: skip


def two_groups(results: Results, manifest: Manifest, preset: str) -> str:
    """What was compared between two groups by ranks, in one sentence."""
    named = tests(results, manifest, preset)
    what = wording.listed(TWO_GROUPS[kind] for kind in TWO_GROUPS if any(each["type"] == kind for each in results))
    effects = "with Hodges-Lehmann differences and Cliff's delta as effects"
    return f"Two groups were compared in {what} by {named}, {effects}." if named else ""


def covariance(results: Results, manifest: Manifest, preset: str) -> str:
    given = dict.fromkeys(name for each in results for name in each["entry"].get("covariates") or [])
    others = f", {wording.listed(map(manifest.variable, given))}" if given else ""
    return (
        "Groups were compared in later scores given earlier ones by analysis of covariance (least squares of the "
        f"later value on group and earlier value{others}; complete cases)."
    )


def responding(results: Results, manifest: Manifest, preset: str) -> str:
    rules = dict.fromkeys(rule_of(each["entry"], manifest) for each in results)
    return f"Responders were defined by change: {wording.listed_apart(rules)}."


def rule_of(entry: Mapping, manifest: Manifest) -> str:
    """'pain lower by 2 or more'."""
    name, part = manifest.instrument(entry["instrument"]).name, entry.get("relative_improvement_ge")
    enough = wording.short(entry.get("improvement_ge"), 6) if part is None else f"{wording.short(part * 100, 1)} %"
    way = {"lower": "lower", "higher": "higher"}.get(entry.get("better", ""), "better")
    return f"{name} {way} by {enough} or more"


def survival(results: Results, manifest: Manifest, preset: str) -> str:
    compared = any("p" in (each["payload"].get("logrank") or {}) for each in results)
    apart = f" and compared by the log-rank test{peto(results)}" if compared else ""
    return f"Survival was estimated by Kaplan-Meier's method{apart}."


def survival_by_site(results: Results, manifest: Manifest, preset: str) -> str:
    return f"Survival was compared within sites by the stratified log-rank test{peto(results)}."


def peto(results: Results) -> str:
    return "; hazard ratios are Peto's one-step estimates" if has_effect(results, "hazard_ratio") else ""


def incidence(results: Results, manifest: Manifest, preset: str) -> str:
    compared = any("p" in (each["payload"].get("gray") or {}) for each in results)
    events = wording.listed(dict.fromkeys(phrases.survival_name(each["entry"]) for each in results))
    others = dict.fromkeys(wording.plain(each["entry"]["competing"]) for each in results)
    competing = f"{wording.listed(others)} as competing event{'s' if len(others) > 1 else ''}"
    return (
        f"The cumulative incidence of {events} was estimated by Aalen and Johansen's method, with {competing}"
        f"{', and compared by Gray test' if compared else ''}."
    ).replace("Gray test", "Gray's test")


def modelled(results: Results, manifest: Manifest, preset: str) -> str:
    return (
        "All values of a patient, also of those who left later, were modelled by a linear mixed model with a random "
        "intercept; contrasts from the baseline were adjusted by Holm's method."
    )


# In the order in which a paper would say them.
SENTENCES: dict[str, Callable[[Results, Manifest, str], str]] = {
    "kruskal_dunn": timepoints_compared,
    "wilcoxon_paired": tested("Changes within patients who had both values were tested by"),
    "mannwhitney": two_groups,
    "kruskal_groups": groups_compared,
    "crosstab": tested("Yes/no outcomes were compared between groups by", "risk_difference", NEWCOMBE),
    "crosstab_patient": tested("Categories were compared between groups by", "risk_difference", NEWCOMBE),
    "ancova": covariance,
    "contrasts_from_baseline": fixed(
        "Each later timepoint was compared with the same patients' baseline by the Wilcoxon signed-rank test, adjusted "
        "by Holm's method over the planned contrasts."
    ),
    "deaths_apart": fixed(
        "Changes were tested again with a death as the worst result, so that those who died do not disappear from the "
        "comparison."
    ),
    "responders": responding,
    "mcnemar": tested("Yes/no answers before and after were compared by", "paired_risk_difference", NEWCOMBE_PAIRED),
    "trend": fixed("A trend of a share over ordered levels was tested by the Cochran-Armitage test."),
    "km": survival,
    "cumulative_incidence": incidence,
    "van_elteren": fixed("Scores were compared within sites by van Elteren's test."),
    "cmh": fixed("Yes/no outcomes were compared within sites by the Cochran-Mantel-Haenszel test."),
    "logrank_by_site": survival_by_site,
    "mixed_model": modelled,
    "gee": fixed(
        "Yes/no scores were modelled by generalized estimating equations (logistic, robust standard errors); contrasts "
        "from the baseline were adjusted by Holm's method."
    ),
    "normality": fixed(
        "Distributions were tested for normality (Shapiro-Wilk; Kolmogorov-Smirnov with Lilliefors' correction); no "
        "analysis was chosen by these tests."
    ),
}
