"""Risk before the operation: age-adjusted Charlson index, ASA class, body size, Katagiri score."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from registry.models.answers import choice, number, whole, yes_no
from registry.models.chart import chart_row
from registry.models.parents import OfProcedure, one_for

# Limits of what a body can be, in kg/m2, and the square of a height in cm as m2.
LEAST_BMI, MOST_BMI = 10, 80
SQUARE_METRES = F("height_cm") * F("height_cm") * Decimal("0.0001")


@chart_row
class Comorbidity(OfProcedure):
    """The conditions of the Charlson index at the index procedure; its totals are computed here, not typed."""

    class Smoking(models.TextChoices):
        NEVER = "never", "Never"
        FORMER = "former", "Former"
        CURRENT = "current", "Current"

    height_cm = number("Height (cm)", 50, 250, places=1)
    weight_kg = number("Weight (kg)", 20, 400, places=1)
    smoking = choice("Smoking", Smoking.choices)
    asa_class = whole("ASA class", 1, 5)
    asa_emergency = yes_no("ASA emergency")
    history_reviewed = yes_no("The whole history was reviewed: what is not mentioned is absent")
    myocardial_infarction = yes_no("Myocardial infarction")
    heart_failure = yes_no("Heart failure")
    peripheral_vascular = yes_no("Peripheral vascular disease")
    cerebrovascular = yes_no("Cerebrovascular disease")
    dementia = yes_no("Dementia")
    chronic_pulmonary = yes_no("Chronic pulmonary disease")
    connective_tissue = yes_no("Connective tissue disease")
    peptic_ulcer = yes_no("Peptic ulcer")
    liver_mild = yes_no("Liver disease, mild")
    liver_severe = yes_no("Liver disease, moderate or severe")
    diabetes = yes_no("Diabetes, uncomplicated")
    diabetes_organ_damage = yes_no("Diabetes with organ damage")
    hemiplegia = yes_no("Hemiplegia")
    renal = yes_no("Renal disease, moderate or severe")
    leukaemia = yes_no("Leukaemia")
    lymphoma = yes_no("Lymphoma or myeloma")
    tumour_localised = yes_no("Solid tumour, localised")
    tumour_metastatic = yes_no("Solid tumour, metastatic")
    aids = yes_no("AIDS")
    aacci_reported = whole("Age-adjusted Charlson index as the chart reports it", 0, 37)
    charlson_base = models.IntegerField("Charlson index", null=True, blank=True, editable=False)
    charlson_age = models.IntegerField("Charlson points for age", null=True, blank=True, editable=False)
    aacci = models.IntegerField("Age-adjusted Charlson index", null=True, blank=True, editable=False)

    class Meta(OfProcedure.Meta):
        constraints = [
            one_for("procedure", name="one_comorbidity_per_procedure"),
            models.CheckConstraint(
                condition=~(Q(diabetes=True, diabetes_organ_damage=True) | Q(liver_mild=True, liver_severe=True)
                            | Q(tumour_localised=True, tumour_metastatic=True)),
                name="comorbidity_pairs_exclude_each_other",
                violation_error_message="Of two that exclude each other keep the higher. [C1]",
            ),
            models.CheckConstraint(
                condition=Q(height_cm__isnull=True) | Q(weight_kg__isnull=True)
                | Q(weight_kg__gte=LEAST_BMI * SQUARE_METRES, weight_kg__lte=MOST_BMI * SQUARE_METRES),
                name="comorbidity_body_mass_index",
                violation_error_message="The body mass index lies between 10 and 80. [B1]",
            ),
        ]  # fmt: skip
        verbose_name_plural = "comorbidities"

    def __str__(self):
        return f"Comorbidity at {self.procedure}"


@chart_row
class Katagiri(OfProcedure):
    """The components of the revised Katagiri score. The growth group is a choice; a suggestion stands beside it."""

    class Growth(models.TextChoices):
        SLOW = "slow", "Slow"
        MODERATE = "moderate", "Moderate"
        RAPID = "rapid", "Rapid"

    class Visceral(models.TextChoices):
        NONE = "none", "None"
        NODULAR = "nodular", "Nodular"
        DISSEMINATED = "disseminated", "Disseminated (pleural, peritoneal, leptomeningeal)"

    growth = choice("Growth group", Growth.choices)
    visceral = choice("Visceral or cerebral metastasis", Visceral.choices)
    crp_mg_dl = number("CRP (mg/dl)", 0, 100, places=2)
    ldh_iu_l = number("LDH (IU/l)", 0, 20000, places=0)
    albumin_g_dl = number("Albumin (g/dl)", 0, 10, places=1)
    platelets_1000_ul = number("Platelets (1000/µl)", 0, 5000, places=0)
    calcium_mg_dl = number("Calcium (mg/dl)", 0, 30, places=1)
    bilirubin_mg_dl = number("Bilirubin (mg/dl)", 0, 100, places=1)
    ecog = whole("ECOG at the procedure", 0, 4)
    previous_chemotherapy = yes_no("Previous chemotherapy")
    multiple_skeletal = yes_no("Multiple skeletal metastases")
    total_reported = whole("Katagiri score as the chart reports it", 0, 10)
    total = models.IntegerField("Katagiri score", null=True, blank=True, editable=False)

    class Meta(OfProcedure.Meta):
        constraints = [one_for("procedure", name="one_katagiri_per_procedure")]
        verbose_name_plural = "Katagiri scores"

    def __str__(self):
        return f"Katagiri score at {self.procedure}"
