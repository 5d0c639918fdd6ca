"""Models of rows -> tables: estimates with intervals, and the contrasts from a baseline."""

from collections.abc import Mapping

from reports import phrases, questions, wording
from reports.evidence import columns, notes
from reports.layout import Cell, Group, Row, Table, row, source
from reports.manifest import Manifest

NEEDS_ROWS = "Needs rows: this model cannot be pooled from tables that sites send."


def model(result: Mapping, manifest: Manifest) -> Table:
    """term | estimate (95 % CI) | SE | p | p, Holm; the model's terms, then the contrasts from the baseline."""
    payload = result["payload"]
    terms = [estimate_row(each, manifest) for each in payload.get("estimates") or []]
    contrasts = [estimate_row(each, manifest) for each in payload.get("contrasts") or []]
    groups = [Group("Terms of the model", tuple(terms))] if terms else []
    groups += [Group("Change from the baseline", tuple(contrasts))] if contrasts else []
    refusal = Cell(wording.ABSENT, wording.not_estimable(payload) or "no estimates")
    return Table(
        title=f"{phrases.question(result['entry'], manifest)}: {KINDS.get(result['type'], 'model')}",
        columns=columns("Term", f"Estimate {wording.CI_95}", "SE", "p", "p, Holm"),
        groups=tuple(groups or [Group("", (row("Model", *[wording.ABSENT] * 3, refusal),))]),
        notes=notes(
            size(payload),
            f"Model: {payload['formula']}." if payload.get("formula") else "",
            variance(payload),
            NEEDS_ROWS if payload.get("poolable") is False else "",
            *(f"{wording.heading(each)}." for each in payload.get("warnings") or []),
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )


KINDS = {"mixed_model": "linear mixed model, random intercept", "gee": "generalized estimating equations, robust SE"}


def estimate_row(each: Mapping, manifest: Manifest) -> Row:
    told = next((each[name] for name in ("term", "timepoint", "name") if each.get(name) is not None), "")
    head = wording.heading(manifest.timepoint(str(told)))
    if reason := wording.not_estimable(each):
        return row(head, *[wording.ABSENT] * 3, Cell(wording.ABSENT, reason))
    return row(
        head,
        wording.interval({name: each.get(name) for name in ("estimate", "low", "high")}, 2),
        wording.fixed(each.get("se"), 2),
        wording.p_number(each.get("p")),
        wording.p_number(each.get("p_holm")),
    )


def size(payload: Mapping) -> str:
    n, observations = payload.get("n"), payload.get("observations")
    if not isinstance(n, int):
        return ""
    seen = f" with {wording.counted(observations, 'value')}" if isinstance(observations, int) else ""
    return f"{wording.counted(n, 'procedure')}{seen}. p values of contrasts are adjusted by Holm's method."


def variance(payload: Mapping) -> str:
    """How much procedures differ, beside how much a procedure's own values do."""
    names = ("random_intercept_variance", "residual_variance", "correlation")
    known = {name: payload[name] for name in names if isinstance(payload.get(name), int | float)}
    said = [f"{wording.plain(name)} {wording.fixed(value, 2)}" for name, value in known.items()]
    return f"{wording.heading(', '.join(said))}." if said else ""
