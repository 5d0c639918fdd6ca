"""Nails, screws, cement and ablation: what was left in, or done to, the bone."""

from decimal import Decimal

from django.db import models

from registry.models.answers import choice, number, several, text, whole, yes_no
from registry.models.chart import chart_row
from registry.models.fracture import LEVELS, Side
from registry.models.in_order import goes_with, other_in_words
from registry.models.parents import OfProcedure


@chart_row
class Implant(OfProcedure):
    """One nail, screw or other implant."""

    class Type(models.TextChoices):
        PDN = "pdn", "Photodynamic nail"
        SCREW = "screw", "Screw"
        OTHER = "other", "Other"

    class Path(models.TextChoices):
        ILIOSACRAL = "iliosacral", "Iliosacral"
        TRANS_SACRAL = "trans_sacral", "Trans-sacral"

    class Thread(models.TextChoices):
        FULL = "full", "Full"
        PARTIAL = "partial", "Partial"

    type = choice("Implant", Type.choices)
    type_other = text("Which other implant", 120)
    level = choice("Level", [*LEVELS, ("periacetabular", "Periacetabular"), ("other", "Elsewhere")])
    side = choice("Side of entry", Side.choices)
    screw_path = choice("Path of the screw", Path.choices)
    diameter_mm = number("Diameter (mm)", 1, 30, places=1)
    length_mm = number("Length (mm)", 5, 500, places=1)
    thread = choice("Thread", Thread.choices)
    cannulated = yes_no("Cannulated")
    washer = yes_no("Washer")
    manufacturer = text("Manufacturer", 120)
    iliac_cortices_spanned = whole("Iliac cortices spanned", 0, 4)

    class Meta(OfProcedure.Meta):
        constraints = [other_in_words(("type", "type_other"), name="implant_other_in_words")]

    def __str__(self):
        return f"{self.get_type_display()} at {self.procedure}"


class LeakSite(models.TextChoices):
    PRESACRAL = "presacral", "Presacral"
    SI_JOINT = "si_joint", "Sacroiliac joint"
    FORAMEN = "foramen", "Foramen"
    CANAL = "canal", "Canal"
    DISC_L5S1 = "disc_l5s1", "L5/S1 disc"
    VENOUS = "venous", "Venous"
    PULMONARY = "pulmonary", "Pulmonary"
    NEEDLE_TRACT = "needle_tract", "Needle tract"
    SOFT_TISSUE = "soft_tissue", "Soft tissue"


@chart_row
class CementInjection(OfProcedure):
    """One injection of cement. Balloon assistance goes with any approach."""

    class Approach(models.TextChoices):
        SHORT_AXIS = "short_axis", "Short axis"
        LONG_AXIS = "long_axis", "Long axis"
        COAXIAL = "coaxial", "Coaxial"
        TRANSILIAC = "transiliac", "Transiliac"
        INTERPEDICULAR = "interpedicular", "Interpedicular"
        POSTERIOR_OTHER = "posterior_other", "Posterior, other"
        ANTERIOR_OBLIQUE = "anterior_oblique", "Anterior oblique"
        TRANS_SACROILIAC = "trans_sacroiliac", "Trans-sacroiliac"

    class Viscosity(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"
        UNKNOWN = "unknown", "Unknown"

    side = choice("Side", Side.choices)
    level = choice("Level", LEVELS)
    approach = choice("Approach", Approach.choices)
    balloon_assisted = yes_no("Balloon assisted")
    needle_gauge = whole("Needle (gauge)", 8, 22)
    needles_n = whole("Needles", 1, 20)
    material = choice("Cement", [("pmma", "PMMA"), ("other", "Other")])
    material_other = text("Which other cement", 120)
    volume_ml = number("Volume (ml)", Decimal("0.1"), 40, places=1)
    viscosity = choice("Viscosity", Viscosity.choices)
    leak = yes_no("Leakage")
    leak_sites = several("Sites of the leakage", LeakSite.choices)
    leak_symptomatic = yes_no("The leakage was symptomatic")
    leak_action = text("What was done about it", 200)
    leak_detected_by = text("How it was detected", 120)

    class Meta(OfProcedure.Meta):
        constraints = [
            other_in_words(("material", "material_other"), name="cementinjection_other_in_words"),
            goes_with(
                "leak", "leak_sites", name="cementinjection_leak_has_sites",
                message="A leakage has a site, and a site is that of a leakage. [T4]",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Cement at {self.procedure}"


@chart_row
class AblationSession(OfProcedure):
    """Ablation of a lesion, by modality."""

    class Modality(models.TextChoices):
        RFA = "rfa", "Radiofrequency"
        CRYO = "cryo", "Cryoablation"
        MICROWAVE = "microwave", "Microwave"
        LASER = "laser", "Laser"
        OTHER = "other", "Other"

    modality = choice("Modality", Modality.choices)
    modality_other = text("Which other modality", 120)
    sessions = whole("Sessions", 1, 20)
    before_cement = yes_no("Before the cement")

    class Meta(OfProcedure.Meta):
        constraints = [other_in_words(("modality", "modality_other"), name="ablationsession_other_in_words")]

    def __str__(self):
        return f"{self.get_modality_display()} at {self.procedure}"
