"""The limits of a report: what its own data say against it, a sentence each. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from reports import phrases, profile, questions, wording
from reports.manifest import Instrument, Manifest

FEW, SMALL_GROUP = 30, 10
MUCH_LEFT = 0.8  # below this share with a value at the last timepoint a reader is told
DECEASED, LOST, BASELINE = "deceased", "lost", "baseline"


def limits(manifest: Manifest, results: Sequence[Mapping], asides: Sequence[Mapping], preset: str) -> tuple[str, ...]:
    """Those that apply, the gravest first."""
    parts = (
        synthetic(manifest),
        sizes(manifest),
        baselines_missing(manifest, results),
        losses(manifest, results),
        covariates_missing(manifest, results),
        comparisons(manifest, results, {each["type"] for each in asides}),
        multiplicity(manifest, results, preset),
        instruments(manifest, results),
        left_out(results),
    )
    return tuple(sentence for part in parts for sentence in part)


def synthetic(manifest: Manifest) -> Iterator[str]:
    if manifest.is_synthetic:
        yield "The data are synthetic and show how a report looks; nothing follows from them for any patient."


def sizes(manifest: Manifest) -> Iterator[str]:
    """Few patients, small groups, one site, several rows a patient."""
    flow = manifest.raw.get("flow", {})
    patients, procedures = flow.get("patients", 0), flow.get("procedures", 0)
    rows = flow.get("fractures") or procedures
    if 0 < patients < FEW:
        yield (
            f"With {wording.counted(patients, 'patient')}, intervals are wide: that no difference is shown does not "
            "mean that there is none."
        )
    if len(manifest.raw.get("sites", [])) == 1:
        yield "All patients are of one site; its selection and its ways of treatment may not be those of others."
    if rows > patients:
        what = "fractures" if flow.get("fractures") else "procedures"
        yield (
            f"{rows} {what} of {patients} patients were analysed as if they were independent of each other; intervals "
            "are then too narrow."
        )
    screening = flow.get("screening")
    if not screening:
        yield "There is no screening log in these data, so who was treated and not entered is not known."
    gone, enrolled = sum(each["n"] for each in flow.get("left_out", [])), flow.get("enrolled", 0)
    if gone:
        yield f"{gone} of {enrolled} enrolled were left out; they may differ from those analysed."


def baselines_missing(manifest: Manifest, results: Sequence[Mapping]) -> Iterator[str]:
    """Who has no value before treatment; instruments that lack as many are told together."""
    rows, before = manifest.procedures, baselines(manifest)
    alike: dict[tuple[int, str], list[str]] = {}
    for key, known in known_by_timepoint(manifest, results).items():
        for code, n in known.items():
            if code in before and n < rows:
                alike.setdefault((rows - n, code), []).append(wording.within_text(manifest.instrument(key).name))
    told = [f"{gone} of {rows} {'has' if gone == 1 else 'have'} no value of {wording.listed(names)} {manifest.at(code)}"
            for (gone, code), names in sorted(alike.items(), key=lambda item: -item[0][0])]  # fmt: skip
    if told:
        changes = any("pre" in each["entry"] for each in results)
        yield f"{wording.listed_apart(told)}{'; changes describe the others' if changes else ''}."


def baselines(manifest: Manifest) -> set[str]:
    return {each["code"] for each in manifest.raw.get("timepoints", []) if each.get("kind") == BASELINE}


def known_by_timepoint(manifest: Manifest, results: Sequence[Mapping]) -> dict[str, dict[str, int]]:
    """{instrument: {timepoint: how many have a value}} of what was analysed; where nobody has one is left away."""
    used = {phrases.instrument_of(each["entry"]) for each in results}
    found = {}
    for key in (key for key in manifest.instruments if key in used):
        missing = manifest.missing_by_timepoint(key)
        counts = {code: manifest.procedures - sum(why.values()) for code, why in missing.items()}
        found[key] = {code: n for code, n in counts.items() if n}
    return found


def losses(manifest: Manifest, results: Sequence[Mapping]) -> Iterator[str]:
    """What is missing after the baseline, by timepoint, and who died."""
    rows, before = manifest.procedures, baselines(manifest)
    thin, deaths = [], 0
    for key, known in known_by_timepoint(manifest, results).items():
        at = manifest.missing_by_timepoint(key)
        deaths = max([deaths, *(why.get(DECEASED, 0) for why in at.values())])
        counts = {code: n for code, n in known.items() if code not in before}
        if not counts:
            continue
        code = min(counts, key=counts.get)
        if counts[code] < MUCH_LEFT * rows:
            name = wording.within_text(manifest.instrument(key).name)
            thin.append(f"{name}, {wording.share(counts[code], rows)} {manifest.at(code)}")
    if thin:
        yield (
            f"Follow-up is incomplete; fewest have a value of {wording.listed_apart(thin)}. Who was not seen again may "
            "have fared differently."
        )
    if deaths:
        yield (
            f"{wording.counted(deaths, 'patient')} had died before a later timepoint; scores there describe the "
            "survivors only."
        )


def covariates_missing(manifest: Manifest, results: Sequence[Mapping]) -> Iterator[str]:
    """Variables that are not recorded in everyone."""
    found = {}
    for each in results:
        if each["type"] not in profile.KINDS or each["entry"].get("subset"):
            continue
        if gone := (each["payload"].get("all") or {}).get("missing"):
            found[manifest.variable(each["entry"]["var"])] = gone
    if found:
        worst = sorted(found.items(), key=lambda item: -item[1])
        named = wording.listed(f"{name} ({n})" for name, n in worst[:5])
        more = f" and {len(worst) - 5} more" if len(worst) > 5 else ""
        yield f"Not recorded in every patient: {named}{more}; numbers in brackets are of those without a value."


def comparisons(manifest: Manifest, results: Sequence[Mapping], beside: set[str]) -> Iterator[str]:
    """Groups that nobody drew by lot; groups too small to show anything; timepoints taken as independent."""
    kinds = {each["type"] for each in results}
    grouped = [each for each in results if each["entry"].get("by") or each["entry"].get("group")]
    if manifest.arm and grouped:
        arm = manifest.variable(manifest.arm)
        yield (
            f"Nothing in these data says that {arm} was allocated at random; unless it was, differences between the "
            "groups are associations and may be due to what else differed."
        )
    smallest = min((n for each in grouped for n in group_sizes(each["payload"])), default=SMALL_GROUP)
    if smallest < SMALL_GROUP:
        yield (
            f"The smallest group compared has {wording.counted(smallest, 'patient')}; such a comparison can miss even "
            "a large difference."
        )
    if "kruskal_dunn" in kinds:
        yield (
            "The Kruskal-Wallis and Dunn tests take repeated scores of the same patients as independent"
            f"{'; the paired analyses beside them do not' if 'contrasts_from_baseline' in beside else ''}."
        )


def group_sizes(payload: Mapping) -> list[int]:
    """How many of each group were compared; [] for what is no comparison of groups."""
    sizes = payload.get("n")
    return [n for n in sizes.values() if isinstance(n, int)] if isinstance(sizes, Mapping) else []


def multiplicity(manifest: Manifest, results: Sequence[Mapping], preset: str) -> Iterator[str]:
    asked = [each for result in results for each in questions.asked(result, manifest, preset)]
    raw = [each for each in asked if each.adjusted is None]
    if len(raw) > 1:
        by_chance = wording.short(len(raw) * 0.05, 1)
        yield (
            f"{len(raw)} p-values are not adjusted for their number; if nothing differed, at most about "
            f"{by_chance} of them would be below 0.05."
        )


def instruments(manifest: Manifest, results: Sequence[Mapping]) -> Iterator[str]:
    """Drafts and scores of unknown direction."""
    used = dict.fromkeys(phrases.instrument_of(each["entry"]) for each in results)
    known: list[Instrument] = [manifest.instrument(key) for key in manifest.instruments if key in used]
    drafts = [wording.within_text(each.name) for each in known if each.status == "draft"]
    if drafts:
        yield f"Drafts, defined by nothing but the values seen: {wording.listed(drafts)}; ranges are those observed."
    undirected = [wording.within_text(each.name) for each in known if each.is_undirected and not each.is_yes_no]
    if undirected:
        yield (
            f"Which way is better is not recorded of {wording.listed(undirected)}, so improvement cannot be told from "
            "worsening."
        )


def left_out(results: Sequence[Mapping]) -> Iterator[str]:
    gone = next((each["envelope"].get("left_out_of_plan") for each in results), None) or []
    if gone:
        yield f"{wording.counted(len(gone), 'analysis', 'analyses')} of the plan could not be asked of this cohort."
