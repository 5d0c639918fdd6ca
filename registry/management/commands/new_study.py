"""Makes a study from a shipped protocol, so that a new site starts without a folder of data."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registry.actions.people import system_user
from registry.actions.studies import add_site, start_study
from registry.models import Site
from registry.protocols import DEFAULT, PROTOCOLS


class Command(BaseCommand):
    help = "Make a study with a shipped protocol's schedule, instruments, covariates and default plan, at a site."

    def add_arguments(self, parser):
        parser.add_argument("slug")
        parser.add_argument("--site", required=True, metavar="CODE", help="made where it is new")
        parser.add_argument("--name", default="", help="the study in words")
        parser.add_argument("--protocol", default=DEFAULT, choices=sorted(PROTOCOLS))

    def handle(self, *, slug: str, site: str, name: str, protocol: str, **options):
        by = system_user()
        try:
            with transaction.atomic():
                place = Site.objects.filter(code=site).first() or add_site(code=site, name=site, by=by)
                study = start_study(slug=slug, name=name, site=place, protocol=PROTOCOLS[protocol], by=by)
        except ValidationError as error:
            raise CommandError("No study was made.\n" + "\n".join(error.messages)) from error
        asked = ", ".join(study.instruments.order_by("asked__order").values_list("key", flat=True))
        self.stdout.write(f"{study.slug} at {place.code}: asks for {asked}; plan {study.default_plan}.")
