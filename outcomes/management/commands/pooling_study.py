"""Makes a study that this place pools, of a spec that its contributors have agreed on."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.pooling.studies import make_study
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Site


class Command(BaseCommand):
    help = "Make a pooling study of a spec; made already of the same spec, it is left as it is."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="what addresses call it")
        parser.add_argument("--spec", type=Path, required=True, metavar="FILE")
        parser.add_argument("--site", required=True, metavar="CODE", help="the place that pools")
        parser.add_argument("--name", default="", help="in words; without it, the title of the spec")

    def handle(self, *, slug: str, spec: Path, site: str, name: str, **options):
        place = Site.objects.filter(code=site).first()
        if place is None:
            raise CommandError(f"There is no site {site}.")
        try:
            study = make_study(site=place, slug=slug, spec=spec.read_bytes(), name=name, by=system_user())
        except OSError as error:
            raise CommandError(f"{spec} cannot be read: {error.strerror}.") from error
        except RegistryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{study.slug}: {study.name}, spec {study.spec_hash}")
