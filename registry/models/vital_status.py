"""Whether a person lives, and until when that is known."""

from django.db import models

from registry.models.answers import choice, day, precision, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import death_is_said_once, in_order
from registry.models.in_time import death_is_last
from registry.models.parents import OfPatient, one_for


@chart_row
class VitalStatus(OfPatient):
    """Vital status and loss to follow-up; `reviewed` says how far complications were looked for."""

    class Status(models.TextChoices):
        ALIVE = "alive", "Alive"
        DECEASED = "deceased", "Deceased"
        UNKNOWN = "unknown", "Unknown"

    class Cause(models.TextChoices):
        CANCER = "cancer", "Cancer"
        PROCEDURE_RELATED = "procedure_related", "Related to the procedure"
        OTHER = "other", "Other"
        UNKNOWN = "unknown", "Unknown"

    class LostReason(models.TextChoices):
        TRANSFERRED = "transferred", "Transferred"
        HOSPICE = "hospice", "Hospice"
        NO_SHOW = "no_show", "Did not come"
        WITHDREW = "withdrew", "Withdrew"
        SYMPTOM_FREE = "symptom_free_not_recalled", "Free of symptoms, not recalled"

    status = choice("Vital status", Status.choices)
    last_known_alive_on = day("Last known alive on")
    last_known_alive_precision = precision()
    died_on = day("Died on")
    died_precision = precision()
    death_date_unknown = yes_no("Date of death cannot be found")
    death_cause = choice("Cause of death", Cause.choices)
    lost_to_follow_up = yes_no("Lost to follow-up")
    lost_on = day("Lost to follow-up since")
    lost_precision = precision()
    lost_reason = choice("Lost because", LostReason.choices)
    reviewed_through_on = day("Complications reviewed through")
    reviewed_through_precision = precision()

    class Meta(OfPatient.Meta):
        constraints = [
            one_for("patient", name="one_vital_status_per_patient"),
            in_order("last_known_alive", "died", name="vitalstatus_alive_before_death",
                     message="Last known alive is after death. [D6]"),
            *death_is_said_once(),
        ]  # fmt: skip
        triggers = [death_is_last()]

    def __str__(self):
        return f"Vital status of {self.patient}"
