"""Looks at a running demo as a person and as a program would: the log-in, each report page, each API answer."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from config.places import CannotRun

SECONDS = 60


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    url: str

    def json(self) -> dict:
        return json.loads(self.body)


class Visitor:
    """A browser without a screen: keeps cookies, follows redirects, sends forms with their CSRF token."""

    def __init__(self, address: str):
        self.address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))

    def get(self, path: str, *, token: str | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.address, path), headers=headers))

    def log_in(self, username: str, password: str) -> Answer:
        page = self.get("/login/")
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
        if page.status != 200 or found is None:
            raise failed("GET /login/", f"{page.status}, and {'a' if found else 'no'} log-in form")
        return self.send("/login/", login=username, password=password, csrfmiddlewaretoken=found[1].decode())

    def send(self, path: str, **form: str) -> Answer:
        """A form, as a page of ours sends it."""
        at = urllib.parse.urljoin(self.address, path)
        body = urllib.parse.urlencode(form).encode()
        return self._open(urllib.request.Request(at, data=body, headers={"Referer": at}))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                return Answer(answer.status, answer.read(), answer.url)
        except urllib.error.HTTPError as answer:
            return Answer(answer.code, answer.read(), answer.url)
        except OSError as problem:
            raise failed(f"{request.get_method()} {request.full_url}", str(problem)) from problem


def failed(step: str, seen: str) -> CannotRun:
    return CannotRun(f"the check failed at {step}: {seen}. See web.log and worker.log.")


def cohorts(visitor: Visitor, logins: dict) -> list[dict]:
    """Every cohort that the demo's token may see."""
    found = all_pages(visitor, "/api/v1/cohorts/", logins["tokens"][0]["token"])
    return sorted(found, key=lambda cohort: cohort["slug"])


def all_pages(visitor: Visitor, path: str, token: str) -> Iterator[dict]:
    """The rows of a list of the API, page after page."""
    while path:
        answer = visitor.get(path, token=token)
        if answer.status != 200:
            raise failed(f"GET {path}", f"{answer.status} {answer.body[:300].decode(errors='replace')}")
        page = answer.json()
        yield from page["results"]
        path = page.get("next")


def check_all(address: str, logins: dict, wanted: list[str], show: Callable[[str], None]) -> None:
    """Raises CannotRun at the first thing that is not as it should be; shows what it saw."""
    visitor, user, token = Visitor(address), logins["users"][0], logins["tokens"][0]["token"]
    home = visitor.log_in(user["username"], user["password"])
    if home.status != 200 or urllib.parse.urlsplit(home.url).path == "/login/":
        raise failed(f"logging in as {user['username']}", f"{home.status} at {home.url}")
    show(f"log-in as {user['username']}: {home.status}, {len(home.body)} bytes at {home.url}")
    slugs = [cohort["slug"] for cohort in cohorts(visitor, logins)]
    if missing := [slug for slug in wanted if slug not in slugs]:
        raise failed("GET /api/v1/cohorts/", f"no cohort {', '.join(missing)} among {', '.join(slugs) or 'none'}")
    if not slugs:
        raise failed("GET /api/v1/cohorts/", "no cohort at all")
    for slug in slugs:
        check_cohort(visitor, slug, token, show)
    show(f"All is well: {len(slugs)} cohorts, each with its report page and its results from the API.")


def check_cohort(visitor: Visitor, slug: str, token: str, show: Callable[[str], None]) -> None:
    page = visitor.get(f"/cohorts/{slug}/report/")
    path = f"/api/v1/results/?cohort={urllib.parse.quote(slug)}"
    results = newest_run(list(all_pages(visitor, path, token)))
    analysis, p = next(((row["analysis_id"], p) for row in results for p in p_values(row["payload"])), ("", None))
    if page.status != 200 or not page.body:
        raise failed(f"GET /cohorts/{slug}/report/", f"{page.status}, {len(page.body)} bytes")
    if p is None:
        raise failed(f"GET {path}", f"{len(results)} results and no p-value among them")
    seen = f"report page {page.status}, {len(page.body)} bytes; API {len(results)} results"
    show(f"{slug}: {seen}, {analysis}: p = {p:.6g}")


def newest_run(results: list[dict]) -> list[dict]:
    """The results of the job that finished last (every run is kept), in a fixed order."""
    newest = max(results, key=lambda row: row["created_at"], default=None)
    return sorted((row for row in results if row["job"] == newest["job"]), key=lambda row: row["analysis_id"])


def p_values(value) -> Iterator[float]:
    """Every number in a JSON answer whose key says that it is a p-value, in order."""
    if isinstance(value, list):
        for item in value:
            yield from p_values(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if (key == "p" or key.startswith("p_")) and isinstance(item, float | int):
                yield float(item)
            else:
                yield from p_values(item)
