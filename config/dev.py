"""./dev: everything that can be done with a fresh clone, each command on its own.

demo      a filled registry on this machine      ./dev demo [--study FOLDER]... [--check] [--port N] [--sites N]
manage    a management command, servers up       ./dev manage [--at SITE] COMMAND ...
test      all tests, in two processes            ./dev test [what pytest takes, in one process]
check     format, lint, migrations, settings     ./dev check
bench     a benchmark of tests/bench             ./dev bench NAME ...
campaign  a promise under fire, with figures     ./dev campaign NAME ...
lock      compile the pins of pyproject.toml     ./dev lock [--upgrade]
"""

import os
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from config import quality
from config.campaigns import campaign, known
from config.demo import demo
from config.places import ROOT, CannotRun
from config.programs import dispatcher, manage, worker
from config.stack import (
    Interrupted,
    catch_signals,
    foreground,
    lasting_servers,
    open_home,
    say,
    throwaway_servers,
)
from config.supervisor import DidNotStart
from config.turns import joined, take_turn

CALLED_FROM = Path(os.environ.get("PROMONTORY_CALLED_FROM", ROOT))
EVERYTHING = ("--numprocesses", "2", "--dist", "loadgroup", "--no-loadscope-reorder", "--durations", "30")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Commands about the schema or the code: no job can come of them, and the tables may not be there yet.
SCHEMA = {"makemigrations", "migrate", "showmigrations", "sqlmigrate"}
WITHOUT_WORKER = {"check", "collectstatic", "help", "spectacular"} | SCHEMA


def main(argv: list[str]) -> int:
    commands = {
        "demo": lambda rest: demo(rest, CALLED_FROM),
        "manage": manage_command,
        "test": test,
        "check": lambda rest: quality.check(),
        "bench": bench,
        "campaign": campaign,
        "lock": quality.lock,
    }
    if not argv or argv[0] not in commands:
        say(f"{__doc__.strip()}\n\nCampaigns: {', '.join(known())}.")
        return 0 if argv and argv[0] in ("help", "--help", "-h") else 2
    catch_signals()
    try:
        return commands[argv[0]](argv[1:])
    except (CannotRun, DidNotStart) as problem:
        say(f"./dev {argv[0]}: {problem}")
        return 1
    except Interrupted as signal:
        return signal.code


def manage_command(argv: list[str]) -> int:
    """Use the servers of whoever runs them here; run them ourselves where nobody does."""
    home = open_home()
    if argv[:1] == ["--at"]:
        return manage_at(home, *argv[1:])
    waited = 0
    while (turn := take_turn(home, f"./dev manage {' '.join(argv[:1])}")) is None:
        with joined(home) as holder:
            if holder is not None:
                return foreground(manage(*argv), env=os.environ | holder["env"], cwd=CALLED_FROM)
        waited += 1
        if waited == 10:
            say("Waiting for another ./dev that is starting or ending here ...")
        time.sleep(0.2)
    with lasting_servers(home) as stack:
        if argv and argv[0] not in WITHOUT_WORKER and not argv[0].startswith("-"):
            prepare_for_work(stack)
        turn.announce(stack.env)
        code = foreground(manage(*argv), env=stack.env, cwd=CALLED_FROM, tick=stack.supervisor.tick)
        turn.wait_for_guests(say)
    return code


def manage_at(home: Path, name: str = "", *argv: str) -> int:
    """At one of the sites of a running ./dev demo --sites, or at its centre."""
    with joined(home) as holder:
        known = (holder or {}).get("instances", {})
        if name not in known:
            there = f"There are: {', '.join(known)}." if known else "Start ./dev demo --sites 3 first."
            raise CannotRun(f"--at {name}: there is no such instance here. {there}")
        return foreground(manage(*argv), env=os.environ | known[name], cwd=CALLED_FROM)


def prepare_for_work(stack) -> None:
    """Tables, worker and dispatcher; a database that was named from outside is migrated by whoever named it."""
    if "DATABASE_URL" not in os.environ and stack.run(manage("migrate", "--verbosity", "0")) != 0:
        raise CannotRun("the migrations failed; their words are above.")
    for program in (worker, dispatcher):
        stack.supervisor.start(program(stack.env, stack.logs))


def test(argv: list[str]) -> int:
    """pytest, on servers and data of its own: two processes at once for everything, one for what is named."""
    with ExitStack() as servers:
        stack = servers.enter_context(throwaway_servers())
        env = stack.env | browser_for_tests() | homes_for_tests(stack.home)
        if not argv and "DATABASE_URL" not in os.environ:
            # A transaction that one process holds open would hold up the change feed of the other.
            second = servers.enter_context(throwaway_servers()).env
            env |= {f"SECOND_{name}": second[name] for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL")}
        return foreground(
            (sys.executable, "-m", "pytest", *(argv or EVERYTHING)), env=env, cwd=ROOT, tick=stack.supervisor.tick
        )


def browser_for_tests() -> dict[str, str]:
    """Where Chromium is. Without one the browser tests are skipped, except where CI promises one."""
    found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is not None:
        return {"CHROMIUM_PATH": found}
    if os.environ.get("CI") == "true":
        return {"REQUIRE_BROWSER": "1"}
    say("No Chromium here: the browser tests will be skipped. Install it, or set CHROMIUM_PATH.")
    return {}


def homes_for_tests(folder: Path) -> dict[str, str]:
    """Browsers keep settings and caches; these go with the data."""
    return {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_CACHE_HOME": str(folder / "cache")}


def bench(argv: list[str]) -> int:
    """One benchmark, on an empty database that writes as a real one does."""
    known = sorted(path.stem for path in (ROOT / "tests" / "bench").glob("*.py") if path.stem != "__init__")
    if not argv or argv[0] not in known:
        raise CannotRun(f"name one of the benchmarks: {', '.join(known) or 'there is none yet'}.")
    with throwaway_servers(durable=True) as stack:
        if stack.run(manage("migrate", "--verbosity", "0")) != 0:
            raise CannotRun("the migrations failed; their words are above.")
        script = (sys.executable, str(ROOT / "tests" / "bench" / f"{argv[0]}.py"), *argv[1:])
        return foreground(script, env=stack.env, cwd=ROOT, tick=stack.supervisor.tick)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
