"""A site's key: made where there is none, shown, replaced, revoked. Only the public half is ever shown."""

from django.core.management.base import BaseCommand, CommandError

from outcomes.pooling.keys import find_key, key_for, keys_of, revoke_key, rotate_key
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Site


class Command(BaseCommand):
    help = "Show the key that a site signs with, as who receives its bundles needs it; make one where there is none."

    def add_arguments(self, parser):
        parser.add_argument("--site", required=True, help="the site's code")
        parser.add_argument("--rotate", action="store_true", help="make a new key in the place of the old one")
        parser.add_argument("--revoke", metavar="KID", default="", help="this key signs nothing more")
        parser.add_argument("--reason", default="", help="why a key is revoked")

    def handle(self, *, site: str, rotate: bool, revoke: str, reason: str, **options):
        by, found = system_user(), Site.objects.filter(code=site).first()
        if found is None:
            raise CommandError(f"There is no site {site}.")
        try:
            if revoke:
                revoke_key(key=find_key(found, revoke), by=by, reason=reason)
            key = rotate_key(site=found, by=by) if rotate else key_for(site=found, by=by)
        except RegistryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{site} {key.kid} {key.public}")
        for old in keys_of(found).exclude(pk=key.pk):
            when = old.revoked_at or old.valid_to
            self.stdout.write(f"{'revoked' if old.revoked_at else 'replaced'} {when:%Y-%m-%d}: {old.kid} {old.public}")
