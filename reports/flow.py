"""Who is in: a freeze's manifest as the flow of patients that STROBE asks for. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from reports import wording
from reports.flow_parts import Flow, FlowStage, FlowStep
from reports.manifest import Manifest

UNITS = {"patient": "patient", "procedure": "procedure", "fracture": "fracture"}


def flow_of(manifest: Manifest) -> Flow:
    """The flow of a freeze, or of a preview of one."""
    raw = manifest.raw.get("flow", {})
    unit = manifest.raw.get("unit", "procedure")
    left_out = tuple((wording.plain(each["reason"]), each["n"]) for each in raw.get("left_out", []))
    before, steps = apart(left_out, raw.get("steps", []))
    return Flow(
        enrolled=raw.get("enrolled", 0),
        left_out=left_out,
        patients=raw.get("patients", 0),
        procedures=raw.get("procedures", 0),
        fractures=raw.get("fractures"),
        unit=unit,
        steps=steps,
        stages=tuple(stages(raw, unit, before, steps)),
    )


def stages(raw: Mapping, unit: str, before: tuple[FlowStep, ...], steps: tuple[FlowStep, ...]) -> Iterator[FlowStage]:
    """Screened, enrolled, considered and analysed, each with who left on the way to the next."""
    screening = raw.get("screening")
    if screening:
        yield screened(screening)
    enrolled = raw.get("enrolled", 0)
    yield FlowStage(enrolled, f"{noun('patient', enrolled)} enrolled", beyond_the_log(enrolled, screening), before)
    analysed = analysed_of(raw, unit)
    if steps:
        considered = analysed + sum(step.left for step in steps)
        yield FlowStage(considered, f"{noun(unit, considered)} considered", "", steps)
    yield FlowStage(analysed, f"{noun(unit, analysed)} analysed", whose(raw, unit))


def apart(left_out: Sequence[tuple[str, int]], raw_steps: Sequence[Mapping]) -> tuple[tuple[FlowStep, ...], ...]:
    """Who left before any condition was asked, and the conditions with their reasons in words.

    The list of those left out ends with the conditions' own reasons in order: of who does not meet one, and of whom it
    is not known, each where there are any.
    """
    own = sum((each["n"] > 0) + (each.get("unknown", 0) > 0) for each in raw_steps)
    first = len(left_out) - own
    reasons = iter([reason for reason, _ in left_out[first:]])
    steps = tuple(
        FlowStep(each["criterion"], n, unknown, next(reasons) if n else "", next(reasons) if unknown else "")
        for each in raw_steps
        for n, unknown in [(each["n"], each.get("unknown", 0))]
    )
    return tuple(FlowStep(reason, n, why=reason) for reason, n in left_out[:first]), steps


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
