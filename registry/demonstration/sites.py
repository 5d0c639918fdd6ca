"""Three demonstration cohorts at any number of sites: invented patients, drawn from those of the shipped cohorts."""

import random
from dataclasses import replace

from registry.demonstration import clunk, cox, gupta
from registry.demonstration.rows import SYNTHETIC, DemoPatient, DemoStudy, DemoVisit

COHORTS = (clunk, cox, gupta)
# Scores that may move by a point without breaking a total or a rule; each stays within what its cohort holds.
LOOSE = ("pain", "cpaf", "fms")


def site_studies(code: str, patients: int) -> list[DemoStudy]:
    """The cohorts as one site might have recorded them, with so many patients in all. The same code, the same rows."""
    share, rest = divmod(patients, len(COHORTS))
    return [drawn(each.study(), code, share + (place < rest)) for place, each in enumerate(COHORTS)]


def drawn(source: DemoStudy, code: str, many: int) -> DemoStudy:
    """The study with `many` patients drawn with replacement, their loose scores moved a little."""
    rng = random.Random(f"{code} {source.slug}")
    ranges = ranges_of(source)
    people = [moved(rng.choice(source.patients), ranges, rng) for _ in range(many)]
    numbered = tuple(
        replace(one, study_number=f"{code.upper()}-{number:03}") for number, one in enumerate(people, start=1)
    )
    return replace(
        source,
        site_code=code,
        site_name=f"Demonstration Hospital {code}",
        description=f"{SYNTHETIC} {many} patients drawn from a demonstration cohort.",
        patients=numbered,
    )


def ranges_of(source: DemoStudy) -> dict[str, tuple[int, int]]:
    """The lowest and the highest value of each loose score."""
    found: dict[str, list[int]] = {}
    for one in source.patients:
        for visit in one.procedure.visits:
            for key, value in visit.scores.items():
                if key in LOOSE and not isinstance(value, str):
                    found.setdefault(key, []).append(int(value))
    return {key: (min(values), max(values)) for key, values in found.items()}


def moved(one: DemoPatient, ranges: dict, rng: random.Random) -> DemoPatient:
    """The same history with other loose scores."""
    visits = tuple(moved_visit(visit, ranges, rng) for visit in one.procedure.visits)
    return replace(one, procedure=replace(one.procedure, visits=visits))


def moved_visit(visit: DemoVisit, ranges: dict, rng: random.Random) -> DemoVisit:
    """The visit with its loose scores up or down by a point, or as they were."""
    scores = {
        key: value
        if key not in ranges or isinstance(value, str)
        else min(ranges[key][1], max(ranges[key][0], int(value) + rng.choice((-1, 0, 0, 1))))
        for key, value in visit.scores.items()
    }
    return replace(visit, scores=scores)
