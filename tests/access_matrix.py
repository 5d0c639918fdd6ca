"""Who may pass which door: access_matrix.csv, a line for each door, method and relation of the row's site.

The cast of the tests stand for the roles, in the order of the columns. site: own, the row is of the site at which the
first four hold their role; other, of the site at which the sixth is a coordinator; none, the door is about no row.
"""

import csv
from pathlib import Path

CSV = Path(__file__).with_suffix(".csv")
ROLES = ["coordinator", "investigator", "site_admin", "pooling_client", "no_role", "coordinator_elsewhere", "anonymous"]
HEADER = ["door", "method", "site", *ROLES]
METHODS = ("GET", "POST", "PUT", "DELETE")
FIELDS = {
    (method, site): "elsewhere" if (method, site) == ("GET", "other") else f"{method.lower()}{ending}"
    for method in METHODS
    for site, ending in (("own", ""), ("none", ""), ("other", "_elsewhere"))
}


def lines() -> list[dict[str, str]]:
    with CSV.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def read_matrix() -> dict[str, dict[str, str]]:
    """The statuses of each door, as fields of a Door."""
    found: dict[str, dict[str, str]] = {}
    for line in lines():
        field = FIELDS[line["method"], line["site"]]
        found.setdefault(line["door"], {})[field] = " ".join(line[role] for role in ROLES)
    return found
