"""One table per site, for the tests that compare within sites and add up over them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from outcomes.columns import Columns
from outcomes.stats.strata import Strata


def by_site(columns: Columns, kept: np.ndarray, table: Callable[[np.ndarray], Any], *, of: str) -> Strata:
    """table(who) for each site with anybody kept, who being the site's procedures kept. of: the table's kind."""
    sites = columns.sites
    here = np.bincount(sites.codes[kept], minlength=len(sites.levels))
    seen = [code for code, many in enumerate(here) if many]
    return Strata(of=of, strata={sites.levels[code]: table(kept & (sites.codes == code)) for code in seen})
