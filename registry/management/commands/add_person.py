"""Adds somebody at a site: the first admin of a new registry, or somebody who works at two sites."""

from django.core.management.base import BaseCommand, CommandError

from registry.access import Role
from registry.actions.people import system_user
from registry.actions.staff import add_person, give_role
from registry.errors import RegistryError
from registry.models import Site, User

WHY = "added by the command line"


class Command(BaseCommand):
    help = "Add a person, or give one another role; the first password of a new one is shown once."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--site", required=True, metavar="CODE")
        parser.add_argument("--role", required=True, choices=list(Role))

    def handle(self, *, username, site, role, **options):
        place, by = Site.objects.filter(code=site).first(), system_user()
        if place is None:
            raise CommandError(f"There is no site {site}.")
        user = User.objects.filter(username=username, is_system=False).first()
        if user is not None:
            give_role(user=user, site=place, role=role, reason=WHY, by=by)
            self.stderr.write(f"{username} was there already, and is {Role(role).label} at {place.code} now.")
            return
        try:
            _, password = add_person(username=username, site=place, role=role, reason=WHY, by=by)
        except RegistryError as error:
            raise CommandError(str(error)) from error
        self.stderr.write("The first password, which is changed at the first log-in. It is shown only now:")
        self.stdout.write(password)
