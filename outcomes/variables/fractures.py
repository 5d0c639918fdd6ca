"""What a patient's fractures and lesions say together, where a row of the freeze is not one fracture."""

from outcomes.variables.answers import FRACTURE, OF_A_FRACTURE
from outcomes.variables.chart import Chart, Row, agreed, answered, highest
from outcomes.variables.variable import coded, grouped, number, yes_no
from registry.chart import FORMS
from registry.derived.fragility import FFP
from registry.derived.of_chart import sins_of
from registry.models.fracture import BAKKER, Etiology, FractureStatus

MIXED = "Differs between fractures"
CANCER = ("metastatic", "myeloma_lymphoma")
PATHOLOGIC = ("pathologic_minimally_displaced", "pathologic_complete")
IMPENDING, INSUFFICIENCY, RADIATION = "impending", "insufficiency", "radiation"
# Yes where any fracture says yes.
ANY = ("si_joint_involved", "foramen_breach", "neural_compression", "soft_tissue_component",
       "additional_pelvic_fracture", "failed_conservative_care")  # fmt: skip
LISTS = ("levels", "additional_sites", "confirmed_by")
ANSWERS = {answer.column: answer for answer in OF_A_FRACTURE if not answer.code}
CODES = [answer for answer in OF_A_FRACTURE if answer.column in LISTS]
FRACTURE_ETIOLOGY = {"cancer": "Cancer", **{code: words for code, words in Etiology.choices if code not in CANCER}}
INDICATIONS = {
    "impending_pathologic_fracture": "Impending pathologic fracture",
    "insufficiency_fracture_radiation_osteitis": "Insufficiency fracture, radiation osteitis",
    "insufficiency_fracture": "Insufficiency fracture", "pathologic_fracture": "Pathologic fracture",
    "other": "Other",
}  # fmt: skip

VARIABLES = grouped(
    FORMS[FRACTURE].title,
    number("fractures", "Fractures or lesions"),
    coded("etiology", "Cause of the fracture", Etiology.choices, several=MIXED),
    coded("fracture_etiology", "Cause of the fracture, cancer together", FRACTURE_ETIOLOGY.items(), several=MIXED),
    coded("fracture_status", "Fracture status", FractureStatus.choices, several=MIXED),
    coded("lesion", "Lesion", [("pathological", "Pathologic fracture"), ("impending", "Impending fracture")]),
    coded("indication", "Indication", INDICATIONS.items(), several=MIXED),
    coded("fracture_side", "Side of the fracture", FORMS[FRACTURE].model._meta.get_field("side").flatchoices),
    coded("ffp", "FFP (Rommens-Hofmann), highest", [(code, code) for code in FFP]),
    coded("bakker", "Bakker, highest", BAKKER),
    number("denis", "Denis zone, highest"),
    number("sins", "SINS, highest"),
    *(yes_no(name, ANSWERS[name].variable.label) for name in ANY),
    *(yes_no(f"etiology_{code}", f"Cause of the fracture: {words}") for code, words in Etiology.choices),
    *(yes_no(f"fracture_status_{code}", f"Fracture status: {words}") for code, words in FractureStatus.choices),
    *(yes_no(answer.variable.name, answer.variable.label) for answer in CODES),
)
# Column, what its variables' names begin with, and the codes of which each is one variable.
LISTED = (
    *((column, column, [answer.code for answer in CODES if answer.column == column]) for column in LISTS),
    ("etiology", "etiology", Etiology.values),
    ("status", "fracture_status", FractureStatus.values),
)
BY_CODE = tuple(f"{stem}_{code}" for _, stem, codes in LISTED for code in codes)


def of(chart: Chart) -> dict:
    rows = chart.all(FRACTURE)
    if not rows:
        return {"fractures": 0 if FRACTURE in chart.nothing else None}
    told = {
        "fractures": len(rows),
        "etiology": agreed(row.etiology for row in rows),
        "fracture_etiology": agreed("cancer" if row.etiology in CANCER else row.etiology for row in rows),
        "fracture_status": agreed(row.status for row in rows),
        "lesion": lesion(rows),
        "indication": agreed(indication(row) for row in rows),
        "fracture_side": side(rows),
        "ffp": highest_class(FFP, (row.ffp for row in rows)),
        "bakker": highest_class(
            [code for code, _ in BAKKER], (s for row in rows for s in (row.bakker_left, row.bakker_right))
        ),
        "denis": highest(row.denis for row in rows),
        "sins": highest(sins_of(row) for row in rows),
    }
    return (
        told
        | {name: chart.any(FRACTURE, lambda row, name=name: answered(getattr(row, name))) for name in ANY}
        | by_code(chart)
    )


def by_code(chart: Chart) -> dict:
    """Whether any fracture has each code of the lists, of the causes and of the states."""
    rows = chart.all(FRACTURE)
    found = {}
    for column, stem, codes in LISTED:
        values = [getattr(row, column) for row in rows]
        lists = column in LISTS
        there = {code for value in values if value for code in (value if lists else [value])}
        known = None not in values if lists else "" not in values
        found |= {f"{stem}_{code}": True if code in there else False if known else None for code in codes}
    return found


def lesion(rows: list[Row]) -> str | None:
    """pathological where any fracture is, impending where any is and every state is known; None of the others."""
    states = [row.status for row in rows]
    if any(state in PATHOLOGIC for state in states):
        return "pathological"
    return IMPENDING if IMPENDING in states and "" not in states else None


def indication(row: Row) -> str | None:
    """As Clunk words it: impending, or insufficiency after radiation."""
    if not row.status:
        return None
    if row.status == IMPENDING:
        return "impending_pathologic_fracture"
    if row.status == INSUFFICIENCY:
        return "insufficiency_fracture" + "_radiation_osteitis" * (row.etiology == RADIATION)
    return "pathologic_fracture" if row.status in PATHOLOGIC else "other"


def side(rows: list[Row]) -> str | None:
    """bilateral where one fracture is, or one is on the left and one on the right."""
    sides = {row.side for row in rows}
    if "bilateral" in sides or {"left", "right"} <= sides:
        return "bilateral"
    return next(iter(sides)) if len(sides) == 1 and "" not in sides else None


def highest_class(order, codes) -> str | None:
    """The code that stands last in the order, of those that are recorded."""
    places = [list(order).index(code) for code in codes if code]
    return list(order)[max(places)] if places else None
