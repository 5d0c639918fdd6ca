"""./dev demo: a filled registry on this machine, from an empty clone to pages and reports."""

import argparse
import json
import os
import time
from contextlib import ExitStack
from pathlib import Path
from socket import socket
from typing import NoReturn

from config.demo_check import Visitor, check_all, cohorts
from config.demo_docs import run_examples
from config.demo_pooling import check_against, look_at, one_cell_changed, pool_everything, pooled_studies
from config.demo_sites import LETTERS, Instance, instances, refuse_foreign_servers, started
from config.demo_sites import fill as fill_sites
from config.places import CannotRun
from config.programs import address, dispatcher, listen, manage, web, worker
from config.stack import Stack, lasting_servers, open_home, say
from config.turns import take_turn, whose_turn

MANY = range(2, len(LETTERS) + 1)


def demo(argv: list[str], called_from: Path) -> int:
    options = parse(argv, called_from)
    if options.sites:
        return several(options)
    slugs = [slug_of(folder) for folder in options.study]
    home = open_home()
    turn = take_turn(home, "./dev demo")
    if turn is None:
        raise CannotRun(already(whose_turn(home)))
    with listen(options.port) as listener, lasting_servers(home) as stack:
        fill(stack, options.study)
        start_programs(stack, listener)
        turn.announce(stack.env | {"PROMONTORY_ADDRESS": address(listener)})
        step(stack, "Making the reports", *manage("make_reports"))
        logins = json.loads((home / "logins.json").read_text(encoding="utf-8"))
        if options.check:
            say(f"Looking at it (logs: {stack.logs}) ...")
            check_all(address(listener), logins, slugs, show=print_line)
            return 0
        tell(address(listener), logins, home)
        stay(stack)


def parse(argv: list[str], called_from: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--study", action="append", default=[], metavar="FOLDER", help="import this study folder too")
    parser.add_argument("--check", action="store_true", help="fetch the pages and the API's answers, tell, and end")
    parser.add_argument("--port", type=int, help="listen here (default: 8000, or the next free one)")
    parser.add_argument(
        "--sites", type=int, choices=MANY, help="so many sites and a pooling centre instead, each alone"
    )
    parser.add_argument("--change-one-cell", action="store_true", help="with --sites and --check: the check must fail")
    options = parser.parse_args(argv)
    if options.sites and (options.study or options.port):
        parser.error("--sites brings its own studies and ports")
    options.study = [(called_from / folder).resolve() for folder in options.study]
    for folder in options.study:
        if not folder.is_dir():
            raise CannotRun(f"--study {folder}: there is no such folder.")
    return options


def several(options: argparse.Namespace) -> int:
    """Sites and a centre: filled, started, pooled; then checked, or left for a person to look at."""
    refuse_foreign_servers(dict(os.environ))
    home = open_home()
    turn = take_turn(home, "./dev demo --sites")
    if turn is None:
        raise CannotRun(already(whose_turn(home)))
    with ExitStack() as doors, lasting_servers(home) as stack:
        found = instances(stack, options.sites)
        fill_sites(stack, found)
        *sites, centre, whole = up = started(stack, found, doors)
        turn.announce(centre.env | {"PROMONTORY_ADDRESS": centre.address}, {each.name: each.env for each in up})
        with one_cell_changed(sites[-1], options.change_one_cell):
            pool_everything(sites, centre, say)
        if options.check:
            check_against(whole, sites, centre, print_line)
            look_at(centre, pooled_studies(sites[0]), print_line)
            run_examples(sites[0], centre, print_line)
            return 0
        tell_of_several([*sites, centre])
        stay(stack)


def tell_of_several(all_of_them: list[Instance]) -> None:
    """Where each is, and who may log in."""
    for each in all_of_them:
        print_line(f"\n{each.name} is at {each.address}/   (invented people and numbers; tokens: {each.logins})")
        for user in json.loads(each.logins.read_text(encoding="utf-8"))["users"]:
            print_line(f"    {user['username']:<14} {user['password']:<28} {user['role']}: {user['what']}")
    for study in pooled_studies(all_of_them[0]):
        print_line(f"\nPooled: {all_of_them[-1].address}/pooling/{study}/")
    print_line("\nCtrl-C ends everything.")


def slug_of(folder: Path) -> str:
    """A study's slug, and so its default cohort's: from study.json, else the folder's name."""
    described = folder / "study.json"
    if not described.is_file():
        return folder.name
    try:
        return json.loads(described.read_text(encoding="utf-8")).get("slug", folder.name)
    except ValueError as problem:
        raise CannotRun(f"{described} is not JSON: {problem}") from problem


def already(holder: dict) -> str:
    """What to say to a second start."""
    address = holder.get("env", {}).get("PROMONTORY_ADDRESS")
    who = f"{holder['what']} (process {holder['pid']})" if holder else "another ./dev, still starting,"
    at = f" at {address}" if address else ""
    return f"{who} is running here already{at}. Use it, or end it first (Ctrl-C there)."


def fill(stack: Stack, studies: list[Path]) -> None:
    """Tables, the demo's own cohorts and users, and the studies that were named. Doing it again changes nothing."""
    step(stack, "Preparing the tables", *manage("migrate", "--verbosity", "0"))
    step(stack, "Loading the demo", *manage("load_demo", "--logins", str(stack.home / "logins.json")))
    for folder in studies:
        step(stack, f"Importing {folder.name}", *manage("import_study", str(folder), "--site", "local"))


def step(stack: Stack, title: str, *argv: str) -> None:
    say(f"{title} ...")
    if (code := stack.run(argv)) != 0:
        raise CannotRun(f"the step '{title}' failed (exit code {code}); its words are above. Logs: {stack.logs}")


def start_programs(stack: Stack, listener: socket) -> None:
    say(f"Starting web, worker and dispatcher at {address(listener)} ...")
    env, logs = stack.env, stack.logs
    for program in (worker(env, logs), dispatcher(env, logs), web(env, logs, listener)):
        stack.supervisor.start(program)


def tell(at: str, logins: dict, home: Path) -> None:
    """Where it is, who may log in, what is to be seen."""
    print_line(f"\nPromontory is at {at}/   (invented people and numbers, but for what you imported)\n")
    for user in logins["users"]:
        print_line(f"    {user['username']:<14} {user['password']:<28} {user['role']}: {user['what']}")
    print_line("")
    for cohort in cohorts(Visitor(at), logins):
        print_line(f"    {cohort['name']}\n        {at}/cohorts/{cohort['slug']}/report/")
    print_line(f"\nPasswords and API tokens: {home / 'logins.json'}   Logs: {home / 'logs'}   Ctrl-C ends everything.")


def print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201  standard output is what this command is for


def stay(stack: Stack) -> NoReturn:
    """Watch over the programs until a signal comes; it arrives as an Interrupted."""
    while True:
        stack.supervisor.tick()
        time.sleep(0.2)
