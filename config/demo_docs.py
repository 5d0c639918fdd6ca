"""Runs the examples of docs/pooling.md as they are printed, at the sites of a running ./dev demo --sites."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

from config.demo_sites import Instance
from config.places import ROOT, CannotRun

DOCUMENT = ROOT / "docs" / "pooling.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.M | re.S)


def examples(text: str) -> Iterator[tuple[str, str]]:
    """(language, code) of each block, in the order of the document."""
    for found in BLOCK.finditer(text):
        yield found[1], found[2]


def script_of(text: str) -> str:
    """All examples as one script, so that a later one finds what an earlier one set; it ends at the first failure."""
    lines = ["set -eu -o pipefail"]
    for place, (language, code) in enumerate(examples(text), start=1):
        lines.append(f"echo '--- example {place}' >&2")
        lines.append(code if language == "sh" else f"'{sys.executable}' - <<'END OF EXAMPLE'\n{code}END OF EXAMPLE")
    return "\n".join(lines)


def run_examples(site: Instance, centre: Instance, say: Callable[[str], None]) -> None:
    """Every example of the document. CannotRun where one fails, with the end of what was said."""
    text = DOCUMENT.read_text(encoding="utf-8")
    env = os.environ | {"SITE": site.address, "CENTRE": centre.address}
    done = subprocess.run(
        ["bash", "-c", script_of(text)], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True
    )
    if done.returncode != 0:
        raise CannotRun(f"an example of {DOCUMENT.name} failed: {(done.stderr or done.stdout).decode()[-1500:]}")
    say(f"{DOCUMENT.name}: {len(list(examples(text)))} examples ran as they are printed.")
