"""Whether the tables of a bundle in which cells are hidden are those that its spec and level name, cell for cell."""

from collections.abc import Iterator, Mapping
from math import prod

from outcomes.disclosure.leaves import COUNTS, COVARIATE, OTHER, UNKNOWN, WITHOUT, scales_of
from outcomes.disclosure.policy import Policy
from outcomes.picking import SEPARATOR
from outcomes.pooling.bundle import Bundle, NotABundle
from outcomes.pooling.spec import Spec

TOLD = ("cells", "status")  # what a site fills a form with


def check_leaves(bundle: Bundle, spec: Spec) -> None:
    """NotABundle where a leaf table is not as the spec has it, or tells a count that may not be told."""
    if bundle.is_trusted:
        return
    wanted = {leaf["id"]: leaf for leaf in forms(spec, bundle.level)}
    if bundle.tables.keys() != wanted.keys():
        raise NotABundle("tables: they are not those of the spec at this level, each once")
    policy = Policy.of(spec.policy)
    for name, form in wanted.items():
        check_leaf(name, bundle.tables[name], form, policy)
    if 0 < bundle.about["n"] < policy.min_cell:
        raise NotABundle("about.n: it is a count that may not be told")


def check_leaf(name: str, leaf: Mapping, form: Mapping, policy: Policy) -> None:
    wrong = next((field for field in (*form, *leaf) if field not in TOLD and leaf.get(field) != form.get(field)), None)
    if wrong:
        raise NotABundle(f"tables.{name}: its {wrong} is not that of the spec")
    cells = leaf["cells"]
    if len(cells) != cells_in(form):
        raise NotABundle(f"tables.{name}: it has {len(cells)} cells, and the spec has {cells_in(form)}")
    if any(cell is not None and 0 < cell < policy.min_cell for cell in cells):
        raise NotABundle(f"tables.{name}: it tells a count that may not be told")
    hidden = cells.count(None)
    if leaf["status"] != ("complete" if not hidden else "withheld" if hidden == len(cells) else "partly_hidden"):
        raise NotABundle(f"tables.{name}: its status is not that of its cells")


def cells_in(form: Mapping) -> int:
    return prod(len(axis["levels"]) for axis in form["axes"])


def forms(spec: Spec, level: str) -> Iterator[dict]:
    """Every leaf table of a spec without its cells, in the order in which a site sends them."""
    document = spec.document
    covariates = document["covariates"]
    about = covariates.get(document["arm"]) if document["arm"] else None
    arms = [] if about is None or about["levels"] is None else [covariate_axis(document["arm"], about)]
    if arms:
        yield blank(COVARIATE, document["arm"], arms)
    for name, said in covariates.items():
        if said["kind"] == "category" and said["levels"] is not None and name != document["arm"]:
            yield blank(COVARIATE, name, [*arms, covariate_axis(name, said)])
    scales = scales_of(document, level)
    for code in (timepoint["code"] for timepoint in document["timepoints"]):
        for key, scale in scales.items():
            axis = {"name": key, "levels": [*scale.labels, *WITHOUT]}
            yield blank(COUNTS, key, [*arms, axis], code, scale.rung)


def covariate_axis(name: str, about: Mapping) -> dict:
    return {"name": name, "levels": [*about["levels"], OTHER, UNKNOWN]}


def blank(kind: str, variable: str, axes: list[dict], timepoint: str | None = None, rung: int = 0) -> dict:
    where = (kind, variable) if timepoint is None else (kind, variable, timepoint)
    found = {"id": SEPARATOR.join(where), "kind": kind, "variable": variable, "axes": axes, "rung": rung}
    return found | ({} if timepoint is None else {"timepoint": timepoint})
