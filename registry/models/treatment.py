"""Radiation and systemic therapy. Before or after the index procedure follows from the dates; both may be true."""

from django.db import models

from registry.models.answers import choice, day, number, precision, text, whole, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import ends_after_it_begins
from registry.models.parents import OfPatient
from registry.models.told import tells


@chart_row
class RadiationCourse(OfPatient):
    """One course of radiation."""

    class Modality(models.TextChoices):
        EBRT = "ebrt_conventional", "External beam, conventional"
        SBRT = "sbrt", "Stereotactic body radiation"
        BRACHY = "brachy", "Brachytherapy"
        PROTON = "proton", "Proton"
        RADIONUCLIDE = "radionuclide", "Radionuclide"

    started_on = day("Started on")
    started_precision = precision()
    ended_on = day("Ended on")
    ended_precision = precision()
    field_site = text("Site of the field", 120)
    field_includes_sacrum = yes_no("The field includes the sacrum")
    modality = choice("Modality", Modality.choices)
    dose_gy = number("Dose (Gy)", 0, 200, places=2)
    fractions = whole("Fractions", 1, 100)
    intent = text("Intent", 60)

    class Meta(OfPatient.Meta):
        constraints = [ends_after_it_begins("radiationcourse")]
        triggers = tells("treatment", "patient")

    def __str__(self):
        return f"Radiation of {self.patient}"


@chart_row
class SystemicTherapy(OfPatient):
    """One line of systemic therapy."""

    class DrugClass(models.TextChoices):
        CHEMO = "chemo", "Chemotherapy"
        HORMONAL = "hormonal", "Hormonal"
        TARGETED = "targeted", "Targeted"
        IMMUNO = "immuno", "Immunotherapy"
        RADIOLIGAND = "radioligand", "Radioligand"
        BONE_AGENT = "bone_agent", "Bone agent"

    drug_class = choice("Class", DrugClass.choices)
    agent = text("Agent", 120)
    started_on = day("Started on")
    started_precision = precision()
    ended_on = day("Ended on")
    ended_precision = precision()

    class Meta(OfPatient.Meta):
        constraints = [ends_after_it_begins("systemictherapy")]
        triggers = tells("treatment", "patient")
        verbose_name_plural = "systemic therapies"

    def __str__(self):
        return f"{self.get_drug_class_display()} of {self.patient}"
