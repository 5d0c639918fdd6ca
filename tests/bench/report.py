"""./dev bench report: from the click to the finished page, and to the PDF, beside an empty job of the same queue.

The cohort is the demonstration of 53 sacroplasties, by its paper's plan. Web server, dispatcher and worker are those of
`./dev demo`; the answers are looked for every 10 ms, turn by turn. Medians; never asserted.

    ./dev bench report [times]
"""

import os
import re
import statistics
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import tests.bench  # noqa: F401 (sets Django up)
from config.demo_check import Answer, Visitor
from config.programs import address, dispatcher, listen, web, worker
from config.stack import say
from config.supervisor import Supervisor
from registry import jobs
from registry.access import Role
from registry.actions.people import system_user
from registry.actions.studies import install_definitions
from registry.demonstration import gupta
from registry.demonstration.load import load_study
from registry.models import Job, Score, Site, User
from reports.models import Document
from tests.bench.parts import report
from tests.builders import PASSWORD, build_member
from tests.worker_apps.empty import EMPTY

PAUSE_SECONDS, WAIT_SECONDS = 0.01, 120
REPORT = "/cohorts/gupta-demo/plans/gupta2014/report/"
JOB = re.compile(r"/jobs/([0-9a-f-]{36})/")


class Clicker(Visitor):
    """A visitor who presses buttons of a page that is open: its token is at hand."""

    def open_home(self) -> None:
        page = self.get("/").body
        self.token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1].decode()

    def press(self, path: str, **fields: str) -> Answer:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token} | fields).encode()
        about = {"Referer": self.address}
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.address, path), data=body, headers=about))


@contextmanager
def running() -> Iterator[str]:
    """Web server, dispatcher and a worker that also takes the empty job; the address."""
    supervisor, logs = Supervisor(say), Path(tempfile.mkdtemp())
    env = dict(os.environ)
    with listen(None) as listener:
        takes_empty = worker(env, logs)
        argv = tuple("tests.worker_apps.empty" if part == "config" else part for part in takes_empty.argv)
        try:
            for program in (replace(takes_empty, argv=argv), dispatcher(env, logs), web(env, logs, listener)):
                supervisor.start(program)
            yield address(listener)
        finally:
            supervisor.stop()


def until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while not is_so():
        if time.monotonic() > ends:
            raise SystemExit("It was not done in two minutes.")
        time.sleep(PAUSE_SECONDS)


def over(pk: str) -> Job | None:
    """The job, once it is done; the benchmark ends where it failed."""
    job = Job.objects.get(pk=pk)
    if job.state == Job.State.FAILED:
        raise SystemExit(f"The job failed. {job.error}")
    return job if job.is_over else None


def empty(by: User, sites: list) -> None:
    """Ask for nothing, and see it done."""
    job = jobs.ask(kind=EMPTY, params={}, site_ids=sites, by=by)
    until(lambda: over(job.pk))


def page(visitor: Clicker) -> None:
    """Click, wait, and read the whole page."""
    asked = visitor.press(REPORT)
    pk = JOB.search(asked.url)[1]
    until(lambda: over(pk))
    shown = visitor.get(REPORT)
    if shown.status != 200 or b"<table" not in shown.body:
        raise SystemExit(f"The page is not there: {shown.status}.")


def files(visitor: Clicker) -> None:
    """Click on the page's files, wait, and read the whole PDF."""
    asked = visitor.press(f"/jobs/{newest_analysis()}/documents/", profile=Document.Profile.TABLES)
    pk = JOB.search(asked.url)[1]
    until(lambda: over(pk))
    pdf = visitor.get(f"/documents/{Document.objects.get(job=pk).pk}/report.pdf/")
    if not pdf.body.startswith(b"%PDF"):
        raise SystemExit(f"The PDF is not there: {pdf.status}.")


def newest_analysis() -> str:
    return str(Job.objects.filter(kind="outcomes.analyse", state=Job.State.DONE).latest("created_at").pk)


def another_value() -> None:
    """One score is another from now on, so that nothing which was made before answers."""
    score = Score.objects.filter(instrument__key="pain", value__isnull=False).order_by("pk").first()
    Score.objects.filter(pk=score.pk).update(value=(score.value + 1) % 11)


def seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measured(times: int) -> dict[str, list[float]]:
    """{what: the seconds of each turn}; the first turn, which fills caches, is not counted."""
    north = Site.objects.get(code=gupta.study().site_code)
    by = build_member("bencher", north, Role.SITE_ADMIN)
    found: dict[str, list[float]] = {"empty": [], "page": [], "PDF": []}
    with running() as at:
        visitor = Clicker(at)
        visitor.log_in(by.username, PASSWORD)
        visitor.open_home()
        for turn in range(times + 1):
            another_value()
            taken = {
                "empty": seconds(lambda: empty(by, [north.pk])),
                "page": seconds(lambda: page(visitor)),
                "PDF": seconds(lambda: files(visitor)),
            }
            for name in found if turn else ():
                found[name].append(taken[name])
    return found


def main(times: int) -> None:
    install_definitions(by=system_user())
    load_study(gupta.study(), by=system_user())
    say("\n".join(report.machine_lines(report.machine())))
    found = {name: statistics.median(each) for name, each in measured(times).items()}
    for name, words in (("empty", "an empty job"), ("page", "click to the finished page"), ("PDF", "click to the PDF")):
        say(f"{words:<28} {found[name]:8.3f} s   {found[name] / found['empty']:6.2f} x")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
