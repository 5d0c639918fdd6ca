"""What stands beside the main analyses, a sentence each: the same question with pairs, deaths or the start heeded."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from reports import wording
from reports.manifest import Manifest
from reports.sentences import USUAL, ci, p_range, reaching, rule_sentence, small
from reports.telling_groups import given_the_start, groups_of, is_of_few, sizes_given_the_start

Results = Sequence[Mapping]


def beside_sentences(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    """Nothing of what has no answer or adds only tables."""
    answered = [each for each in results if not wording.not_estimable(each["payload"])]
    told = []
    for kind, tell in TELLERS.items():
        told += tell([each for each in answered if each["type"] == kind], manifest)
    if told:
        yield "Sensitivity analyses."
        yield from told


def each_once(tell: Callable[[Mapping, Manifest], str]) -> Callable[[Results, Manifest], Iterator[str]]:
    """A sentence for every result that says something."""

    def sentences(results: Results, manifest: Manifest) -> Iterator[str]:
        yield from filter(None, (tell(each, manifest) for each in results))

    return sentences


def contrasts(result: Mapping, manifest: Manifest) -> str:
    """Each patient against the own first value; a yes/no has a model of its own."""
    payload, instrument = result["payload"], manifest.instrument(result["entry"]["instrument"])
    tested = [each for each in payload["contrasts"] if "p_holm" in each]
    if not tested or instrument.is_yes_no:
        return ""
    told = wording.listed_apart(contrast(each, instrument.places, manifest) for each in tested)
    since = manifest.at(payload["baseline"])
    how = "Wilcoxon signed-rank test; intervals unadjusted; p by Holm"
    return f"Compared with their own value {since}, patients changed by {told} ({how})."


def contrast(each: Mapping, places: int, manifest: Manifest) -> str:
    found, p = each.get("hodges_lehmann") or each.get("effect"), each["p_holm"]
    told = f"{each['n_pairs']} pairs, {wording.p_value(p)}{reaching(found, p)}"
    return f"{ci(found, places)} {manifest.at(each['timepoint'])} ({told})"


def deaths_told(results: Results, manifest: Manifest) -> Iterator[str]:
    """Over the most timepoints that anybody asked for; the others say the same of fewer."""
    most: dict[str, Mapping] = {}
    for each in results:
        only = manifest.subset(each["entry"].get("subset"))
        if only not in most or len(each["payload"]["timepoints"]) > len(most[only]["payload"]["timepoints"]):
            most[only] = each
    yield from each_once(deaths)(list(most.values()), manifest)


def deaths(result: Mapping, manifest: Manifest) -> str:
    """Who got better and worse where a death is the worst result; nothing where nobody died."""
    payload = result["payload"]
    last = payload["timepoints"][-1]
    worst = payload["at"][last]["worst_rank"]
    if "p_holm" not in worst or not worst.get("n_to_death"):
        return ""
    shown = "; no change was shown" if worst["p_holm"] >= USUAL else ""
    return (
        f"With a death as the worst result, of {wording.counted(worst['n_pairs'], 'patient')} {worst['n_better']} got "
        f"better and {worst['n_worse']} worse up to {small(manifest.timepoint(last))}, {worst['n_to_death']} of these "
        f"by dying ({wording.p_value(worst['p_holm'])}, Holm{shown})."
    )


def model(result: Mapping, manifest: Manifest) -> str:
    """The last contrast of a model of all values."""
    known = [each for each in result["payload"].get("contrasts") or [] if "p_holm" in each and "timepoint" in each]
    if not known:
        return ""
    last, is_logistic = known[-1], result["type"] == "gee"
    places = 2 if is_logistic else manifest.instrument(result["entry"]["instrument"]).places
    size = ci(last.get("effect") if is_logistic else last, places)
    what = "the odds ratio of yes" if is_logistic else "the mean change from the baseline"
    name = "generalized estimating equations" if is_logistic else "a mixed model"
    p = wording.p_value(last["p_holm"])
    shown = "; no change was shown" if last["p_holm"] >= USUAL else ""
    told = f"interval unadjusted; {p} by Holm{shown}"
    return f"In {name} over all values, {what} {manifest.at(last['timepoint'])} was {size} ({told})."


def responders(result: Mapping, manifest: Manifest) -> str:
    """How many got better by enough, and what the missing leave possible."""
    cell, entry = result["payload"]["all"], result["entry"]
    span = f"from {small(manifest.timepoint(entry['pre']))} to {small(manifest.timepoint(entry['post']))}"
    only = manifest.subset(entry.get("subset"))
    words = f"{wording.share(cell['x'], cell['n'])} {rule_sentence(entry, manifest)} {span}"
    words += f" ({only})" if only else ""
    low, high = cell.get("worst_case"), cell.get("best_case")
    if cell.get("missing") and low and high:
        words += f" (among all, {wording.share(low['x'], low['n'])} if none of those without a value did, "
        words += f"{wording.share(high['x'], high['n'])} if all did who are not known to be dead)"
    return f"{words}."


def adjusted(results: Results, manifest: Manifest) -> Iterator[str]:
    """Differences given the start: those shown each, the others together."""
    known = [each for each in results if each["payload"].get("p") is not None]
    few = [each for each in known if is_of_few(sizes_given_the_start(each))]
    known = [each for each in known if each not in few]
    shown = [each for each in known if each["payload"]["p"] < USUAL]
    rest = [each for each in known if each["payload"]["p"] >= USUAL]
    for each in [*(shown if len(rest) > 1 else known), *few]:
        yield given_the_start(each, manifest)
    if len(rest) > 1:
        groups = groups_of(rest[0]["entry"]["group"], manifest)
        at = wording.listed(manifest.at(each["entry"]["post"]) for each in rest)
        ps = p_range([each["payload"]["p"] for each in rest])
        yield f"Given the earlier value, no difference between {groups} was shown {at} (ANCOVA, {ps})."


TELLERS: dict[str, Callable[[Results, Manifest], Iterator[str]]] = {
    "contrasts_from_baseline": each_once(contrasts),
    "deaths_apart": deaths_told,
    "mixed_model": each_once(model),
    "gee": each_once(model),
    "responders": each_once(responders),
    "ancova": adjusted,
}
