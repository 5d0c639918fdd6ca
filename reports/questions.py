"""Every p-value that a result answered with, and who was left out."""

from collections.abc import Iterator, Mapping

from outcomes import presets
from reports import wording
from reports.layout import Asked, source
from reports.manifest import Manifest
from reports.phrases import question

# The types whose p-values are quoted below, each by its preset's rule.
QUOTED = {"kruskal_dunn", "ancova", "wilcoxon_paired", "mannwhitney", "mannwhitney_change", "mannwhitney_patient_var",
          "crosstab", "crosstab_patient"}  # fmt: skip
# P-values that answer no question about patients: tests of a distribution choose no test.
NO_QUESTION = {"normality"}
NO_TERM = {"Intercept", "(Intercept)", "intercept"}
# Keys that tell a reader nothing beside the question.
UNTOLD = {"at", "by", "all", "logrank", "gray", "worst_rank", "friedman_complete_cases", "effect", "slopes",
          "parallel_slopes", "hc3"}  # fmt: skip


def asked(result: Mapping, manifest: Manifest, preset: str) -> list[Asked]:
    """Every p-value of a result, as the preset quotes it; empty for descriptions, refusals and checks of a model."""
    entry, payload, origin = result["entry"], result["payload"], source(result)
    if wording.not_estimable(payload) or result["type"] in NO_QUESTION:
        return []
    words, kind = question(entry, manifest), result["type"]
    if kind not in QUOTED:
        return [*answers(words, payload, manifest, preset, origin)]
    if kind == "kruskal_dunn":
        return over_visits(words, payload, manifest, preset, origin)
    if kind == "ancova":
        return [Asked(question=words, test="ANCOVA", n=str(payload["n"]), p=payload["p"], source=origin)]
    if kind == "wilcoxon_paired":
        quoted, n = presets.signed_rank(payload, preset), f"{payload['n_pairs']} pairs"
    elif kind.startswith("mannwhitney"):
        quoted, n = presets.mann_whitney(payload, preset), f"{payload['n1']} and {payload['n2']}"
    elif kind.startswith("crosstab") and "chi2" in payload:
        quoted, n = presets.crosstab(payload, preset), str(total(payload["table"]))
    else:
        return []
    return [Asked(question=words, test=quoted.test, n=n, p=quoted.p, source=origin)]


def over_visits(words: str, payload: Mapping, manifest: Manifest, preset: str, origin) -> list[Asked]:
    """Kruskal-Wallis, each of Dunn's pairs, and Friedman."""
    everyone = " / ".join(str(payload["n"][code]) for code in manifest.in_order(payload["n"]))
    found = [Asked(question=words, test="Kruskal-Wallis test", n=everyone, p=payload.get("p"), source=origin)]
    for pair in payload.get("dunn") or []:
        if wording.not_estimable(pair):
            continue
        quoted = presets.dunn(pair, preset)
        adjusted = {"adjusted": quoted.p, "adjustment": "Holm"} if quoted.test.endswith("Holm's adjustment") else {}
        between = f"{words}: {manifest.timepoint(pair['a'])} and {manifest.timepoint(pair['b'])}"
        sizes = [pair.get(f"n_{side}", payload["n"][pair[side]]) for side in "ab"]
        p = pair["p"] if adjusted else quoted.p
        test = "Dunn's test" if adjusted else quoted.test
        found.append(Asked(question=between, test=test, n=f"{sizes[0]} and {sizes[1]}", p=p, source=origin, **adjusted))
    friedman = payload.get("friedman_complete_cases") or {}
    if "p" in friedman:
        test = "Friedman test, complete cases"
        found.append(Asked(question=words, test=test, n=str(friedman["n"]), p=friedman["p"], source=origin))
    return found


def answers(
    words: str, payload: Mapping, manifest: Manifest, preset: str, origin, near: tuple[str, str] = ("", "")
) -> Iterator[Asked]:
    """Every p-value of a payload, wherever in it: with the nearest test's name and n, and Holm's where it has one."""
    test, n = payload.get("test") or near[0], n_words(payload, manifest) or near[1]
    if payload.get("p") is not None:
        p, named = quoted_p(payload, preset)
        holm = {"adjusted": payload["p_holm"], "adjustment": "Holm"} if "p_holm" in payload else {}
        yield Asked(question=words, test=named or test, n=n, p=p, source=origin, **holm)
    elif "p_exact" in payload:
        quoted = presets.mcnemar(payload, preset)
        yield Asked(question=words, test=quoted.test, n=n, p=quoted.p, source=origin)
    for name, part in payload.items():
        for about, inner in parts_of(name, part, manifest):
            if inner.get("term") not in NO_TERM:
                yield from answers(f"{words}: {about}" if about else words, inner, manifest, preset, origin, (test, n))


def quoted_p(payload: Mapping, preset: str) -> tuple[float, str]:
    """The p to show, and the test it is of where that is not the payload's own name for it."""
    if "p_exact_ties" in payload and "n_nonzero" in payload:
        quoted = presets.signed_rank(payload, preset)
        return (payload["p"], "") if "p_holm" in payload else (quoted.p, quoted.test)
    return payload["p"], ""


def parts_of(name: str, part, manifest: Manifest) -> list[tuple[str, Mapping]]:
    """What is nested under a key, each part with the words that tell it from the others."""
    if isinstance(part, Mapping):
        return [("" if name in UNTOLD else manifest.timepoint(name), part)]
    if isinstance(part, list | tuple):
        return [(part_name(each, manifest), each) for each in part if isinstance(each, Mapping)]
    return []


def part_name(part: Mapping, manifest: Manifest) -> str:
    """'6 weeks and 1 year' of a pair; '6 weeks, complex' of a timepoint in a group; a term of a model."""
    if "a" in part and "b" in part:
        return f"{manifest.timepoint(part['a'])} and {manifest.timepoint(part['b'])}"
    told = [part[name] for name in ("timepoint", "term", "site", "level") if part.get(name) is not None]
    words = ", ".join(manifest.timepoint(str(each)) for each in told)
    return f"{words}, a term of the model" if "term" in part else words


def n_words(payload: Mapping, manifest: Manifest) -> str:
    """'14', '9 pairs', '7 / 7'."""
    if "n_pairs" in payload:
        return f"{payload['n_pairs']} pairs"
    n = payload.get("n", "")
    if n == "" and isinstance(payload.get("groups"), list):
        each = (payload.get(group) for group in payload["groups"])
        return " / ".join(str(group["n"]) for group in each if isinstance(group, Mapping) and "n" in group)
    if isinstance(n, Mapping):
        return " / ".join(str(n[code]) for code in manifest.in_order(n))
    if n == "" and "n_a" in payload:
        return f"{payload['n_a']} and {payload['n_b']}"
    return str(n)


LEFT_OUT = {
    "baseline_zero": "with 0 at the earlier timepoint",
    "baseline_below_zero": "below 0 at the earlier timepoint",
    "incomplete": "without a value at every timepoint",
}


def left_out(payload: Mapping, manifest: Manifest) -> str:
    """'Left out: 100 without a value at 12 months.'; empty where nobody was."""
    found = {code: n for code, n in payload.get("left_out", {}).items() if n}
    if not found:
        return ""
    return f"Left out: {wording.listed(f'{n} {left_out_reason(code, manifest)}' for code, n in found.items())}."


def left_out_reason(code: str, manifest: Manifest) -> str:
    if code.startswith("no_value_at_"):
        return f"without a value at {manifest.timepoint(code.removeprefix('no_value_at_'))}"
    return LEFT_OUT.get(code) or f"without a known {manifest.variable(code.removeprefix('no_'))}"


def total(table: Mapping[str, Mapping[str, int]]) -> int:
    """Everyone in a table of counts."""
    return sum(n for row in table.values() for n in row.values())
