"""What a patient is called in the rows that one recipient gets."""

import uuid

from django.db import models

from registry.models.guards import written_once
from registry.models.patient import Patient
from registry.models.site import Site
from registry.models.user import User


class Pseudonym(models.Model):
    """A code by chance, of nothing that is known of the patient; another recipient has another. Written once, so that
    what is pulled later is of the same patient. `secret` makes the ids of the patient's rows, and never leaves.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="pseudonyms")
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    secret = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "patient"], name="one_code_per_patient_and_recipient"),
            models.UniqueConstraint(fields=["recipient", "code"], name="a_code_is_of_one_patient"),
        ]
        triggers = [written_once()]

    def __str__(self):
        return self.code
