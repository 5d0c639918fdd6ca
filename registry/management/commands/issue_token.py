"""Makes an API token for a user, and shows it once."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from registry.access import SCOPES, Profile
from registry.actions.people import issue_token, system_user
from registry.errors import RegistryError
from registry.models import Site, Study, User


class Command(BaseCommand):
    help = "Issue an API token. It can only lower the rights of its user."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--site", action="append", required=True, metavar="CODE")
        parser.add_argument("--scope", action="append", required=True, choices=sorted(SCOPES))
        parser.add_argument("--study", metavar="SLUG", help="only this study")
        parser.add_argument("--days", type=int, default=30, help="how long it lives (at most 90)")
        parser.add_argument("--name", default="token")
        parser.add_argument("--profile", choices=list(Profile), default="", help="the laxest form in which rows leave")
        parser.add_argument("--agreement", default="", help="under which agreement rows leave; limited needs one")

    def handle(self, *, username, site, scope, study, days, name, profile, agreement, **options):
        user = one(User.objects.filter(username=username, is_system=False), f"user {username}")
        sites = [one(Site.objects.filter(code=code), f"site {code}") for code in site]
        only = one(Study.objects.filter(slug=study), f"study {study}") if study else None
        try:
            token, text = issue_token(
                user=user, name=name, scopes=scope, sites=sites, study=only, life=timedelta(days=days),
                profile=profile, agreement=agreement, by=system_user(),
            )  # fmt: skip
        except RegistryError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"Valid until {token.expires_at:%Y-%m-%d %H:%M} UTC. It is shown only now:")
        self.stdout.write(text)


def one(rows, what: str):
    """The row, or an error that names what is not there."""
    found = rows.first()
    if found is None:
        raise CommandError(f"There is no {what}.")
    return found
