"""A file that was made to be taken away."""

from django.db import models


class KeptFile(models.Model):
    """A file with its digest. Kept in the database: no orphan on a disk, one backup."""

    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self):
        return self.name
