"""People and programs that act on the record."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from registry.access import Role
from registry.audit import tracked
from registry.models.site import Site


@tracked(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person, or the `system` that management commands act as. Rights come from memberships alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    is_system = models.BooleanField(default=False, help_text="Acts for management commands; cannot log in.")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(fields=["is_system"], condition=models.Q(is_system=True), name="one_system_user")
        ]


@tracked()
class Membership(models.Model):
    """A role that a user holds at a site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "site", "role"], name="one_membership_per_role")]

    def __str__(self):
        return f"{self.user} is {self.role} at {self.site}"
