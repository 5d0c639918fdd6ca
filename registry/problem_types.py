"""The names by which a refusal says of what kind it is, where the error itself names none: each has a page."""

BLANK = "about:blank"
BY_STATUS = {
    400: "validation",
    401: "not-logged-in",
    403: "permission-denied",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "changed-meanwhile",
    413: "too-large",
    415: "media-type-unsupported",
    416: "range-unsatisfiable",
    422: "key-used",
    428: "version-missing",
    429: "rate-limited",
}
# A person lacks a right; a token may also lack a scope, a site or a profile.
OF_TOKENS = {403: "scope-missing"}


def address_of(name: str) -> str:
    """The address of the page that explains this kind of problem."""
    return f"/problems/{name}/"


def type_of_refusal(status: int, *, named: str = "", by_token: bool = False) -> str:
    """The `type` of a problem: as the error names it, else by its status; blank for mistakes that are ours."""
    name = named or (OF_TOKENS.get(status) if by_token else None) or BY_STATUS.get(status)
    return address_of(name) if name else BLANK
