"""How the operation went."""

from django.db import models

from registry.models.answers import choice, day, precision, several, text, whole, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import other_in_words
from registry.models.in_time import within_its_stay
from registry.models.parents import OfProcedure, one_for


class Hardware(models.TextChoices):
    PERIACETABULAR_PDN = "periacetabular_pdn", "Periacetabular photodynamic nail"
    THA = "tha", "Total hip arthroplasty"
    FEMUR_IMN = "femur_imn", "Femoral intramedullary nail"
    SPINE_ROD = "spine_rod_lumbopelvic", "Spine rod, lumbopelvic"
    EXTERNAL_FIXATOR = "external_fixator", "External fixator"
    PLATE = "plate", "Plate"
    ILIOSACRAL_SCREW = "iliosacral_screw", "Iliosacral screw"
    OTHER = "other", "Other"


@chart_row
class Operation(OfProcedure):
    """Technique, guidance, time, blood loss and stay of one procedure."""

    class Sedation(models.TextChoices):
        CONSCIOUS = "conscious_sedation", "Conscious sedation"
        GENERAL = "general", "General"
        REGIONAL = "regional", "Regional"
        LOCAL = "local_only", "Local only"

    class Guidance(models.TextChoices):
        CT = "ct", "CT"
        CT_FLUOROSCOPY = "ct_fluoroscopy", "CT fluoroscopy"
        CONE_BEAM_CT = "cone_beam_ct", "Cone-beam CT"
        FLUOROSCOPY = "fluoroscopy", "Fluoroscopy"
        NAVIGATION_3D = "navigation_3d", "3D navigation"
        NEEDLE_OVERLAY = "needle_overlay", "Needle overlay"

    class Position(models.TextChoices):
        PRONE = "prone", "Prone"
        LATERAL = "lateral", "Lateral"
        SUPINE = "supine", "Supine"

    class Specialty(models.TextChoices):
        ORTHO = "ortho", "Orthopaedics"
        IR = "ir", "Interventional radiology"
        NEURORADIOLOGY = "neuroradiology", "Neuroradiology"
        NEUROSURGERY = "neurosurgery", "Neurosurgery"

    class TimeDefinition(models.TextChoices):
        SKIN_TO_SKIN = "skin_to_skin", "Skin to skin"
        IN_ROOM = "in_room", "Time in the room"
        UNSTATED = "unstated", "Not stated in the source"

    class Complexity(models.TextChoices):
        SIMPLE = "simple", "Simple"
        COMPLEX = "complex", "Complex"
        NEEDS_REVIEW = "needs_review", "Needs review"

    pdn_sacral_count = whole("Photodynamic nails in the sacrum", 0, 6)
    additional_hardware = several("Additional hardware", Hardware.choices)
    hardware_other = text("Which other hardware", 120)
    complexity_reported = choice("Complexity as the chart reports it", Complexity.choices[:2])
    cement_used = yes_no("Cement used")
    ablation_done = yes_no("Ablation done")
    sedation = choice("Anaesthesia", Sedation.choices)
    guidance = several("Guidance", Guidance.choices)
    position = choice("Position", Position.choices)
    operative_time_min = whole("Operative time (min)", 1, 1440)
    time_definition = choice("Time measured", TimeDefinition.choices)
    ebl_ml = whole("Estimated blood loss (ml)", 0, 20000, help_text="'Minimal' is not 0: give the reason instead.")
    admitted_on = day("Admitted on")
    admitted_precision = precision()
    discharged_on = day("Discharged on")
    discharged_precision = precision()
    los_definition = text("How the stay is counted, where the source says so", 120)
    icu_admission = yes_no("Admitted to intensive care")
    surgeon_specialty = choice("Specialty of the surgeon", Specialty.choices)
    complexity = models.CharField("Complexity", max_length=60, choices=Complexity, blank=True, editable=False)
    los_days = models.IntegerField("Length of stay (nights)", null=True, blank=True, editable=False)

    class Meta(OfProcedure.Meta):
        constraints = [
            one_for("procedure", name="one_operation_per_procedure"),
            other_in_words(
                ("additional_hardware", "hardware_other"),
                name="operation_other_in_words",
                several=("additional_hardware",),
            ),
        ]
        triggers = [within_its_stay()]

    def __str__(self):
        return f"Operation at {self.procedure}"
