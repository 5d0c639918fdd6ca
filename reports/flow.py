"""Who is in: a freeze's manifest as the flow of patients that STROBE asks for. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from reports import wording
from reports.layout import Flow, FlowStage, FlowStep
from reports.manifest import Manifest

UNITS = {"patient": "patient", "procedure": "procedure", "fracture": "fracture"}


def flow_of(manifest: Manifest) -> Flow:
    """The flow of a freeze, or of a preview of one."""
    raw = manifest.raw.get("flow", {})
    unit = manifest.raw.get("unit", "procedure")
    steps = tuple(FlowStep(each["criterion"], each["n"], each.get("unknown", 0)) for each in raw.get("steps", []))
    left_out = tuple((wording.plain(each["reason"]), each["n"]) for each in raw.get("left_out", []))
    return Flow(
        enrolled=raw.get("enrolled", 0),
        left_out=left_out,
        patients=raw.get("patients", 0),
        procedures=raw.get("procedures", 0),
        fractures=raw.get("fractures"),
        unit=unit,
        steps=steps,
        stages=tuple(stages(raw, unit, steps, left_out)),
    )


def stages(raw: Mapping, unit: str, steps: Sequence[FlowStep], left_out: Sequence) -> Iterator[FlowStage]:
    """Screened, enrolled, considered and analysed, each with who left on the way to the next."""
    screening = raw.get("screening")
    if screening:
        yield screened(screening)
    before = [FlowStep(reason, n) for reason, n in before_the_steps(left_out, steps)]
    enrolled = raw.get("enrolled", 0)
    yield FlowStage(enrolled, f"{noun('patient', enrolled)} enrolled", beyond_the_log(enrolled, screening), (*before,))
    analysed = analysed_of(raw, unit)
    if steps:
        considered = analysed + sum(step.left for step in steps)
        yield FlowStage(considered, f"{noun(unit, considered)} considered", "", tuple(steps))
    yield FlowStage(analysed, f"{noun(unit, analysed)} analysed", whose(raw, unit))


def before_the_steps(left_out: Sequence[tuple[str, int]], steps: Sequence[FlowStep]) -> Sequence[tuple[str, int]]:
    """Who left before any criterion was asked. The list ends with the criteria's own: those who do not meet one, and
    those of whom it is not known, each where there are any."""
    own = sum((step.n > 0) + (step.unknown > 0) for step in steps)
    return left_out[: len(left_out) - own]


def screened(screening: Mapping) -> FlowStage:
    """The screening log, down to those who were entered."""
    why = {"ineligible": "not eligible", "pending": "not decided: an answer is unknown",
           "not_entered": "eligible, not entered"}  # fmt: skip
    left = tuple(FlowStep(words, screening[name]) for name, words in why.items() if screening.get(name))
    n = screening["screened"]
    return FlowStage(n, f"{'case' if n == 1 else 'cases'} screened", "", left)


def beyond_the_log(enrolled: int, screening: Mapping | None) -> str:
    """How many were entered without a line in the screening log, where there is one."""
    if not screening:
        return ""
    left = sum(screening.get(name, 0) for name in ("ineligible", "pending", "not_entered"))
    beyond = enrolled - (screening["screened"] - left)
    return f"{beyond} of them without a line in the screening log" if beyond > 0 else ""


def analysed_of(raw: Mapping, unit: str) -> int:
    named = {"patient": "patients", "fracture": "fractures"}.get(unit, "procedures")
    return raw.get(named) or 0


def whose(raw: Mapping, unit: str) -> str:
    """Whose the units are, where they are not the patients themselves."""
    patients, procedures = raw.get("patients", 0), raw.get("procedures", 0)
    if unit == "procedure":
        return f"in {wording.counted(patients, 'patient')}"
    if unit == "fracture":
        return f"in {wording.counted(procedures, 'procedure')} of {wording.counted(patients, 'patient')}"
    return "" if patients == procedures else f"with {wording.counted(procedures, 'procedure')}"


def noun(unit: str, n: int) -> str:
    word = UNITS.get(unit, unit)
    return word if n == 1 else f"{word}s"
