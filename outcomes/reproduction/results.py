"""The results that a paper is compared with: its plan over its demonstration cohort."""

from collections.abc import Mapping

from django.db.models import QuerySet

from outcomes.asking import ANALYSE, ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.latest import reader_sites
from outcomes.models import Cohort, Freeze, Result
from outcomes.plans.shipped import shipped
from outcomes.reproduction.compare import Row, compare
from outcomes.reproduction.mapping import PAPERS, mapping
from registry.demonstration import clunk, cox, gupta
from registry.demonstration.load import load_study
from registry.models import Job, User

DEMONSTRATIONS = {"clunk2025": clunk, "cox2025": cox, "gupta2014": gupta}


def load_demonstration(paper: str, *, by: User) -> bool:
    """Load the paper's demonstration cohort; False where it is there already."""
    return load_study(DEMONSTRATIONS[paper].study(), by=by)


def cohort_of(paper: str, user: User) -> Cohort | None:
    """The paper's demonstration cohort, if it is there and the user may see it."""
    return visible_cohorts(user).filter(slug=mapping(paper)["cohort"]).first()


def cohorts_by_paper(user: User) -> dict[str, Cohort]:
    """The papers whose demonstration cohort the user may see."""
    slugs = {mapping(paper)["cohort"]: paper for paper in PAPERS}
    return {slugs[cohort.slug]: cohort for cohort in visible_cohorts(user).filter(slug__in=slugs)}


def ask(paper: str, cohort: Cohort, *, by: User) -> Job:
    """Ask for the paper's plan on its demonstration cohort."""
    return ask_analysis(cohort=cohort, plan=mapping(paper)["plan"], by=by)


def jobs_of(paper: str, cohort: Cohort, user: User) -> QuerySet[Job]:
    """The jobs that asked for the paper's plan, as it is now, over exactly the reader's sites; newest first."""
    params = {"cohort": str(cohort.pk), "plan": shipped(mapping(paper)["plan"])}
    jobs = Job.objects.filter(kind=ANALYSE, params=params, site_ids=reader_sites(cohort, user))
    return jobs.order_by("-created_at")


def in_progress(paper: str, cohort: Cohort, user: User) -> Job | None:
    """A job of the paper that is waiting or running."""
    return jobs_of(paper, cohort, user).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()


def newest_done(paper: str, cohort: Cohort, user: User) -> Job | None:
    return jobs_of(paper, cohort, user).filter(state=Job.State.DONE).first()


def results_of(job: Job) -> list[Result]:
    """A job's results in the order of their plan, without the rows of their freeze."""
    results = job.results.select_related("freeze").defer(*(f"freeze__{name}" for name in Freeze.TABLES))
    return list(results.order_by("place"))


def compared(paper: str, results: list[Result]) -> list[Row]:
    """The paper's printed numbers beside those of the results."""
    payloads: Mapping[str, Mapping] = {result.analysis_id: result.payload for result in results}
    return compare(paper, payloads)
