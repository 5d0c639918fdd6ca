"""Holds the trail against itself, the record, and heads that were kept outside."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registry.models import Site
from registry.trail.heads import Head, NotAHeadFile, read, written
from registry.trail.keeping import NO_SITE
from registry.trail.verify import KEPT_OF_A_CHECK, Break, kept_check, verify


class Command(BaseCommand):
    help = "Verify the whole trail. Fails, and names site, block and what it is, where anything was altered."

    def add_arguments(self, parser):
        parser.add_argument("--from", dest="anchor", type=Path, metavar="HEADFILE", help="heads that were kept outside")
        parser.add_argument("--write-head", type=Path, metavar="FILE", help="write where each chain stands now")

    def handle(self, *, anchor, write_head, **options):
        verified = verify(anchored(anchor))
        kept_check(verified)
        names = {str(site.pk): site.code for site in Site.objects.all()} | {NO_SITE: "of no site"}
        for each in verified.breaks[:KEPT_OF_A_CHECK]:
            self.stderr.write(in_words(each, names))
        if verified.breaks:
            raise CommandError(f"The trail is broken: {len(verified.breaks)} findings in {verified.entries} entries.")
        for head in verified.heads:
            self.stdout.write(str(head))
        if write_head:
            write_head.write_text(written(verified.heads), "utf-8")
        held = f"held against {anchor.name}" if anchor else "held against no outside head"
        self.stdout.write(f"The trail holds: {verified.entries} entries, {len(verified.heads)} chains, {held}.")


def anchored(path: Path | None) -> list[Head]:
    try:
        return read(path) if path else []
    except (OSError, NotAHeadFile, UnicodeDecodeError) as error:
        raise CommandError(f"The file of heads cannot be read: {error}") from error


def in_words(found: Break, names: dict[str, str]) -> str:
    where = f"{names.get(found.chain, found.chain) or 'database'}"
    return f"{where}{f', block {found.seq}' if found.seq is not None else ''}: {found.what}"
