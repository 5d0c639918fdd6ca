"""How the scores of a visit were obtained, and what goes with them."""

from django.db import models

from registry.models.answers import choice, number, several, text, whole, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import pain_within_its_scale
from registry.models.parents import OfVisit, one_for


@chart_row
class VisitDetails(OfVisit):
    """The scale types, versions and reported totals behind a visit's scores, and its opioid history."""

    class PainScale(models.TextChoices):
        VAS_0_10 = "vas_0_10", "VAS 0-10"
        VAS_0_100 = "vas_0_100", "VAS 0-100"
        NRS_0_10 = "nrs_0_10", "NRS 0-10"
        FACES_0_10 = "faces_0_10", "Faces 0-10"
        VERBAL = "verbal_converted", "Words, converted"
        UNSPECIFIED = "unspecified", "Not specified"

    class PainContext(models.TextChoices):
        WORST_24H = "worst_24h", "Worst in 24 h"
        AVERAGE = "average", "Average"
        CURRENT_REST = "current_rest", "Now, at rest"
        CURRENT_MOVEMENT = "current_movement", "Now, moving"
        UNSPECIFIED = "unspecified", "Not specified"

    class PainSite(models.TextChoices):
        SACRAL = "sacral_low_back", "Sacrum or low back"
        BUTTOCK = "buttock", "Buttock"
        GROIN_HIP = "groin_hip", "Groin or hip"
        RADICULAR = "radicular_leg", "Leg, radicular"
        UNSPECIFIED = "unspecified", "Not specified"

    class ChronicRule(models.TextChoices):
        CLUNK = "clunk_prescribed_at_timepoint", "Prescribed at the time point (Clunk)"
        CDC = "cdc_most_days_gt_3_months", "Most days for over 3 months (CDC)"
        FILLS = "fills_1_30_and_31_90_before_index", "Filled 1-30 and 31-90 days before the procedure"
        PERSISTENT = "persistent_90_180_days_post", "Filled 90-180 days after, in the naive"
        SITE = "site_defined", "The site's own rule"

    class OpioidSource(models.TextChoices):
        FILLED = "institution_prescription_filled", "Own prescriptions that were filled"
        PDMP = "pdmp_pharmacy", "Pharmacy or prescription monitoring"
        CHART_NOTE = "chart_note", "Chart note"
        PATIENT = "patient_report", "Patient's report"

    class Change(models.TextChoices):
        DECREASED = "decreased", "Decreased"
        STABLE = "stable", "Stable"
        INCREASED = "increased", "Increased"
        UNKNOWN = "unknown", "Unknown"

    pain_scale_type = choice("Pain scale", PainScale.choices)
    pain_raw = number("Pain as written", 0, 100, places=1)
    pain_raw_high = number("Upper end, where the chart gives a range", 0, 100, places=1)
    pain_raw_max = whole("Pain scale ends at", 10, 100, choices=[(10, "10"), (100, "100")])
    pain_context = choice("Pain asked", PainContext.choices)
    pain_site = several("Site of the pain", PainSite.choices)
    cpaf_version = text("CPAF version", 60)
    cpaf_assigned_by = choice(
        "CPAF assigned by",
        [("documented_by_clinician", "Documented by the clinician"), ("abstractor_from_notes", "Reader, from notes")],
    )
    msts_total_reported = whole("MSTS total as the chart reports it", 0, 30)
    odi_version = choice("ODI version", [(code, code) for code in ("1.0", "2.0", "2.1a", "modified")])
    rmdq_version = choice("RMDQ items", [(code, code) for code in ("24", "23", "18")])
    rmdq_form_complete = yes_no("RMDQ form complete")
    opioid_chronic = yes_no("Chronic opioid use")
    opioid_chronic_rule = choice("Chronic by the rule", ChronicRule.choices)
    opioid_source = several("Source of the opioid history", OpioidSource.choices)
    opioid_change = choice("Opioid use against before", Change.choices)
    opioid_change_method = choice(
        "How the change was judged", [("narrative", "From the narrative"), ("mme_threshold", "By an MME threshold")]
    )
    mme_reported = number("MME a day as the chart reports it", 0, 100000, places=2)
    mme_table_version = text("MME table of the reported number", 60)
    after_reintervention = yes_no("After a reoperation or secondary procedure")

    class Meta(OfVisit.Meta):
        constraints = [
            one_for("visit", name="one_details_per_visit"),
            pain_within_its_scale(),
            models.CheckConstraint(
                condition=~models.Q(opioid_chronic=True) | ~models.Q(opioid_chronic_rule="")
                | models.Q(missing__has_key="opioid_chronic_rule"),
                name="visitdetails_chronic_by_a_rule",
                violation_error_message="Say by which rule opioid use is chronic. [O7]",
            ),
        ]  # fmt: skip
        verbose_name_plural = "visit details"

    def __str__(self):
        return f"Details of {self.visit}"
