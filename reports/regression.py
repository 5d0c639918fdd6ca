"""Models of rows -> tables: estimates with intervals, and the contrasts from a baseline."""

from collections.abc import Mapping

from reports import phrases, questions, wording
from reports.evidence import columns, notes
from reports.layout import Group, Row, Table, row, source
from reports.manifest import Manifest
from reports.tables import refused

NEEDS_ROWS = "Needs rows: this model cannot be pooled from tables that sites send."


def model(result: Mapping, manifest: Manifest) -> Table:
    """term | estimate (95 % CI) | odds ratio where the model is logistic | SE | p | p, Holm; terms, then contrasts."""
    payload = result["payload"]
    parts = {"Terms of the model": payload.get("estimates") or [],
             "Change from the baseline": payload.get("contrasts") or []}  # fmt: skip
    odds = any(is_odds(each) for part in parts.values() for each in part)
    groups = [Group(label, tuple(estimate_row(each, odds, manifest) for each in part))
              for label, part in parts.items() if part]  # fmt: skip
    labels = (f"{'Log odds' if odds else 'Estimate'} {wording.CI_95}", *(["Odds ratio"] if odds else []), "SE", "p",
              "p, Holm")  # fmt: skip
    refusal = refused("Model", wording.not_estimable(payload) or "no estimates", len(labels))
    return Table(
        title=f"{phrases.question(result['entry'], manifest)}: {KINDS.get(result['type'], 'model')}",
        columns=columns("Term", *labels),
        groups=tuple(groups or [Group("", (refusal,))]),
        notes=notes(
            size(payload),
            f"Model: {payload['formula']}." if payload.get("formula") else "",
            f"p: {payload['test']}." if payload.get("test") else "",
            variance(payload),
            NEEDS_ROWS if payload.get("poolable") is False else "",
            *(f"{wording.heading(each).rstrip('.')}." for each in payload.get("warnings") or []),
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )


KINDS = {"mixed_model": "linear mixed model, random intercept", "gee": "generalized estimating equations, robust SE"}


def is_odds(each: Mapping) -> bool:
    return (each.get("effect") or {}).get("name") == "odds_ratio"


def estimate_row(each: Mapping, odds: bool, manifest: Manifest) -> Row:
    head = wording.heading(questions.part_name(each, manifest))
    if reason := wording.not_estimable(each):
        return refused(head, reason, 5 if odds else 4)
    return row(
        head,
        wording.interval({name: each.get(name) for name in ("estimate", "low", "high")}, 2),
        *([wording.interval(each.get("effect"), 2)] if odds else []),
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
    names = ("random_intercept_variance", "residual_variance", "intraclass_correlation", "correlation")
    known = {name: payload[name] for name in names if isinstance(payload.get(name), int | float)}
    said = [f"{wording.plain(name)} {wording.fixed(value, 2)}" for name, value in known.items()]
    return f"{wording.heading(', '.join(said))}." if said else ""
