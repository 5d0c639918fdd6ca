"""A pooling study of a small cohort, its contributors, and what they send: made of columns."""

from functools import cache

import numpy as np

from outcomes.disclosure.choke import choke
from outcomes.disclosure.leaves import leaf_tables
from outcomes.models import PoolingStudy
from outcomes.pooling.bundle import SUPPRESSED, Bundle, sealed_bundle
from outcomes.pooling.signing import Signer, as_text
from outcomes.pooling.spec import Spec
from outcomes.pooling.studies import join, make_study
from registry.actions.people import system_user
from tests.outcomes.cohorts import columns
from tests.outcomes.pooling.specs import NOW, RELEASE, bundle_document, frozen_of, instrument, sent, spec_of

CODES = ("north", "south", "west")
PAIN = {"pain": instrument()}
TIMEPOINTS = ("pre", "6w", "1y")
ROWS = 30
CHANGE = {"instrument": "pain", "pre": "pre", "post": "1y"}
ENTRIES = [
    {"id": "pain-all", "type": "describe_by_timepoint", "instrument": "pain"},
    {"id": "pain-by-arm", "type": "describe_by_timepoint", "instrument": "pain", "by": "arm"},
    {"id": "pain-kw", "type": "kruskal_dunn", "instrument": "pain"},
    {"id": "pain-change", "type": "wilcoxon_paired", **CHANGE},
    {"id": "pain-arms", "type": "mannwhitney", "instrument": "pain", "timepoint": "1y", "by": "arm"},
    {"id": "pain-adjusted", "type": "ancova", **CHANGE, "group": "arm", "group_level": "a", "covariates": []},
    {"id": "little-pain", "type": "crosstab", "row": "arm", "col": {"instrument": "pain", "timepoint": "1y", "le": 3}},
    {"id": "sex", "type": "share_patient_var", "var": "sex", "by": "arm"},
    {"id": "age", "type": "describe_patient_var", "var": "age", "by": "arm"},
    {"id": "death", "type": "km", "survival": "death", "times": [100, 300], "by": "arm"},
]


def signer(code: str) -> Signer:
    """The key of a site; the same one each time."""
    return Signer(code.ljust(32, ".").encode())


@cache
def whole_cohort():
    """Thirty patients of three sites, ten each."""
    places = range(ROWS)
    return columns(
        scores={
            ("pain", code): [None if (row + step) % 7 == 6 else str((row * 5 + step * 3) % 11 // (step + 1))
                             for row in places]
            for step, code in enumerate(TIMEPOINTS)
        },
        covariates={
            "arm": [("a", "b")[row % 2] for row in places],
            "sex": [("F", "M", "M")[row % 3] for row in places],
            "age": [str(50 + row) for row in places],
        },
        sites=[CODES[row // 10] for row in places],
        survival={"death": ([str(30 + 20 * row) for row in places], [str(row % 2) for row in places])},
    )  # fmt: skip


@cache
def small_spec() -> Spec:
    return spec_of(frozen_of(whole_cohort(), PAIN, arm="arm"), ENTRIES)


def rows_at(code: str, *, without: int = 0):
    """One site's rows as a freeze would hold them; `without` its last ones."""
    whole = whole_cohort()
    first = CODES.index(code) * 10
    mask = np.isin(np.arange(whole.rows), range(first, first + 10 - without))
    return frozen_of(whole.take(mask), PAIN, arm="arm", site=code)


def release(number: int = 1, supersedes: str | None = None) -> dict:
    """The number-th release of a site."""
    as_of = f"2026-03-{number:02}T12:00:00+00:00"
    return RELEASE | {"id": f"00000000-0000-4000-8000-{number:012}", "as_of": as_of, "supersedes": supersedes}


def bundle_of(code: str, *, number: int = 1, supersedes: str | None = None, without: int = 0) -> Bundle:
    """What a site sends of its rows."""
    about = {"site": code, "release": release(number, supersedes), "key": signer(code)}
    return sent(small_spec(), rows_at(code, without=without), **about)


def document_of(code: str, **more) -> dict:
    """The same as a document, to be changed."""
    return bundle_document(small_spec(), rows_at(code), site=code, key=signer(code), release=release(), **more)


def pooling_study(site, *, slug: str = "three-sites", codes=CODES) -> PoolingStudy:
    """A study of a place, with contributors and their keys."""
    by = system_user()
    study = make_study(site=site, slug=slug, spec=small_spec().document, name="Three sites", by=by)
    for code in codes:
        join(study=study, code=code, name=f"Hospital {code}", public=as_text(signer(code).public), by=by)
    return study


def hiding_document(code: str, *, level: str = SUPPRESSED, n: int = 10, spec: Spec | None = None) -> dict:
    """What a site sends that hides small counts."""
    spec = spec or small_spec()
    leaves, _ = choke(leaf_tables(rows_at(code), spec, level), spec, ())
    content = {"tables": leaves, "about": {"synthetic": True, "n": n}}
    about = {"site": code, "release": release(), "key": signer(code), "overlap": "none_known", "created": NOW}
    return sealed_bundle(spec, content, level=level, **about)
