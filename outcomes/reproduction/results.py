"""The results that a paper is compared with: its plan over its demonstration cohort."""

from collections.abc import Mapping

from outcomes import latest
from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Cohort, Result
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


def in_progress(paper: str, cohort: Cohort, user: User) -> Job | None:
    """A job of the paper's plan, as it is now, that is waiting or running."""
    return latest.in_progress(cohort, user, shipped(mapping(paper)["plan"]))


def newest_done(paper: str, cohort: Cohort, user: User) -> Job | None:
    return latest.newest_done(cohort, user, shipped(mapping(paper)["plan"]))


def compared(paper: str, results: list[Result]) -> list[Row]:
    """The paper's printed numbers beside those of the results."""
    payloads: Mapping[str, Mapping] = {result.analysis_id: result.payload for result in results}
    return compare(paper, payloads)
