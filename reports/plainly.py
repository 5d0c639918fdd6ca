"""A published analysis in plain words: what it takes for granted, who had left, what changes when that is heeded.

Every number comes from the payloads at hand; what they do not hold is not said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from outcomes import presets
from reports import wording
from reports.leaving import Told, have, who_left, with_deaths
from reports.manifest import Manifest, capital

USUAL = 0.05  # the line that papers draw, and nothing more


def plainly(
    entry: Mapping, payload: Mapping, beside: Sequence[Mapping], manifest: Manifest, *, preset: str = "modern"
) -> str:
    """The paragraph; "" for a type that neither ignores pairing nor forgets who left.

    beside: the results that stand beside it, each with its entry and payload.
    """
    tell = TELLERS.get(entry["type"])
    if tell is None:
        return ""
    if refusal := wording.not_estimable(payload):
        return f"The published test has no answer here: {refusal.removeprefix('not estimable: ')}."
    found = {result["entry"]["type"]: result for result in beside}
    told = Told(entry=entry, payload=payload, beside=found, manifest=manifest, preset=preset)
    return " ".join(sentence for sentence in tell(told) if sentence)


def timepoints_compared(told: Told) -> Iterator[str]:
    yield (
        "The published test (Kruskal-Wallis with Dunn's comparisons) takes the values at each timepoint as if they "
        "came from different patients. They are the same patients seen again. The test does not compare patients with "
        "themselves, and it does not notice who is no longer there."
    )
    yield from who_left(told)
    contrasts = told.quoted("contrasts_from_baseline")
    if contrasts:
        yield from pairs_instead(told, contrasts)
    yield from with_deaths(told)
    yield by_model(told)
    if contrasts:
        yield closing([*verdicts(told, contrasts)])


def pairs_instead(told: Told, contrasts: Mapping) -> Iterator[str]:
    """Each patient against the own first value."""
    tested = [each for each in contrasts["contrasts"] if "p" in each]
    said = "; ".join(
        f"{told.at(each['timepoint'])}, typical change {signed(told, each['effect']['estimate'])} in "
        f"{wording.counted(each['n_pairs'], 'patient')}, {wording.p_value(each['p_holm'])}"
        for each in tested
    )
    allowed = f" (p allows for {wording.counted(len(tested), 'comparison')})" if len(tested) > 1 else ""
    yield f"Patients compared with their own value {told.at(contrasts['baseline'])}: {said}{allowed}."
    for each in tested:
        if each["smallest_p"] > USUAL:
            least = wording.short(each["smallest_p"], 3)
            yield (
                f"{capital(told.at(each['timepoint']))} only {wording.counted(each['n_nonzero'], 'patient')} changed. "
                f"So few cannot give a p below {least} even if all changed the same way, "
                "so there this test can neither confirm nor contradict the published one."
            )


def signed(told: Told, change: float) -> str:
    text = told.value(change)
    return f"+{text}" if change > 0 else text


def by_model(told: Told) -> str:
    """The last contrast of a model that uses the values of those who left too."""
    model = told.quoted("mixed_model")
    known = [each for each in model.get("contrasts") or [] if "p_holm" in each and "timepoint" in each]
    if not known:
        return ""
    last = known[-1]
    shown = wording.interval({name: last.get(name) for name in ("estimate", "low", "high")}, told.instrument.places)
    return (
        "A model that keeps the values of those who left later (mixed model) puts the mean change "
        f"{told.at(last['timepoint'])} at {shown}, {wording.p_value(last['p_holm'])}."
    )


def verdicts(told: Told, contrasts: Mapping) -> Iterator[tuple[bool, str]]:
    """For each test that the published one can be held against: whether it falls on 0.05's other side, in words."""
    worst = told.quoted("deaths_apart").get("at") or {}
    for each in contrasts["contrasts"]:
        code = each["timepoint"]
        published = published_p(told, contrasts["baseline"], code)
        if published is None:
            continue
        said = f"{told.at(code)} the published test says {wording.p_value(published.p)} ({published.test})"
        if "p" in each and each["smallest_p"] <= USUAL:
            other = (published.p < USUAL) != (each["p_holm"] < USUAL)
            yield other, f"{said}, the comparison of patients with themselves {wording.p_value(each['p_holm'])}"
        deaths = (worst.get(code) or {}).get("worst_rank") or {}
        if deaths.get("n_to_death") and "p_holm" in deaths:
            other = (published.p < USUAL) != (deaths["p_holm"] < USUAL)
            yield other, f"{said}, with the deaths counted {wording.p_value(deaths['p_holm'])}"


def published_p(told: Told, baseline: str, code: str) -> presets.Quoted | None:
    """The published comparison of a timepoint with the baseline, as its preset prints it."""
    pair = next((pair for pair in told.payload["dunn"] if {pair["a"], pair["b"]} == {baseline, code}), None)
    quoted = presets.dunn(pair, told.preset) if pair else None
    return quoted if quoted and quoted.p is not None else None


def closing(held_against: Sequence[tuple[bool, str]]) -> str:
    if not held_against:
        return "There is no timepoint at which the published test can be held against these."
    changed = [words for other, words in held_against if other]
    if changed:
        return f"What changes: {'; '.join(changed)}."
    return "Wherever both can be tested, both fall on the same side of the usual 0.05."


def pairs_compared(told: Told) -> Iterator[str]:
    n = told.payload["n_pairs"]
    yield (
        "The published test (Wilcoxon signed-rank) compares patients with themselves, but only the "
        f"{wording.counted(n, 'patient')} with both values. It says nothing of those who died or were not seen again."
    )
    yield from who_left(told)
    yield enough(told)
    yield from with_deaths(told)
    yield change_of_pairs(told)


def enough(told: Told) -> str:
    """How many got better by enough, and the bounds that the missing leave."""
    found = told.quoted("responders")
    if not found:
        return ""
    cell, entry = found["all"], told.beside["responders"]["entry"]
    part = entry.get("relative_improvement_ge")
    needed = (
        told.value(entry["improvement_ge"]) if part is None else f"{wording.short(100 * part, 1)} % of the first value"
    )
    way = "a fall" if entry["better"] == "lower" else "a rise"
    sentence = f"{wording.share(cell['x'], cell['n'])} {have(cell['x'])} improved by enough ({way} by {needed} or more)"
    low, high = cell["worst_case"], cell["best_case"]
    if not cell["missing"]:
        return f"{sentence}."
    return (
        f"{sentence}. Nobody knows of the others: it is {wording.share(low['x'], low['n'])} if none of them did, and "
        f"{wording.share(high['x'], high['n'])} if all did who are not known to be dead."
    )


def change_of_pairs(told: Told) -> str:
    apart = told.quoted("deaths_apart")
    if not apart:
        return ""
    worst = apart["at"][apart["timepoints"][-1]]["worst_rank"]
    if not worst.get("n_to_death") or "p" not in worst:
        return "Of those with a first value nobody is recorded as having died, so no death changes this result."
    published = presets.signed_rank(told.payload, told.preset)
    said = f"{wording.p_value(published.p)} without the deaths and {wording.p_value(worst['p'])} with them"
    if (published.p < USUAL) == (worst["p"] < USUAL):
        return f"Deaths do not move it across the usual 0.05: {said}."
    return f"Deaths move it across the usual 0.05: {said}."


def groups_compared(told: Told) -> Iterator[str]:
    by = told.manifest.variable(told.entry["by"])
    yield (
        f"The published test (Mann-Whitney) compares the groups of {by} {told.at(told.entry['timepoint'])} only. It "
        "takes for granted that both started alike, and sees only those who have a value then."
    )
    missing = {group: n for group, n in told.payload["missing"].items() if n}
    if missing:
        yield f"Without a value: {wording.listed(f'{n} in {told.group(group)}' for group, n in missing.items())}."
    else:
        yield "Nobody is without a value."
    yield given_the_start(told)


def given_the_start(told: Told) -> str:
    published = presets.mann_whitney(told.payload, told.preset)
    for name, what in (
        ("ancova", "Given the value each patient started from"),
        ("mannwhitney_change", "Of the changes"),
    ):
        found = told.quoted(name)
        p = found.get("p") if name == "ancova" else presets.mann_whitney(found, told.preset).p
        if not found or p is None:
            continue
        shown = wording.interval(
            found["effect"] if name == "ancova" else found["hodges_lehmann"], told.instrument.places
        )
        same = (published.p < USUAL) == (p < USUAL)
        verdict = "both fall on the same side of the usual 0.05" if same else "this moves it across the usual 0.05"
        between = " minus ".join(map(told.group, told.payload["groups"]))
        return (
            f"{what}, the difference ({between}) is {shown}, {wording.p_value(p)}, against "
            f"{wording.p_value(published.p)} as published; {verdict}."
        )
    return ""


TELLERS: dict[str, Callable[[Told], Iterator[str]]] = {
    "kruskal_dunn": timepoints_compared,
    "wilcoxon_paired": pairs_compared,
    "mannwhitney": groups_compared,
}
