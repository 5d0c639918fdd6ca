"""The results of a report in journal English: a paragraph on the patients, the operations and each instrument. Pure.

Every number stands in a payload or in the manifest. A p of 0.05 or more is "no difference was shown", never "none".
"""

from collections.abc import Iterator, Mapping, Sequence

from outcomes.plans.characteristics import FIRST, is_surgical
from reports import phrases, profile, wording
from reports.manifest import Manifest, capital
from reports.telling import group_sentences, told_of
from reports.telling_beside import beside_sentences
from reports.telling_patients import characteristic, sizes_by_group

MOST_CHARACTERISTICS = 8


def results_in_words(
    manifest: Manifest, mains: Sequence[Mapping], asides: Mapping[str, Sequence[Mapping]], preset: str
) -> tuple[str, ...]:
    """Paragraphs. mains: the main analyses; asides: {id of the analysis: what stands beside it}."""
    parts = [
        who_is_in(manifest, mains),
        about_patients(manifest, mains, preset, surgical=False),
        about_patients(manifest, mains, preset, surgical=True),
        *about_instruments(manifest, mains, asides, preset),
        about_times(manifest, mains, preset),
    ]
    return tuple(filter(None, (" ".join(filter(None, part)) for part in parts)))


def in_words(result: Mapping, manifest: Manifest, preset: str) -> str:
    """One result alone, as the paragraphs would say it."""
    if result["type"] in profile.KINDS:
        return " ".join(characteristic([result], {}, manifest, preset))
    return " ".join(filter(None, group_sentences([result], manifest, preset)))


def instruments_of(mains: Sequence[Mapping], manifest: Manifest) -> list[str]:
    used = {phrases.instrument_of(each["entry"]) for each in mains}
    return [key for key in manifest.instruments if key in used]


def who_is_in(manifest: Manifest, mains: Sequence[Mapping]) -> Iterator[str]:
    """Enrolled, left out and why, analysed."""
    flow, unit = manifest.raw.get("flow", {}), manifest.raw.get("unit", "procedure")
    enrolled, patients, procedures = (flow.get(name, 0) for name in ("enrolled", "patients", "procedures"))
    left = [f"{each['n']} {wording.plain(each['reason'])}" for each in flow.get("left_out", []) if each["n"]]
    analysed, left_words = wording.counted(procedures, "procedure"), "; ".join(left)
    if unit == "fracture":
        analysed = f"{wording.counted(flow.get('fractures', 0), 'fracture')} treated in {analysed}"
    if not left and enrolled == patients == procedures and unit != "fracture":
        yield f"All {wording.counted(enrolled, 'enrolled patient')} were analysed, with one procedure each."
    else:
        yield (
            f"Of {wording.counted(enrolled, 'enrolled patient')}, {patients} with {analysed} "
            f"{'was' if patients == 1 else 'were'} analysed{f' (left out: {left_words})' if left else ''}."
        )
    if sizes := sizes_by_group(manifest, mains):
        yield sizes


def about_patients(manifest: Manifest, mains: Sequence[Mapping], preset: str, *, surgical: bool) -> Iterator[str]:
    """The characteristics that a paper names in its text; the tables have the others."""
    described = [each for each in mains if each["type"] in profile.KINDS and not each["entry"].get("subset")]
    mine = [each for each in described if is_surgical(each["entry"]["var"]) is surgical]
    mine = [each for each in mine if each["entry"]["var"] != manifest.arm]
    chosen = {}
    for each in sorted(mine, key=rank):
        chosen.setdefault(each["entry"]["var"], each)
    shown, tests = list(chosen.values()), profile.tests_of(mains)
    told = shown if surgical else shown[:MOST_CHARACTERISTICS]
    yield from characteristic(told, tests, manifest, preset)
    if len(shown) > len(told):
        rest = wording.counted(len(shown) - len(told), "further characteristic")
        yield f"The table of characteristics gives {rest}."
    told_with = [tests.get((each["entry"]["var"], each["entry"].get("by"))) for each in told]
    for test in tests_alone(mains, surgical):
        if test not in told_with:
            yield told_of(test, manifest, preset)


def tests_alone(mains: Sequence[Mapping], surgical: bool) -> Iterator[Mapping]:
    """The comparisons of patients' variables that are of this kind."""
    for each in mains:
        entry = each["entry"]
        named = [name for name in (entry.get("var"), entry.get("row"), entry.get("col")) if isinstance(name, str)]
        is_test = each["type"] in ("crosstab_patient", "mannwhitney_patient_var")
        if is_test and any(map(is_surgical, named)) is surgical:
            yield each


def rank(result: Mapping) -> tuple:
    """What a paper says first; the rest as the plan asks. By group before not."""
    var = result["entry"]["var"]
    return FIRST.index(var) if var in FIRST else len(FIRST), not result["entry"].get("by")


def about_instruments(
    manifest: Manifest, mains: Sequence[Mapping], asides: Mapping[str, Sequence[Mapping]], preset: str
) -> Iterator[Iterator[str]]:
    for key in instruments_of(mains, manifest):
        yield from about_instrument(key, manifest, mains, asides, preset)


def about_instrument(
    key: str, manifest: Manifest, mains: Sequence[Mapping], asides: Mapping[str, Sequence[Mapping]], preset: str
) -> tuple[Iterator[str], Iterator[str]]:
    """The course and what was tested; then what stands beside it."""
    mine = [each for each in mains if phrases.instrument_of(each["entry"]) == key]
    beside = [each for main in mine for each in asides.get(main["analysis_id"], ())]
    return group_sentences(mine, manifest, preset), beside_sentences(beside, manifest, preset)


def about_times(manifest: Manifest, mains: Sequence[Mapping], preset: str) -> Iterator[str]:
    """Survival and other times to an event, one after the other."""
    for each in mains:
        if each["type"] in ("km", "cumulative_incidence", "logrank_by_site"):
            yield capital(told_of(each, manifest, preset))
