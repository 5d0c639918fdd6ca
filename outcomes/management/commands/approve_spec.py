"""Lets a site's tables leave by a spec: proposes it where the site does not know it yet, and approves it."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.pooling.bundle import LEVELS
from outcomes.pooling.proposals import approve_spec, propose_spec
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Site


class Command(BaseCommand):
    help = "Approve a spec for a site: from then on its tables may leave by it, at the levels that are named."

    def add_arguments(self, parser):
        parser.add_argument("spec", type=Path, help="the spec's file")
        parser.add_argument("--site", required=True, help="the site's code")
        parser.add_argument("--level", action="append", choices=LEVELS, required=True, help="may be given again")

    def handle(self, *, spec: Path, site: str, level: list[str], **options):
        by, found = system_user(), Site.objects.filter(code=site).first()
        if found is None:
            raise CommandError(f"There is no site {site}.")
        try:
            known, _ = propose_spec(site=found, document=spec.read_bytes(), by=by)
            approved = approve_spec(spec=known, levels=level, by=by)
        except (RegistryError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{approved.name} at {site}: {', '.join(approved.levels)}. {approved.spec_hash}")
