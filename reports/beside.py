"""What a reviewer would ask, folded under the table of what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from outcomes.plans.beside import unasked
from reports import kinds, phrases, wording
from reports.layout import Beside, Section, Table
from reports.manifest import Manifest
from reports.plainly import plainly


@dataclass(frozen=True)
class Asides:
    """The results that stand beside others: {id of the published analysis: its asides}, and all results by id."""

    by_main: Mapping[str, Sequence[Mapping]]
    results: Mapping[str, Mapping]
    manifest: Manifest
    preset: str
    placed: set[str] = field(default_factory=set)

    def under(self, table: Table) -> Table:
        """The table with what stands beside the questions that it answers; each question's once on a page."""
        mains = dict.fromkeys(source.label for source in table.sources if source.label not in self.placed)
        found = tuple(self.part(main) for main in mains if main in self.by_main)
        self.placed.update(main for main in mains if main in self.by_main)
        return replace(table, beside=found) if found else table

    def part(self, main: str) -> Beside:
        """What stands beside one published analysis."""
        result, asides = self.results[main], self.by_main[main]
        return Beside(
            question=phrases.question(result["entry"], self.manifest),
            words=self.in_words(result, asides),
            tables=tuple(kinds.tables_of(asides, self.manifest, self.preset)),
            unasked=self.not_asked(result["entry"]),
        )

    def in_words(self, result: Mapping, asides: Sequence[Mapping]) -> str:
        """The plain paragraph: what the answers beside say of the published one."""
        return plainly(result["entry"], result["payload"], asides, self.manifest, preset=self.preset)

    def not_asked(self, entry: Mapping) -> tuple[tuple[str, str], ...]:
        """What the cohort cannot answer, and why."""
        if not self.manifest.raw.get("instruments"):
            return ()
        return tuple((wording.heading(each.what), each.why) for each in unasked(entry, self.manifest.raw))

    def within(self, section: Section | None) -> Section | None:
        return section and replace(section, tables=tuple(map(self.under, section.tables)))


def apart(results: Sequence[Mapping], manifest: Manifest, preset: str) -> tuple[list[Mapping], Asides]:
    """The published analyses, and what stands beside them; an aside of nothing that is there stands for itself."""
    ids = {result["analysis_id"]: result for result in results if not result["entry"].get("beside")}
    mains = [result for result in results if result["entry"].get("beside") not in ids]
    by_main: dict[str, list[Mapping]] = {}
    for result in results:
        if (main := result["entry"].get("beside")) in ids:
            by_main.setdefault(main, []).append(result)
    return mains, Asides(by_main, ids, manifest, preset)
