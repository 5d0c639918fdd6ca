"""Makes a site's bundle of a spec over a freeze, through the queue and a worker, and writes it to a file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.freezes import find_freeze
from outcomes.models import Freeze, SentBundle
from outcomes.models import Spec as KnownSpec
from outcomes.pooling.bundle import LEVELS, OVERLAPS, TRUSTED
from outcomes.pooling.refusing import told_apart
from outcomes.pooling.sending import answer_of, ask_summary, site_of
from outcomes.pooling.spec import NotASpec, read_spec
from outcomes.waiting import GaveUpWaiting, wait_for
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Job


class Command(BaseCommand):
    help = "Count a spec over a freeze, sign the tables, and write the bundle. What may not leave is said in words."

    def add_arguments(self, parser):
        parser.add_argument("spec", help="the spec's file, its hash, or its name")
        parser.add_argument("--freeze", required=True, help="its id, its SHA-256, or COHORT/NAME")
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--level", choices=LEVELS, default=TRUSTED)
        parser.add_argument("--overlap", choices=[*OVERLAPS], default="none_known")
        parser.add_argument("--wait", type=float, default=600, metavar="SECONDS")

    def handle(self, *, spec: str, freeze: str, out: Path, level: str, overlap: str, wait: float, **options):
        if not out.parent.is_dir():
            raise CommandError(f"The folder {out.parent} is not there; make it first.")
        try:
            kept = find_freeze(freeze)
            job = ask_summary(
                freeze=kept, spec_hash=hash_called(spec, kept), level=level, overlap=overlap, by=system_user()
            )
            job = wait_for(job.pk, seconds=wait, say=lambda words: self.stderr.write(words))
        except (RegistryError, NotASpec, GaveUpWaiting, OSError) as error:
            raise CommandError(str(error)) from error
        if job.state != Job.State.DONE:
            raise CommandError(f"No bundle was made. {told_apart(job.error)[1] or job.get_state_display()}")
        self.write(answer_of(job), out)

    def write(self, answer: SentBundle, out: Path) -> None:
        """The bundle's bytes, and what of it stays here."""
        for words in answer.told:
            self.stderr.write(words)
        if answer.withheld:
            raise CommandError(f"Nothing leaves ({answer.withheld}).")
        out.write_bytes(bytes(answer.content))
        self.stdout.write(f"{out}: {answer.level}, {len(answer.content):,} bytes. {answer.bundle_id}")


def hash_called(spec: str, kept: Freeze) -> str:
    """The hash of the spec in a file, or of the one that the site calls so."""
    if Path(spec).is_file():
        return read_spec(Path(spec).read_bytes()).hash
    known = KnownSpec.objects.filter(site=site_of(kept), name=spec).order_by("-decided_at")
    named = known.filter(status=KnownSpec.Status.APPROVED).first() or known.first()
    return named.spec_hash if named else spec
