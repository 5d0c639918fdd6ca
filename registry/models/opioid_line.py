"""What a person was prescribed or took against pain, line by line."""

from django.db import models

from registry.models.answers import choice, day, number, precision, text, yes_no
from registry.models.chart import chart_row
from registry.models.in_order import ends_after_it_begins, other_in_words
from registry.models.parents import OfVisit


@chart_row
class OpioidLine(OfVisit):
    """One opioid at a visit. MME follows from the lines by registry.opioids, with the table's version."""

    class Drug(models.TextChoices):
        BUPRENORPHINE = "buprenorphine", "Buprenorphine"
        CODEINE = "codeine", "Codeine"
        FENTANYL = "fentanyl", "Fentanyl"
        HYDROCODONE = "hydrocodone", "Hydrocodone"
        HYDROMORPHONE = "hydromorphone", "Hydromorphone"
        LEVORPHANOL = "levorphanol", "Levorphanol"
        MEPERIDINE = "meperidine", "Meperidine"
        METHADONE = "methadone", "Methadone"
        MORPHINE = "morphine", "Morphine"
        OXYCODONE = "oxycodone", "Oxycodone"
        OXYMORPHONE = "oxymorphone", "Oxymorphone"
        TAPENTADOL = "tapentadol", "Tapentadol"
        TRAMADOL = "tramadol", "Tramadol"
        OTHER = "other", "Other"

    class Route(models.TextChoices):
        ORAL = "oral", "Oral"
        TRANSDERMAL = "transdermal", "Patch"
        PARENTERAL = "parenteral", "Parenteral"
        BUCCAL_INTRANASAL = "buccal_intranasal", "Buccal or intranasal"
        INTRATHECAL = "intrathecal", "Intrathecal"

    drug = choice("Drug", Drug.choices)
    drug_other = text("Which other drug", 120)
    route = choice("Route", Route.choices)
    strength = number("Strength of one unit (mg; a patch: mcg/h)", 0, 10000, places=3)
    units_per_day = number("Units a day, as prescribed", 0, 1000, places=2, help_text="Not for a patch.")
    prn = yes_no("Taken as needed")
    taken_per_day = number("Units a day really taken, where documented", 0, 1000, places=2)
    started_on = day("Started on")
    started_precision = precision()
    ended_on = day("Ended on")
    ended_precision = precision()

    class Meta(OfVisit.Meta):
        constraints = [
            ends_after_it_begins("opioidline"),
            other_in_words(("drug", "drug_other"), name="opioidline_other_in_words"),
            models.CheckConstraint(
                condition=~models.Q(route="transdermal")
                | models.Q(units_per_day__isnull=True, taken_per_day__isnull=True),
                name="opioidline_patch_has_no_units",
                violation_error_message="A patch counts by its rate: leave its units empty. [O8]",
            ),
        ]

    def __str__(self):
        return f"{self.get_drug_display()} at {self.visit}"
