"""The forms of the chart beside its visits: which columns each asks, in which order, and what makes it complete.

Everything that lists, fills, imports, counts or checks a form takes it from FORMS; the columns themselves (labels,
codes, ranges) are those of the models.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Field

from registry.models import (
    AblationSession,
    BoneDrug,
    BoneHealth,
    CementInjection,
    ChartRow,
    Comorbidity,
    Event,
    Fracture,
    Implant,
    Katagiri,
    Malignancy,
    Metastasis,
    Operation,
    OpioidLine,
    RadiationCourse,
    SystemicTherapy,
    VisitDetails,
    VitalStatus,
)
from registry.models.chart import answers_of

# A field is asked, or needed, where another field has one of these values; ANY: where it has a value at all.
Shown = Mapping[str, tuple[str, tuple]]
ANY = ("any value",)


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form. `leaves_out`: columns that this form of a shared table does not ask. `required`: what completes it;
    `needed_if`: those of them that are needed under a condition alone; `fixed`: columns that say which form of a shared
    table a row is; `shown_if`: {field: (other field, its values)}."""

    key: str
    model: type[ChartRow]
    title: str
    repeats: bool = False
    required: tuple[str, ...] = ()
    leaves_out: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    shown_if: Shown = field(default_factory=dict)
    needed_if: Shown = field(default_factory=dict)

    @property
    def parent(self) -> str:
        """patient, procedure or visit."""
        return self.model.PARENT

    @property
    def fields(self) -> list[Field]:
        """The columns asked, in the order of the form."""
        return [each for each in answers_of(self.model) if each.name not in self.leaves_out]

    def is_shown(self, name: str, row) -> bool:
        """Whether a field is asked, given the other answers of the row."""
        other, values = self.shown_if.get(name, ("", ()))
        return not other or holds(getattr(row, other), values)

    def is_needed(self, name: str, row) -> bool:
        """Whether a required field has to be answered, given the other answers of the row."""
        other, values = self.needed_if.get(name, ("", ()))
        return self.is_shown(name, row) and (not other or holds(getattr(row, other), values))

    def needed(self, row) -> list[str]:
        """The required fields that have to be answered in a row."""
        return [name for name in self.required if self.is_needed(name, row)]


def holds(answer, values: tuple) -> bool:
    """Whether an answer is, or contains, one of the values."""
    if values == ANY:
        return answer not in (None, "")
    return any(value in answer for value in values) if isinstance(answer, list) else answer in values


def with_other(*fields: str) -> dict[str, tuple[str, tuple]]:
    """The text beside a list is asked where 'other' is chosen: ('drug', 'drug_other')."""
    return {f"{name}_other": (name, ("other",)) for name in fields}


COMPLICATION = (
    "complication", "intraoperative", "clavien_dindo", "lasting_disability", "needed_surgery", "related",
    "resolved_on", "sequelae",
)  # fmt: skip
SECONDARY = ("secondary", "reason", "same_site", "newly_started")
CONDITIONS = (
    "myocardial_infarction", "heart_failure", "peripheral_vascular", "cerebrovascular", "dementia", "chronic_pulmonary",
    "connective_tissue", "peptic_ulcer", "liver_mild", "liver_severe", "diabetes", "diabetes_organ_damage",
    "hemiplegia", "renal", "leukaemia", "lymphoma", "tumour_localised", "tumour_metastatic", "aids",
)  # fmt: skip
LEAK = ("leak_sites", "leak_symptomatic", "leak_action", "leak_detected_by")
PRIMARY_OTHER = {"primary_other": ("primary_cancer", ("other",))}

FORMS: dict[str, Form] = {
    form.key: form
    for form in (
        Form(
            key="malignancy", model=Malignancy, title="Malignancy", repeats=True, required=("primary_cancer",),
            shown_if=PRIMARY_OTHER | {"hormone_sensitive": ("primary_cancer", ("breast", "prostate")),
                                      "targeted_therapy": ("primary_cancer", ("lung_nsclc", "lung_sclc", "lung_nos"))},
        ),
        Form(key="metastasis", model=Metastasis, title="Other metastatic site", repeats=True, required=("place",),
             shown_if=with_other("place")),
        Form(
            key="fracture", model=Fracture, title="Fracture or lesion", repeats=True,
            required=("etiology", "status", "side"),
            shown_if=with_other("etiology") | {"impending_definition": ("status", ("impending",)),
                                               "additional_sites": ("additional_pelvic_fracture", (True,))},
        ),
        Form(
            key="comorbidity", model=Comorbidity, title="Comorbidity and ASA",
            required=("asa_class", "history_reviewed", *CONDITIONS),
            needed_if=dict.fromkeys(CONDITIONS, ("history_reviewed", (False,))),
        ),
        Form(key="katagiri", model=Katagiri, title="Katagiri score",
             required=("growth", "visceral", "ecog", "previous_chemotherapy", "multiple_skeletal")),
        Form(
            key="operation", model=Operation, title="Operation",
            required=("sedation", "operative_time_min", "time_definition", "ebl_ml", "icu_admission"),
            needed_if={"time_definition": ("operative_time_min", ANY)},
            shown_if={"hardware_other": ("additional_hardware", ("other",))},
        ),
        Form(
            key="implant", model=Implant, title="Implant", repeats=True, required=("type", "level"),
            shown_if=with_other("type") | {
                "screw_path": ("type", ("screw",)), "thread": ("type", ("screw",)), "cannulated": ("type", ("screw",)),
                "washer": ("type", ("screw",)), "iliac_cortices_spanned": ("type", ("pdn",)),
            },
        ),
        Form(
            key="cement", model=CementInjection, title="Cement injection", repeats=True,
            required=("approach", "volume_ml", "leak"),
            shown_if=with_other("material") | dict.fromkeys(LEAK, ("leak", (True,))),
        ),
        Form(key="ablation", model=AblationSession, title="Ablation", repeats=True, required=("modality",),
             shown_if=with_other("modality")),
        Form(key="radiation", model=RadiationCourse, title="Radiation", repeats=True,
             required=("started_on", "field_includes_sacrum")),
        Form(key="systemic", model=SystemicTherapy, title="Systemic therapy", repeats=True,
             required=("drug_class", "started_on")),
        Form(key="bone_drug", model=BoneDrug, title="Bone drug", repeats=True, required=("drug",),
             shown_if=with_other("drug")),
        Form(key="bone_health", model=BoneHealth, title="Bone health", required=("osteoporosis",)),
        Form(
            key="complication", model=Event, title="Complication", repeats=True, fixed={"kind": "complication"},
            required=("complication", "happened_on"), leaves_out=SECONDARY,
        ),
        Form(
            key="secondary_procedure", model=Event, title="Secondary procedure", repeats=True,
            fixed={"kind": "secondary_procedure"}, required=("secondary", "happened_on", "reason"),
            leaves_out=COMPLICATION, shown_if={"newly_started": ("secondary", ("radiation_therapy",))},
        ),
        Form(
            key="vital_status", model=VitalStatus, title="Vital status",
            required=("status", "last_known_alive_on", "lost_to_follow_up"),
            needed_if={"last_known_alive_on": ("status", ("alive",))},
            shown_if={
                "died_on": ("status", ("deceased",)), "death_date_unknown": ("status", ("deceased",)),
                "death_cause": ("status", ("deceased",)), "lost_on": ("lost_to_follow_up", (True,)),
                "lost_reason": ("lost_to_follow_up", (True,)),
            },
        ),
        Form(
            key="visit_details", model=VisitDetails, title="Details of the visit",
            shown_if={"opioid_chronic_rule": ("opioid_chronic", (True,))},
        ),
        Form(
            key="opioid_line", model=OpioidLine, title="Opioid line", repeats=True, required=("drug", "route"),
            shown_if=with_other("drug") | {"taken_per_day": ("prn", (True,))},
        ),
    )
}  # fmt: skip


def is_answered(row: ChartRow, name: str) -> bool:
    """Whether a field has a value or a reason why it is missing."""
    return getattr(row, name) not in (None, "") or name in row.missing


def unanswered(form: Form, row: ChartRow) -> list[str]:
    """The required fields that are asked and not answered; none where the form is marked unavailable."""
    if row.unavailable:
        return []
    return [name for name in form.needed(row) if not is_answered(row, name)]


def is_complete(form: Form, row: ChartRow) -> bool:
    """Every required field that is asked has a value or a reason, or the whole form is marked unavailable."""
    return not unanswered(form, row)


def form_of(row: ChartRow) -> Form:
    """The form that a row fills; StopIteration for a death event, which the vital status tells."""
    fitting = [form for form in FORMS.values() if type(row) is form.model]
    return next(form for form in fitting if all(getattr(row, name) == value for name, value in form.fixed.items()))


def forms_of(parent: str) -> Iterable[Form]:
    """The forms about a patient, a procedure or a visit."""
    return [form for form in FORMS.values() if form.parent == parent]
