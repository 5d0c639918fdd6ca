"""Rules of what was done: technique against implants, cement and ablation; the cohorts' own limits."""

from collections.abc import Iterator

from registry.addresses import Address
from registry.derived.complexity import pdn_complexity
from registry.models import CementInjection, Implant, Operation, Procedure
from registry.models.event import Complication
from registry.models.fracture import LEVELS
from registry.models.operation import Hardware
from registry.rules.numbers import plain
from registry.rules.record import PatientRecord, ProcedureRecord
from registry.rules.rule import Found, Said, of_each, of_each_procedure, refuses, warns

# All thresholds are proposals of this registry.
LONG_OPERATION_MIN, LARGE_BLOOD_LOSS_ML = 720, 5000
THINNEST_SCREW_MM, THICKEST_SCREW_MM = 4, 12
SACRAL = frozenset(code for code, _ in LEVELS)
Kind, Type = Procedure.Kind, Implant.Type
CEMENT_AND_SCREWS, WITH_CEMENT = Kind.SACROPLASTY_WITH_SCREWS, (Kind.SACROPLASTY, Kind.SACROPLASTY_WITH_SCREWS)


def these(form: str, rows) -> tuple:
    return tuple((form, row.pk) for row in rows)


def screws(procedure: ProcedureRecord) -> list[Implant]:
    """The screws in the sacrum, or by a path through it; of one whose place is not said it is taken to be there."""
    listed = (row for row in procedure.rows("implant") if row.type == Type.SCREW)
    return [row for row in listed if not row.level or row.level in SACRAL or row.screw_path]


def sacral_nails(procedure: ProcedureRecord) -> list[Implant]:
    """The photodynamic nails in the sacrum: periacetabular ones are additional hardware."""
    return [row for row in procedure.rows("implant") if row.type == Type.PDN and row.level in SACRAL]


@refuses(
    "T1", forms=("procedure", "operation", "implant", "cement"), fields=("kind", "cement_used", "pdn_sacral_count"),
    evidence="S", wording="The technique is what was used: sacroplasty with screws has cement and a sacral screw,"
    " sacroplasty cement and none, screws no cement, photodynamic nails at least one in the sacrum.",
)  # fmt: skip
@of_each_procedure
def technique_against_material(procedure: ProcedureRecord) -> Iterator[Found]:
    operation, kind = procedure.only("operation"), procedure.procedure.kind
    screwed, cement = screws(procedure), procedure.rows("cement")
    words = Kind(kind).label
    beside = these("implant", screwed) + these("cement", cement) + these("operation", [operation] if operation else [])

    def found(message: str, *, awaits: bool = False) -> Found:
        return Found(Address("procedure", procedure.procedure.pk, "kind"), kind, message, beside, awaits)

    no_cement = operation is not None and operation.cement_used is False
    hardware = (operation.additional_hardware or []) if operation is not None else []
    if kind in WITH_CEMENT and no_cement and not cement:
        yield found(f"{words}, and no cement was used. Correct the technique, or record the cement.")
    if kind == Kind.SACROPLASTY and (screwed or Hardware.ILIOSACRAL_SCREW in hardware):
        yield found("Sacroplasty, and there is a sacral screw: this is sacroplasty with screw fixation.")
    if kind == Kind.SCREWS and (cement or (operation is not None and operation.cement_used)):
        yield found("Screws alone, and there is cement: this is sacroplasty with screw fixation.")
    if kind == Kind.PDN and operation is not None and operation.pdn_sacral_count == 0:
        yield found("Photodynamic nails, and none of them in the sacrum. Correct the technique or the count.")
    if operation is None:
        return
    if kind in WITH_CEMENT and not cement and not no_cement and not procedure.is_lost("cement"):
        yield found(f"{words}: record the cement.", awaits=True)
    if kind == CEMENT_AND_SCREWS and not screwed and not procedure.is_lost("implant"):
        yield found(f"{words}: record the screws.", awaits=True)


@warns(
    "T2", forms=("operation", "procedure"), fields=("complexity_reported",), evidence="S",
    wording="Simple or complex, as the chart reports it, is another than the rule gives: 1 or 2 nails in the sacrum"
    " alone are simple, with additional hardware complex.",
)  # fmt: skip
@of_each("operation")
def complexity_against_rule(row: Operation, procedure: ProcedureRecord) -> Iterator[Said]:
    ruled = pdn_complexity(procedure.procedure.kind, row.pdn_sacral_count, row.additional_hardware)
    if row.complexity_reported and ruled is not None and row.complexity_reported != ruled:
        message = f"The chart says {row.complexity_reported}, the rule {ruled.replace('_', ' ')}. Say why."
        yield Said("complexity_reported", f"{row.complexity_reported}, by the rule {ruled}", message)


@refuses(
    "T3", forms=("operation", "implant"), fields=("pdn_sacral_count",), evidence="S",
    wording="The number of photodynamic nails in the sacrum is that of the implants listed.",
)  # fmt: skip
@of_each("operation")
def nails_against_count(row: Operation, procedure: ProcedureRecord) -> Iterator[Said]:
    nails, count = sacral_nails(procedure), row.pdn_sacral_count
    if count is not None and len(nails) != count and not (len(nails) < count and procedure.is_lost("implant")):
        message = f"The operation counts {count} in the sacrum, the implants are {len(nails)}. Correct one of them."
        listed = these("implant", procedure.rows("implant"))
        yield Said("pdn_sacral_count", f"{count}, listed {len(nails)}", message, listed, awaits=len(nails) < count)


@refuses(
    "T4", forms=("operation", "cement"), fields=("cement_used", "leak_sites"), evidence="P",
    wording="Cement was used where an injection is listed, and only there; sites of leakage only with a leakage.",
    constraints=("cementinjection_leak_has_sites",),
)  # fmt: skip
@of_each_procedure
def cement_against_injections(procedure: ProcedureRecord) -> Iterator[Found]:
    yield from used_against_listed(procedure, "cement_used", "cement", "Cement")
    for row in procedure.rows("cement"):
        yield from leak_against_sites(row)


def leak_against_sites(row: CementInjection) -> Iterator[Found]:
    address = Address("cement", row.pk, "leak_sites")
    if row.leak_sites and not row.leak:
        yield Found(address, ", ".join(row.leak_sites), "Sites go with a leakage: say yes, or take the sites away.")
    if row.leak and row.leak_sites == []:
        yield Found(address, "none", "Say where the cement leaked to.")


def used_against_listed(procedure: ProcedureRecord, field: str, form: str, what: str) -> Iterator[Found]:
    """Yes or no in the operation against the rows of its own form."""
    operation, rows = procedure.only("operation"), procedure.rows(form)
    used = None if operation is None else getattr(operation, field)
    if used is None:
        return
    address = Address("operation", operation.pk, field)
    if rows and not used:
        listed = "a row is listed" if len(rows) == 1 else f"{len(rows)} rows are listed"
        message = f"{what}: the operation says no, and {listed}. Correct one of them, or mark the rows as errors."
        yield Found(address, f"no, listed {len(rows)}", message, these(form, rows))
    if used and not rows and not procedure.is_lost(form):
        yield Found(address, "yes, listed 0", f"{what}: the operation says yes. List what was done.", awaits=True)


@refuses(
    "T5", forms=("operation", "ablation"), fields=("ablation_done",), evidence="P",
    wording="Ablation was done where a modality is listed, and only there.",
)  # fmt: skip
@of_each_procedure
def ablation_against_sessions(procedure: ProcedureRecord) -> Iterator[Found]:
    yield from used_against_listed(procedure, "ablation_done", "ablation", "Ablation")


@warns(
    "T6", forms=("procedure", "fracture", "ablation", "cement"), fields=("status", "modality", "balloon_assisted"),
    evidence="S", wording="What the protocol leaves out: a complete pathologic fracture among photodynamic nails"
    " (Clunk); ablation, a balloon or the sacroiliac joint in percutaneous sacroplasty (Gupta).",
)  # fmt: skip
def outside_the_protocol(record: PatientRecord) -> Iterator[Found]:
    index = record.index
    if index is None or not (record.forms or index.forms):
        return
    if record.schedule == "clunk" and index.procedure.kind == Kind.PDN:
        rows = ((row, "status", row.status == "pathologic_complete") for row in record.rows("fracture"))
        yield from left_out("fracture", rows, "complete pathologic fractures")
    if record.schedule == "gupta":
        rows = ((row, "si_joint_involved", row.si_joint_involved) for row in record.rows("fracture"))
        yield from left_out("fracture", rows, "lesions of the sacroiliac joint")
        yield from left_out("ablation", ((row, "modality", True) for row in index.rows("ablation")), "ablation")
        rows = ((row, "balloon_assisted", row.balloon_assisted) for row in index.rows("cement"))
        yield from left_out("cement", rows, "balloons")


def left_out(form: str, rows, what: str) -> Iterator[Found]:
    """The rows that a protocol does not take."""
    for row, field, is_there in rows:
        if is_there:
            message = f"The protocol of this study leaves out {what}. Say why the patient is in it."
            yield Found(Address(form, row.pk, field), str(getattr(row, field)), message)


@warns(
    "T7", forms=("operation",), fields=("operative_time_min", "ebl_ml"), evidence="P",
    wording=f"An operation of more than {LONG_OPERATION_MIN} minutes, or a blood loss above {LARGE_BLOOD_LOSS_ML} ml.",
)  # fmt: skip
@of_each("operation")
def very_long_or_bloody(row: Operation, procedure: ProcedureRecord) -> Iterator[Said]:
    if row.operative_time_min is not None and row.operative_time_min > LONG_OPERATION_MIN:
        message = f"{row.operative_time_min} minutes are more than {LONG_OPERATION_MIN}. Check the time."
        yield Said("operative_time_min", str(row.operative_time_min), message)
    if row.ebl_ml is not None and row.ebl_ml > LARGE_BLOOD_LOSS_ML:
        yield Said("ebl_ml", str(row.ebl_ml), f"{row.ebl_ml} ml are more than {LARGE_BLOOD_LOSS_ML}. Check the volume.")


@refuses(
    "T7e", forms=("operation",), fields=("operative_time_min", "ebl_ml"), evidence="V",
    wording="Neither an operative time nor a blood loss is negative.", constraints=("operation_within_range",),
)  # fmt: skip
@of_each("operation")
def below_nothing(row: Operation, procedure: ProcedureRecord) -> Iterator[Said]:
    for name in ("operative_time_min", "ebl_ml"):
        value = getattr(row, name)
        if value is not None and value < 0:
            yield Said(name, str(value), "This is below 0. Check it.")


@warns(
    "T8", forms=("cement", "complication"), fields=("leak", "complication"), evidence="P",
    wording="No injection leaked, and an extravasation of cement is among the complications.",
)  # fmt: skip
@of_each_procedure
def extravasation_without_leak(procedure: ProcedureRecord) -> Iterator[Found]:
    injections = procedure.rows("cement")
    if not injections or any(row.leak is not False for row in injections):
        return
    for row in procedure.rows("complication"):
        if row.complication == Complication.EXTRAVASATION:
            message = "Extravasation of cement, and every injection says that nothing leaked. Check both."
            yield Found(
                Address("complication", row.pk, "complication"), "leak no", message, these("cement", injections)
            )


@warns(
    "T9", forms=("implant",), fields=("diameter_mm",), evidence="P",
    wording=f"A screw is {THINNEST_SCREW_MM} to {THICKEST_SCREW_MM} mm thick; other implants may be thicker.",
)  # fmt: skip
@of_each("implant")
def odd_screw(row: Implant, procedure: ProcedureRecord) -> Iterator[Said]:
    thick = row.diameter_mm
    if row.type == Type.SCREW and thick is not None and not THINNEST_SCREW_MM <= thick <= THICKEST_SCREW_MM:
        message = f"A screw of {plain(thick)} mm: they run from {THINNEST_SCREW_MM} to {THICKEST_SCREW_MM}. Check it."
        yield Said("diameter_mm", plain(thick), message)
