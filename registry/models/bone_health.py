"""Bone density, vitamin D, and the drugs that act on bone."""

from django.db import models

from registry.models.answers import choice, day, number, precision, text, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import ends_after_it_begins, other_in_words
from registry.models.parents import OfPatient, one_for


@chart_row
class BoneHealth(OfPatient):
    """What is known of a person's bone."""

    class VitaminDUnit(models.TextChoices):
        NG_ML = "ng_ml", "ng/ml"
        NMOL_L = "nmol_l", "nmol/l"

    osteoporosis = yes_no("Osteoporosis diagnosed")
    steroid_use = yes_no("Steroid use")
    dxa_on = day("Bone density measured on")
    dxa_precision = precision()
    t_score_lowest = number("Lowest T-score", -8, 4, places=1)
    vitamin_d_25oh = number("25-OH vitamin D", 0, 1000, places=1)
    vitamin_d_unit = choice("Unit of vitamin D", VitaminDUnit.choices)

    class Meta(OfPatient.Meta):
        constraints = [one_for("patient", name="one_bone_health_per_patient")]

    def __str__(self):
        return f"Bone health of {self.patient}"


@chart_row
class BoneDrug(OfPatient):
    """One course of a drug that acts on bone."""

    class Drug(models.TextChoices):
        CALCIUM = "calcium", "Calcium"
        VITAMIN_D = "vitamin_d", "Vitamin D"
        BISPHOSPHONATE_ORAL = "bisphosphonate_oral", "Oral bisphosphonate"
        ZOLEDRONATE = "zoledronate", "Zoledronate"
        DENOSUMAB = "denosumab", "Denosumab"
        TERIPARATIDE = "teriparatide", "Teriparatide"
        ABALOPARATIDE = "abaloparatide", "Abaloparatide"
        ROMOSOZUMAB = "romosozumab", "Romosozumab"
        CALCITONIN = "calcitonin", "Calcitonin"
        SERM_HRT = "serm_hrt", "SERM or hormone replacement"
        OTHER = "other", "Other"

    drug = choice("Drug", Drug.choices)
    drug_other = text("Which other drug", 120)
    started_on = day("Started on")
    started_precision = precision()
    ended_on = day("Ended on")
    ended_precision = precision()

    class Meta(OfPatient.Meta):
        constraints = [
            ends_after_it_begins("bonedrug"),
            other_in_words(("drug", "drug_other"), name="bonedrug_other_in_words"),
        ]

    def __str__(self):
        return f"{self.get_drug_display()} of {self.patient}"
