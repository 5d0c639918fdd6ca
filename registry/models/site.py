"""A hospital or department."""

import uuid

from django.core.validators import RegexValidator
from django.db import models

from registry.audit import tracked


@tracked()
class Site(models.Model):
    """A place that treats patients and owns their rows. Every row of patient data names its site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=40, unique=True, validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*\Z")])
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.name
