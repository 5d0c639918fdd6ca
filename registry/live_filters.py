"""What the live lists of the API can be narrowed by: rows as they are recorded, and as they leave for a recipient."""

from collections.abc import Mapping

from django_filters import rest_framework as filters

from registry.endpoints import text_filter
from registry.models import Pseudonym, Site, Study
from registry.profiles.fields import CODE

FilterSets = tuple[type[filters.FilterSet], type[filters.FilterSet]]
Filters = Mapping[str, filters.Filter]


def live_filters(patient: str = "", *, recorded: Filters | None = None, shared: Filters | None = None) -> FilterSets:
    """(what identified rows are filtered by, what the rows of the other profiles are).

    patient: the way from a row to its patient, empty for the patients themselves. A recipient knows a patient by a code
    of their own. recorded: filters of identified rows alone; shared: those of both.
    """
    study = f"{patient}__study__slug" if patient else "study__slug"
    both = {"site": text_filter("site__code", Site.code), "study": text_filter(study, Study.slug), **(shared or {})}
    own = {"patient": filters.UUIDFilter(patient)} if patient else {}
    theirs = {"patient": text_filter(CODE, Pseudonym.code)} if patient else {}
    return filter_set({**both, **own, **(recorded or {})}), filter_set({**both, **theirs})


def filter_set(found: Filters) -> type[filters.FilterSet]:
    return type("LiveFilter", (filters.FilterSet,), dict(found))
