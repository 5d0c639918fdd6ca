"""What went wrong, or had to be done again."""

from django.db import models

from registry.models.answers import choice, day, precision, text, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import ends_after_it_begins
from registry.models.in_time import event_after_its_procedure, event_before_death
from registry.models.parents import OfProcedure
from registry.models.procedure import Procedure
from registry.models.told import tells


class Complication(models.TextChoices):
    VTE_DVT = "vte_dvt", "Deep vein thrombosis"
    VTE_PE = "vte_pe", "Pulmonary embolism"
    IMPLANT_FAILURE = "implant_failure_pdn", "Implant failure (photodynamic nail)"
    SCREW_BACKOUT = "screw_backout_loosening", "Screw backed out or loose"
    MALPOSITION = "implant_malposition", "Implant malposition"
    EXTRAVASATION = "cement_extravasation", "Cement extravasation"
    NEURO_DEFICIT = "neuro_deficit_new", "New neurological deficit"
    CAUDA_EQUINA = "cauda_equina", "Cauda equina syndrome"
    RADICULOPATHY = "radiculopathy", "Radiculopathy"
    INFECTION_SUPERFICIAL = "infection_superficial", "Superficial infection"
    INFECTION_DEEP = "infection_deep", "Deep infection"
    WOUND = "wound", "Wound"
    HAEMATOMA = "haematoma_bleeding", "Haematoma or bleeding"
    NEW_FRACTURE = "new_fracture", "New fracture"
    READMISSION = "readmission", "Readmission"
    REOPERATION = "reoperation", "Reoperation"
    SKIN_THERMAL = "skin_thermal", "Thermal skin injury"
    CARDIAC_RESP = "cardiac_resp", "Cardiac or respiratory"
    DEATH = "death", "Death"
    OTHER = "other", "Other"


class SecondaryProcedure(models.TextChoices):
    SI_INJECTION = "si_joint_steroid_injection", "Sacroiliac joint steroid injection"
    RADIATION = "radiation_therapy", "Radiation therapy"
    NEUROLYSIS = "neurolysis", "Neurolysis"
    REPEAT_SACROPLASTY = "repeat_sacroplasty", "Repeat sacroplasty"
    HARDWARE_REMOVAL = "hardware_removal", "Hardware removal"
    HARDWARE_REVISION = "hardware_revision", "Hardware revision"
    ADDITIONAL_FIXATION = "additional_fixation", "Additional fixation"
    OPEN_SURGERY = "open_surgery", "Open surgery"
    VERTEBRAL_AUGMENTATION = "vertebral_augmentation_other_level", "Vertebral augmentation at another level"
    OTHER = "other", "Other"


class SecondaryReason(models.TextChoices):
    UNRESOLVED_PAIN = "unresolved_pain", "Unresolved pain"
    HARDWARE_PROBLEM = "hardware_problem", "Hardware problem"
    TUMOUR_PROGRESSION = "tumour_progression", "Tumour progression"
    NEW_FRACTURE = "new_fracture", "New fracture"
    PLANNED_STAGED = "planned_staged", "Planned, staged"
    INFECTION = "infection", "Infection"


class Related(models.TextChoices):
    DEVICE = "device", "Device"
    PROCEDURE = "procedure", "Procedure"
    DISEASE = "disease", "Disease"
    UNRELATED = "unrelated", "Unrelated"
    UNKNOWN = "unknown", "Unknown"


CLAVIEN_DINDO = [(grade, grade) for grade in ("I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")]


@chart_row
class Event(OfProcedure):
    """A complication, secondary procedure or death after a procedure. Its id is permanent: the third stays so.

    Secondary procedure, reoperation and complication are three things: `kind` keeps the first apart from the others.
    """

    class Kind(models.TextChoices):
        COMPLICATION = "complication", "Complication"
        SECONDARY_PROCEDURE = "secondary_procedure", "Secondary procedure"
        DEATH = "death", "Death"

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    complication = choice("Complication", Complication.choices)
    secondary = choice("Secondary procedure", SecondaryProcedure.choices)
    description = text("In words", 300)
    happened_on = day("Date")
    happened_precision = precision()
    intraoperative = yes_no("During the operation")
    clavien_dindo = choice("Clavien-Dindo grade", CLAVIEN_DINDO)
    lasting_disability = yes_no("Lasting disability (suffix d)")
    needed_surgery = yes_no("Needed surgery")
    related = choice("Related to", Related.choices)
    resolved_on = day("Resolved on")
    resolved_precision = precision()
    sequelae = text("What remained", 300)
    reason = choice("Reason of the secondary procedure", SecondaryReason.choices)
    same_site = yes_no("At the same site")
    newly_started = yes_no("Radiation newly started for unresolved pain")
    linked_procedure = models.ForeignKey(
        Procedure, null=True, blank=True, on_delete=models.PROTECT, related_name="leading_events",
        verbose_name="The procedure that was done for it",
    )  # fmt: skip

    class Meta(OfProcedure.Meta):
        ordering = ["procedure", "happened_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure"],
                condition=models.Q(kind="death", error_marked_at=None),
                name="one_death_per_procedure",
                violation_error_message="A death is recorded for this procedure already.",
            ),
            ends_after_it_begins("event", "happened", "resolved"),
            models.CheckConstraint(
                condition=models.Q(kind="complication") | models.Q(complication=""),
                name="event_complication_of_its_kind",
                violation_error_message="Only a complication has a type of these. [E6]",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="secondary_procedure") | models.Q(secondary=""),
                name="event_secondary_of_its_kind",
                violation_error_message="Only a secondary procedure has a type of these. [E6]",
            ),
        ]
        triggers = [event_after_its_procedure(), event_before_death(), *tells("event", "procedure__patient")]

    def __str__(self):
        return f"{self.get_kind_display()} after {self.procedure}"
