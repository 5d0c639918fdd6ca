"""The cancers a person has, and where they spread."""

from django.db import models

from registry.models.answers import choice, day, precision, text, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import other_in_words
from registry.models.in_time import diagnosed_after_birth
from registry.models.parents import OfPatient


class PrimaryCancer(models.TextChoices):
    BREAST = "breast", "Breast"
    PROSTATE = "prostate", "Prostate"
    LUNG_NSCLC = "lung_nsclc", "Lung, non-small cell"
    LUNG_SCLC = "lung_sclc", "Lung, small cell"
    LUNG_NOS = "lung_nos", "Lung, not specified"
    RENAL_CELL = "renal_cell", "Renal cell"
    THYROID = "thyroid", "Thyroid"
    MULTIPLE_MYELOMA = "multiple_myeloma", "Multiple myeloma"
    LYMPHOMA = "lymphoma", "Lymphoma"
    LEUKAEMIA = "leukaemia_other_haem", "Leukaemia or other haematologic"
    COLORECTAL = "colorectal", "Colorectal"
    GASTRIC = "gastric", "Gastric"
    OESOPHAGEAL = "oesophageal", "Oesophageal"
    PANCREATIC = "pancreatic", "Pancreatic"
    HEPATOCELLULAR = "hepatocellular", "Hepatocellular"
    BILIARY = "biliary", "Gallbladder or biliary"
    BLADDER = "bladder_urothelial", "Bladder, urothelial"
    CERVICAL = "cervical", "Cervical"
    ENDOMETRIAL = "endometrial", "Endometrial"
    OVARIAN = "ovarian", "Ovarian"
    HEAD_NECK = "head_neck_scc", "Head and neck, squamous cell"
    MELANOMA = "melanoma", "Melanoma"
    SARCOMA = "sarcoma", "Sarcoma"
    UNKNOWN_PRIMARY = "unknown_primary", "Unknown primary"
    OTHER = "other", "Other"


HAEMATOLOGIC = frozenset({PrimaryCancer.MULTIPLE_MYELOMA, PrimaryCancer.LYMPHOMA, PrimaryCancer.LEUKAEMIA})


class HormoneStatus(models.TextChoices):
    YES = "yes", "Hormone sensitive"
    NO = "no", "Not hormone sensitive"
    UNKNOWN = "unknown", "Unknown"
    NOT_APPLICABLE = "na", "Does not apply"


class LesionMatrix(models.TextChoices):
    LYTIC = "lytic", "Lytic"
    MIXED = "mixed", "Mixed"
    BLASTIC = "blastic", "Blastic"


@chart_row
class Malignancy(OfPatient):
    """One malignancy, with what decides how fast it grows."""

    primary_cancer = choice("Primary cancer", PrimaryCancer.choices)
    primary_other = text("Which other cancer", 120)
    diagnosed_on = day("Diagnosed on")
    diagnosed_precision = precision()
    hormone_sensitive = choice("Hormone status", HormoneStatus.choices)
    targeted_therapy = yes_no("Eligible for, and treated with, targeted therapy (lung)")
    lesion_matrix = choice("Matrix of the lesion", LesionMatrix.choices)

    class Meta(OfPatient.Meta):
        constraints = [other_in_words(("primary_cancer", "primary_other"), name="malignancy_other_in_words")]
        triggers = [diagnosed_after_birth()]
        verbose_name_plural = "malignancies"

    def __str__(self):
        return f"{self.get_primary_cancer_display()} of {self.patient}"


@chart_row
class Metastasis(OfPatient):
    """A metastatic site other than the sacrum, and when it was found."""

    class Place(models.TextChoices):
        LUNG = "lung", "Lung"
        LYMPH_NODES = "lymph_nodes", "Lymph nodes"
        LIVER = "liver", "Liver"
        BRAIN = "brain", "Brain"
        ADRENAL = "adrenal", "Adrenal"
        OTHER_BONE = "other_bone", "Other bone"
        PLEURA_PERITONEUM = "pleura_peritoneum", "Pleura or peritoneum"
        OTHER = "other", "Other"

    place = choice("Metastatic site", Place.choices)
    place_other = text("Which other site", 120)
    found_on = day("Found on")
    found_precision = precision()

    class Meta(OfPatient.Meta):
        constraints = [other_in_words(("place", "place_other"), name="metastasis_other_in_words")]
        verbose_name_plural = "metastases"

    def __str__(self):
        return f"{self.get_place_display()} metastasis of {self.patient}"
