"""Begins a new epoch of the change feed: to be run once after the database was restored or moved."""

from django.core.management.base import BaseCommand

from registry.feed.horizon import begin_epoch


class Command(BaseCommand):
    help = "After a restore: cursors of the change feed that were given before are answered with 410 from now on."

    def handle(self, **options):
        self.stdout.write(f"Epoch {begin_epoch()}. Programs that read the feed pull everything again.")
