"""./dev campaign NAME: a promise of the program under fire, on servers that are thrown away; exit code 1: it broke."""

import re
import sys

from config.places import ROOT, CannotRun
from config.programs import manage
from config.stack import foreground, throwaway_servers

FOLDER = ROOT / "tests" / "campaigns"
BEGINS = re.compile(r"^def main\(", re.M)


def known() -> list[str]:
    """The campaigns there are: each is a file with a main(argv); what they share has none."""
    files = sorted(FOLDER.glob("*.py"))
    return [file.stem for file in files if BEGINS.search(file.read_text("utf-8")) and not file.stem.startswith("_")]


def campaign(argv: list[str]) -> int:
    """One campaign, on an empty migrated database that writes as a real one does."""
    if not argv or argv[0] not in known():
        raise CannotRun(f"name one of the campaigns: {', '.join(known())}.")
    with throwaway_servers(durable=True) as stack:
        if stack.run(manage("migrate", "--verbosity", "0")) != 0:
            raise CannotRun("the migrations failed; their words are above.")
        script = (sys.executable, "-m", "tests.campaigns", *argv)
        return foreground(script, env=stack.env, cwd=ROOT, tick=stack.supervisor.tick)
