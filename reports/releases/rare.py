"""How many patients of a freeze are alike in what is well known of a person: age, sex, disease, procedure. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from outcomes.columns import number_text
from outcomes.freeze import Frozen
from outcomes.wide import decimals_of
from reports.data.columns import patients_of, whole
from reports.data.dictionary import label_of
from reports.wording import counted, listed

BAND = 10
OLDEST_BAND = 90
# What a person may be known by, each with the names that it has in studies and in the chart; the first that is there.
WELL_KNOWN = (
    ("age", "age_at_procedure", "age_at_surgery"),
    ("sex", "gender"),
    ("primary_cancer", "cancer", "tumour_group", "tumor_group", "tumor_type", "tumour_type", "malignancy"),
    ("fracture_etiology", "etiology", "fracture_kind", "fracture_type", "lesion"),
    ("procedure_kind", "procedure"),
)


@dataclass(frozen=True, kw_only=True)
class Alike:
    """over: in what the patients are compared, in words. smallest: the fewest who are alike, 0 where there is nobody.
    sizes: how many are in a class, once for each class.
    """

    over: tuple[str, ...]
    sizes: tuple[int, ...]

    @property
    def smallest(self) -> int:
        return min(self.sizes, default=0)

    def rarer_than(self, fewest: int) -> int:
        """How many patients are alike with too few others."""
        return sum(size for size in self.sizes if size < fewest)

    def told(self, fewest: int) -> str:
        """Why nothing leaves, in words for who may see the patients."""
        if not self.sizes:
            return "Nobody is in this freeze, so there is nothing to release."
        return (
            f"Of {counted(sum(self.sizes), 'patient')}, {self.rarer_than(fewest)} have fewer than {fewest - 1} others "
            f"who are alike in {listed(self.over)}; the smallest group has {self.smallest}. Under this profile at "
            f"least {fewest} have to be alike. Narrow the cohort, or write down the agreement by which fewer will do."
        )


def alike(frozen: Frozen, years: Mapping[str, int | None]) -> Alike:
    """The classes of patients of a freeze, as it would leave. years: of the procedure, by what patients are called."""
    who = patients_of(frozen).to_pylist()
    named = [*columns_of(frozen), ("Year of the procedure", [years.get(patient) for patient in who])]
    rows = zip(who, *(values for _, values in named), strict=True)
    known: dict[str, set] = {}
    for patient, *row in rows:
        known.setdefault(patient, set()).add(tuple(row))
    classes = Counter(map(frozenset, known.values()))
    return Alike(over=tuple(words for words, _ in named), sizes=tuple(sorted(classes.values())))


def columns_of(frozen: Frozen) -> Iterator[tuple[str, list]]:
    """What is well known of each row: its words, and the values."""
    covariates = frozen.manifest["covariates"]
    for names in WELL_KNOWN:
        name = next((name for name in names if name in covariates), None)
        if name is not None:
            is_number = covariates[name]["kind"] == "number"
            words = label_of(covariates[name], name)
            yield (f"{words} by decades" if is_number else words), values_of(frozen, name, is_number=is_number)


def values_of(frozen: Frozen, name: str, *, is_number: bool) -> list:
    """A column's values; a number by its decade."""
    column: pa.Array = whole(frozen.procedures[name])
    if not is_number:
        return column.to_pylist()
    decimals = decimals_of(frozen.procedures, name)
    return [None if cell is None else band(float(number_text(cell, decimals))) for cell in column.to_pylist()]


def band(number: float) -> int:
    return min(int(number // BAND) * BAND, OLDEST_BAND)
