"""What stands beside a pooled result, to be shown: the test within sites in words and as a table, and each effect's
sites as a forest plot, a table and a sentence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports import wording
from reports.forest import forests
from reports.forest_words import stratified_sentences, two_stage_sentence, two_stage_table
from reports.layout import Figure, Table
from reports.manifest import Manifest
from reports.stratified import by_site


@dataclass(frozen=True, kw_only=True)
class SitesApart:
    """sentences: the test within sites first, then each effect in two stages. Figures and tables are of the same."""

    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


def sites_apart(result: Mapping, beside: Mapping, manifest: Manifest) -> SitesApart:
    """beside: {"stratified": ..., "two_stage": ...} as outcomes.pooling.beside_sites answers it; may be empty."""
    within, stages = beside.get("stratified") or {}, beside.get("two_stage") or {}
    effects = stages.get("effects", ())
    told = stratified_sentences(result, within, manifest) if within else []
    if reason := wording.not_estimable(stages):
        told.append(f"In two stages: {reason}.")
    told += [two_stage_sentence(result, effect, manifest) for effect in effects]
    tables = [by_site({**result, "payload": within}, manifest)] if within.get("strata") else []
    tables += [two_stage_table(result, effect, manifest) for effect in effects]
    figures = forests(f"{result['analysis_id']}-forest", result, stages, manifest)
    return SitesApart(sentences=tuple(told), figures=tuple(figures), tables=tuple(tables))
