"""Holds every stored derived value against the row that it follows from."""

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from registry.actions.people import system_user
from registry.actions.refreshing import mend
from registry.audit import through
from registry.derived.drift import Drift, drifts


class Command(BaseCommand):
    help = "Recompute stored derived values: ages, totals, complexity, stays, days, windows. Prints what differed."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something differs")

    def handle(self, *, check: bool, **options):
        found = kept = 0
        with through("command"):
            for drift in drifts():
                found += 1
                kept += not self.mended(drift, check=check)
        if kept:
            said = "differ" if check else "differ and could not be mended"
            raise CommandError(f"Derived values of {kept} rows {said}.")
        self.stdout.write(f"Derived values of {found} rows were recomputed." if found else "No derived value differs.")

    def mended(self, drift: Drift, *, check: bool) -> bool:
        """Say what differs, and mend it unless it is only looked for."""
        self.stdout.write(str(drift))
        if check:
            return False
        try:
            done = mend(drift, by=system_user())
        except IntegrityError as error:
            said = error.__cause__.diag
            self.stdout.write(f"  not mended: {said.constraint_name or said.message_primary}")
            return False
        if not done:
            self.stdout.write("  not mended: the row was saved meanwhile; run again")
        return done
