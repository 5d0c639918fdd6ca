"""Pages of the published papers: each printed number beside the one computed from a demonstration cohort."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.latest import results_of
from outcomes.models import Cohort
from outcomes.reproduction import results
from outcomes.reproduction.compare import Row, by_location, tally
from outcomes.reproduction.mapping import PAPERS, mapping
from outcomes.reproduction.printed import published
from outcomes.reproduction.verdicts import DIFFERS, SAME, UNDETERMINED
from registry.access import Permission

BADGES = {SAME: "is-ok", DIFFERS: "is-bad", UNDETERMINED: "is-off"}
ABBREVIATED = {"vas", "cpaf", "ecog", "aacci", "msts", "fms", "pdn", "ebl", "los", "icu", "vte", "ct", "psfs"}
FIELDS = {"n": "n", "q1": "Q1", "q3": "Q3", "p": "p", "sd": "SD", "n_group": "n of the group", "percent": "%"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A printed number as the page shows it; `url`: the result that gave the computed one."""

    what: str
    field: str
    printed: str
    computed: str
    verdict: str
    badge: str
    reason: str
    url: str


@dataclass(frozen=True)
class Part:
    """A table, or another place of the paper, with what it prints."""

    title: str
    lines: list[Line]
    counts: Mapping[str, int]


def in_words(name: str) -> str:
    """A name of the data as people read it: msts_item.pain is "MSTS item: pain"."""
    words = name.replace("_", " ").replace(".", ": ").split(" ")
    return " ".join(word.upper() if word.strip(":") in ABBREVIATED else word for word in words)


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def counted(rows: list[Row]) -> dict[str, int]:
    """{verdict: how many}, where several differ and one differs."""
    return {"differ" if verdict == DIFFERS and n != 1 else verdict: n for verdict, n in tally(rows).items()}


def line_of(row: Row, urls: Mapping[str, str]) -> Line:
    about = row.printed
    where = [about.subgroup, about.timepoint]
    named = ", ".join(each for each in where if each not in ("all", "n/a"))
    return Line(
        what=capital(in_words(about.variable).removeprefix("n ")) + (f" ({named})" if named else ""),
        field=FIELDS.get(about.field, "" if about.field == "any" else in_words(about.field)),
        printed=about.text, computed=row.computed, verdict=row.verdict, badge=BADGES[row.verdict], reason=row.reason,
        url=urls.get(row.analysis, ""),
    )  # fmt: skip


def parts_of(rows: list[Row], urls: Mapping[str, str]) -> list[Part]:
    """The rows under the places that print them."""
    grouped = by_location(rows)
    return [Part(place, [line_of(row, urls) for row in part], counted(part)) for place, part in grouped.items()]


@require_safe
def reproduction_list(request: HttpRequest) -> HttpResponse:
    """The papers whose demonstration cohort the reader may see, with how much of each comes out."""
    cohorts = results.cohorts_by_paper(request.user)
    papers = [summary(paper, cohorts[paper], request.user) for paper in PAPERS if paper in cohorts]
    return render(request, "reports/reproduction_list.html", {"papers": papers, "section": "cohorts"})


def summary(paper: str, cohort: Cohort, user) -> dict:
    """A paper's title and counts; no counts where nothing has been computed."""
    job = results.newest_done(paper, cohort, user)
    rows = results.compared(paper, results_of(job)) if job else []
    badges = BADGES | {"differ": BADGES[DIFFERS]}
    counts = [(number, words, badges[words]) for words, number in counted(rows).items()] if job else []
    about = published()["papers"][paper]
    named = {"name": paper, "title": about["title"], "journal": about["journal"], "cohort": cohort}
    return named | {"total": len(rows), "counts": counts}


@require_http_methods(["GET", "HEAD", "POST"])
def reproduction(request: HttpRequest, paper: str) -> HttpResponse:
    """One paper, number by number, from the newest results of its plan; a POST asks for new ones."""
    cohort = results.cohort_of(paper, request.user) if paper in PAPERS else None
    if cohort is None:
        raise Http404
    may_ask = cohort.sites_for(request.user, Permission.ASK_ANALYSES).exists()
    if request.method == "POST":
        if not may_ask:
            raise PermissionDenied
        if not results.in_progress(paper, cohort, request.user):
            results.ask(paper, cohort, by=request.user)
        return redirect("reproduction", paper=paper)
    context = {"may_ask": may_ask, "synthetic": True, "section": "cohorts"}
    context |= {"running": results.in_progress(paper, cohort, request.user)}
    return render(request, "reports/reproduction.html", context | page_of(paper, cohort, request.user))


def page_of(paper: str, cohort: Cohort, user) -> dict:
    """What the page says of a paper, as far as it was computed."""
    page = {**summary(paper, cohort, user), "cohort_url": reverse("cohort-report", args=[cohort.slug])}
    page |= {"plan_url": reverse("plan-report", args=[cohort.slug, mapping(paper)["plan"]])}
    job = results.newest_done(paper, cohort, user)
    if job is None:
        return page
    kept = results_of(job)
    rows = results.compared(paper, kept)
    urls = {result.analysis_id: reverse("result-detail", args=[result.pk]) for result in kept}
    envelope = kept[0].envelope if kept else {}
    return page | {
        "job": job,
        "parts": parts_of(rows, urls),
        "must": sum(row.must for row in rows),
        "failed": [line_of(row, urls) for row in rows if row.failed],
        "envelope": envelope,
        "left_out": envelope.get("left_out_of_plan", []),
        "apart": apart(rows, urls),
    }


def apart(rows: list[Row], urls: Mapping[str, str]) -> list[Line]:
    """What differs, each once however often the paper prints it."""
    return list(dict.fromkeys(line_of(row, urls) for row in rows if row.verdict == DIFFERS))
