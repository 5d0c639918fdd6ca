"""Malignancies and where they spread."""

from outcomes.variables.answers import NO_ANSWER
from outcomes.variables.chart import Chart, agreed, answered
from outcomes.variables.variable import coded, grouped, yes_no
from registry.chart import FORMS
from registry.models.malignancy import HAEMATOLOGIC, HormoneStatus, LesionMatrix, Metastasis, PrimaryCancer

MALIGNANCY, METASTASIS = "malignancy", "metastasis"
PLACES = {code: words for code, words in Metastasis.Place.choices if code != "other"}
# Counted apart; every other place is one of `metastases_other`.
NAMED = ("lung", "lymph_nodes", "liver")

VARIABLES = (
    *grouped(
        FORMS[MALIGNANCY].title,
        yes_no("cancer", "Malignancy"),
        coded("primary_cancer", "Primary cancer", PrimaryCancer.choices, several="More than one"),
        yes_no("haematologic", "Haematologic malignancy"),
        coded("hormone_sensitive", "Hormone status",
              [each for each in HormoneStatus.choices if each[0] not in NO_ANSWER], several="Differs"),
        yes_no("targeted_therapy", "Targeted therapy (lung)"),
        coded("lesion_matrix", "Matrix of the lesion", LesionMatrix.choices, several="Differs between lesions"),
    ),
    *grouped(
        FORMS[METASTASIS].title,
        yes_no("additional_metastases", "Other metastatic sites"),
        yes_no("metastases_other", "Metastases: other than lung, lymph nodes and liver"),
        *(yes_no(f"metastases_{code}", f"Metastases: {words.lower()}") for code, words in PLACES.items()),
    ),
)  # fmt: skip


def of(chart: Chart) -> dict:
    rows = chart.all(MALIGNANCY)
    haematologic = chart.any(MALIGNANCY, lambda row: row.primary_cancer in HAEMATOLOGIC if row.primary_cancer else None)
    return {
        "cancer": chart.any(MALIGNANCY),
        "primary_cancer": agreed(row.primary_cancer for row in rows),
        "haematologic": haematologic,
        "hormone_sensitive": agreed(
            "" if row.hormone_sensitive in NO_ANSWER else row.hormone_sensitive for row in rows
        ),
        "targeted_therapy": chart.any(MALIGNANCY, lambda row: answered(row.targeted_therapy)) if rows else None,
        "lesion_matrix": agreed(row.lesion_matrix for row in rows),
    } | spread_of(chart)


def spread_of(chart: Chart) -> dict:
    """Each place of metastasis."""
    found = {f"metastases_{code}": at(chart, lambda place, code=code: place == code) for code in PLACES}
    return found | {
        "additional_metastases": at(chart, bool),
        "metastases_other": at(chart, lambda place: place not in NAMED),
    }


def at(chart: Chart, test) -> bool | None:
    """Whether the patient has a metastasis at a place; who has no malignancy has none anywhere."""
    if not chart.all(METASTASIS) and chart.any(MALIGNANCY) is False:
        return False
    return chart.any(METASTASIS, lambda row: test(row.place) if row.place else None)
