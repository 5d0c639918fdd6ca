"""./dev demo --sites: several sites and a pooling centre on this machine, each with its own database and port."""

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from config.places import ROOT, CannotRun, field_key, private, secret_key
from config.programs import address, dispatcher, listen, manage, web, worker
from config.stack import Stack, say

LETTERS = "abcdefghij"
CENTRE, WHOLE = "centre", "whole"
PATIENTS = 150


@dataclass(frozen=True)
class Instance:
    """One Promontory of several: a name, the environment in which its programs find its own database, its folder."""

    name: str
    env: dict[str, str]
    home: Path
    address: str = ""

    @property
    def logins(self) -> Path:
        return self.home / "logins.json"

    def manage(self, *argv: str) -> str:
        """Run a management command here, and return what it printed. CannotRun with its words where it fails."""
        command = manage(argv[0], "--skip-checks", *argv[1:])  # they would read every page of the program
        done = subprocess.run(command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, capture_output=True)
        said = done.stderr.decode(errors="replace")
        if done.returncode != 0:
            raise CannotRun(f"{argv[0]} at {self.name} failed (exit code {done.returncode}): {said[-2000:]}")
        return done.stdout.decode()


def instances(stack: Stack, sites: int) -> list[Instance]:
    """The sites, the centre, and the one that holds all rows, by which the centre is checked."""
    names = [*LETTERS[:sites], CENTRE, WHOLE]
    return [instance(stack, name, place) for place, name in enumerate(names, start=1)]


def instance(stack: Stack, name: str, place: int) -> Instance:
    """An environment like the stack's, on another database, another part of Redis, with another secret."""
    home = private(private(stack.home / "sites") / name)
    urls = {
        each: urlsplit(stack.env[each])._replace(path=f"/promontory_{name}").geturl()
        for each in ("DATABASE_URL", "MIGRATION_DATABASE_URL")
    }
    redis = stack.env["REDIS_URL"].replace("virtual_host=0", f"virtual_host={place}")
    own = urls | {"REDIS_URL": redis, "SECRET_KEY": secret_key(home), "FIELD_KEYS": field_key(home)}
    return Instance(name, stack.env | own, home)


def fill(stack: Stack, all_of_them: Sequence[Instance]) -> None:
    """Databases, tables and rows where they are absent. The tables are made once, the other databases from them."""
    *sites, centre, whole = all_of_them
    first = sites[0]
    make_database(stack, first)
    say("Preparing the tables ...")
    first.manage("migrate", "--verbosity", "0")
    for each in all_of_them[1:]:
        if make_database(stack, each, template=None if has_rows(first) else first):
            continue
        each.manage("migrate", "--verbosity", "0")
    say(f"Loading {PATIENTS} invented patients at each site, and all of them into one more to check the centre by ...")
    everywhere = [word for each in sites for word in ("--site", each.name)]
    jobs = [(whole, everywhere), *((each, ["--site", each.name]) for each in sites), (centre, ["--centre", CENTRE])]
    at_once(*(partial(load, each, *where) for each, where in jobs))


def load(each: Instance, *where: str) -> None:
    """Rows and people where they are absent; the people are the last."""
    if not each.logins.exists():
        each.manage("load_sites", *where, "--patients", str(PATIENTS), "--logins", str(each.logins))


def at_once(*jobs: Callable[[], object]) -> list:
    """What they give, two at a time: each waits for a process of its own."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return [done.result() for done in [pool.submit(job) for job in jobs]]


def has_rows(each: Instance) -> bool:
    return each.logins.exists()


def make_database(stack: Stack, each: Instance, template: Instance | None = None) -> bool:
    """Make the instance's database where there is none, as a copy of another's; whether it has tables then."""
    name = urlsplit(each.env["DATABASE_URL"]).path[1:]
    with psycopg.connect(stack.env["MIGRATION_DATABASE_URL"], autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        like = f"TEMPLATE {urlsplit(template.env['DATABASE_URL']).path[1:]}" if template else ""
        connection.execute(f"CREATE DATABASE {name} {like}")
        return bool(like)


def start(stack: Stack, each: Instance, doors: ExitStack, *, page: bool = True) -> Instance:
    """Its worker, its dispatcher, and its pages on a port of their own."""
    logs = private(each.home / "logs")
    programs = [worker(each.env, logs, processes=1), dispatcher(each.env, logs)]
    if page:
        listener = doors.enter_context(listen(None))
        programs.append(web(each.env, logs, listener, processes=1))
        each = replace(each, address=address(listener))
    for program in programs:
        stack.supervisor.start(replace(program, name=f"{program.name} of {each.name}"))
    return each


def started(stack: Stack, all_of_them: Sequence[Instance], doors: ExitStack) -> list[Instance]:
    """Everything up; the one that holds all rows has no pages."""
    say("Starting the sites and the centre ...")
    return [start(stack, each, doors, page=each.name != WHOLE) for each in all_of_them]


def refuse_foreign_servers(env: dict[str, str]) -> None:
    """Several databases are made at once: on servers of our own alone."""
    if "DATABASE_URL" in env or "REDIS_URL" in env:
        raise CannotRun("--sites makes databases of its own. Leave DATABASE_URL and REDIS_URL out of the environment.")
