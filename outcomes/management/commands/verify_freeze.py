"""Holds kept freezes against their digests."""

from django.core.management.base import BaseCommand, CommandError

from outcomes.freezes import find_freeze, verify
from outcomes.models import Freeze
from registry.errors import RegistryError


class Command(BaseCommand):
    help = "Compute the digests of kept freezes again, from the stored bytes. Ends with 1 where one is not what it was."

    def add_arguments(self, parser):
        parser.add_argument("freezes", nargs="*", help="ids, digests or COHORT/NAME; without any, all that are kept")

    def handle(self, *, freezes: list[str], **options):
        try:
            wanted = [find_freeze(text).pk for text in freezes] or list(Freeze.objects.values_list("pk", flat=True))
        except RegistryError as error:
            raise CommandError(str(error)) from error
        broken = sum(not self.holds(Freeze.objects.get(pk=pk)) for pk in wanted)
        if broken:
            raise CommandError(f"{broken} of {len(wanted)} freezes are not what they were. Restore them from a backup.")
        self.stdout.write(f"{len(wanted)} verified.")

    def holds(self, kept: Freeze) -> bool:
        """Whether a freeze is what it was; each part that is not is printed."""
        broken = [part for part in verify(kept) if not part.is_whole]
        for part in broken:
            self.stdout.write(f"{kept.pk} {part.name}: should be {part.stated}, is {part.found}")
        return not broken
