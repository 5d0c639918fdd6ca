"""The fracture or lesion for which a person is treated: 53 patients can have 97."""

from django.db import models

from registry.models.answers import choice, day, precision, several, text, whole, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import goes_with, other_in_words
from registry.models.parents import OfPatient

FFP = [(code, code) for code in ("Ia", "Ib", "IIa", "IIb", "IIc", "IIIa", "IIIb", "IIIc", "IVa", "IVb", "IVc")]
BAKKER = [(code, code) for code in ("A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3")]
LEVELS = [(f"s{place}", f"S{place}") for place in range(1, 6)]


class Etiology(models.TextChoices):
    METASTATIC = "metastatic", "Metastatic"
    MYELOMA_LYMPHOMA = "myeloma_lymphoma", "Myeloma or lymphoma"
    RADIATION = "radiation", "Radiation"
    OSTEOPOROTIC = "osteoporotic", "Osteoporotic"
    MINOR_TRAUMA = "minor_trauma", "Minor trauma"
    HIGH_ENERGY_TRAUMA = "high_energy_trauma", "High-energy trauma"
    OTHER = "other", "Other"


class FractureStatus(models.TextChoices):
    IMPENDING = "impending", "Impending"
    MINIMALLY_DISPLACED = "pathologic_minimally_displaced", "Pathologic, minimally displaced"
    COMPLETE = "pathologic_complete", "Pathologic, complete"
    INSUFFICIENCY = "insufficiency", "Insufficiency"
    TRAUMATIC = "traumatic", "Traumatic"
    NONE = "none_lesion_only", "None: lesion only"


class ImpendingBy(models.TextChoices):
    CLUNK = "clunk_cortical_50_or_permeative_2_diameters", "Cortex over 50 %, or permeative over 2 diameters (Clunk)"
    COX = "cox_symptomatic_lytic_no_fracture_line_ct", "Symptomatic lytic lesion without a fracture line on CT (Cox)"
    SITE = "site", "The site's own definition"


class Side(models.TextChoices):
    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    BILATERAL = "bilateral", "Bilateral"
    MIDLINE = "midline", "Midline"


class PelvicSite(models.TextChoices):
    PUBIC_RAMI = "pubic_rami", "Pubic rami"
    ILIUM = "ilium", "Ilium"
    ACETABULUM = "acetabulum", "Acetabulum"
    L5 = "l5", "L5"


class Imaging(models.TextChoices):
    CT = "ct", "CT"
    MRI = "mri", "MRI"
    BONE_SCAN = "bone_scan", "Bone scan"
    PET = "pet", "PET"
    XRAY = "xray", "X-ray"


def points(label: str, *scored: tuple[int, str]) -> models.IntegerField:
    """A component of a score, with only the points that exist."""
    limits = [value for value, _ in scored]
    return whole(label, min(limits), max(limits), choices=[(value, f"{value}: {words}") for value, words in scored])


@chart_row
class Fracture(OfPatient):
    """One fracture or lesion: cause, state, extent and classification. Bakker is coded for each side."""

    etiology = choice("Cause", Etiology.choices)
    etiology_other = text("Which other cause", 120)
    status = choice("State", FractureStatus.choices)
    impending_definition = choice("Impending by the definition", ImpendingBy.choices)
    side = choice("Side", Side.choices)
    levels = several("Levels", LEVELS)
    si_joint_involved = yes_no("Sacroiliac joint involved")
    foramen_breach = yes_no("Foramen breached")
    neural_compression = yes_no("Neural compression")
    soft_tissue_component = yes_no("Soft-tissue component")
    additional_pelvic_fracture = yes_no("Additional pelvic fracture")
    additional_sites = several("Sites of the additional fractures", PelvicSite.choices)
    confirmed_by = several("Confirmed by", Imaging.choices)
    symptoms_since_on = day("Symptoms since")
    symptoms_since_precision = precision()
    failed_conservative_care = yes_no("Conservative care failed")
    ffp = choice("FFP (Rommens-Hofmann)", FFP)
    bakker_left = choice("Bakker, left", BAKKER)
    bakker_right = choice("Bakker, right", BAKKER)
    denis = whole("Denis zone", 1, 3)
    sins_location = points("SINS location", (0, "S2-S5"), (1, "T3-T10"), (2, "C3-C6, L2-L4"), (3, "junctional"))
    sins_pain = points("SINS pain", (0, "none"), (1, "occasional, not mechanical"), (3, "mechanical"))
    sins_matrix = points("SINS matrix", (0, "blastic"), (1, "mixed"), (2, "lytic"))
    sins_alignment = points("SINS alignment", (0, "normal"), (2, "new deformity"), (4, "subluxation or translation"))
    sins_collapse = points(
        "SINS collapse", (0, "none"), (1, "none, over 50 % of the body involved"), (2, "under 50 %"), (3, "over 50 %")
    )
    sins_posterolateral = points("SINS posterolateral", (0, "none"), (1, "unilateral"), (3, "bilateral"))

    class Meta(OfPatient.Meta):
        constraints = [
            other_in_words(("etiology", "etiology_other"), name="fracture_other_in_words"),
            goes_with(
                "additional_pelvic_fracture", "additional_sites", name="fracture_additional_has_sites",
                message="An additional fracture has a site, and a site is that of an additional fracture. [R2]",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_status_display()} fracture of {self.patient}"
