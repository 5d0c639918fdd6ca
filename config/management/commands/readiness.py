"""What /readyz is of, in words for the operator."""

from django.core.management.base import BaseCommand, CommandError

from config.health import findings, word_for


class Command(BaseCommand):
    help = "Say whether the registry can be used, and everything that is wrong. Exit code 1 where it cannot."
    requires_system_checks = ()

    def handle(self, **options):
        found = tuple(findings())
        for each in found:
            self.stdout.write(f"{'fails' if each.is_fatal else 'degraded'}  {each.check}: {each.words}")
        if word_for(found) == "unavailable":
            raise CommandError("The registry cannot be used.")
        self.stdout.write(f"The registry is {word_for(found)}.")
