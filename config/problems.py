"""What each kind of problem of the API means, at the address that its `type` names. Open to everybody: it says nothing
of anybody's data."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

# name: (what it is, what to do)
MEANINGS: dict[str, tuple[str, str]] = {
    "bundle-conflict": (
        "This site sent another bundle for the same release.",
        "A release has one bundle. Make a new release, and say which one it supersedes.",
    ),
    "changed-meanwhile": (
        "Somebody changed the row since you read it, and nothing of yours was kept.",
        "Read it again, and send the change with the ETag that it has now as If-Match.",
    ),
    "conflict": (
        "What was asked for does not fit what is there now.",
        "Read `detail`: it says what is in the way. Read the row or the list again before you ask once more.",
    ),
    "cursor-expired": (
        "The database was restored since the cursor was given, so that it no longer says what was seen.",
        "Leave the cursor out and pull everything again.",
    ),
    "cursor-mismatch": (
        "The cursor belongs to other filters, another profile or other rights.",
        "Use a cursor only with the parameters that it came from.",
    ),
    "dictionary-unsupported": (
        "The version of the dictionary that was named, or that the tables were made with, is not the one used here.",
        "Read /api/v1/dictionary/ for the one that is; tables are made again with a program of the same version.",
    ),
    "differencing-block": (
        "Next to what was released before, these tables would tell something of a few people.",
        "Wait until more patients were added, or ask for the tables of the earlier release.",
    ),
    "digest-mismatch": (
        "The bytes are not those that their digest names.",
        "Send the file again as it was made; do not open and save it in between.",
    ),
    "disclosure-withheld": (
        "The tables cannot leave without telling something of single people. How many there are is not said.",
        "Ask the site for a coarser table, or for a release of more patients.",
    ),
    "epoch-not-begun": (
        "The database was restored, and nobody has said yet that its changes are counted anew.",
        "The administrator of the server runs: manage.py new_epoch",
    ),
    "key-used": (
        "The Idempotency-Key was used before, for another request.",
        "Take a new key for a new request; the same key repeats the same one.",
    ),
    "key-revoked": ("The key of the signature was revoked.", "The site registers a new key and signs again."),
    "media-type-unsupported": (
        "The body is of a type that this address does not read.",
        "Send it as the schema says, mostly as application/json.",
    ),
    "method-not-allowed": (
        "This address does not take that method.",
        "The header Allow names those that it takes.",
    ),
    "not-acceptable": (
        "The answer is not to be had in the type that Accept asks for.",
        "Ask for application/json, or leave Accept out.",
    ),
    "not-found": ("There is nothing here that you may see.", "Check the address and the sites of your token."),
    "not-logged-in": (
        "Nobody is logged in, or the token is unknown, expired or revoked.",
        "Log in, or send a token that is valid: Authorization: Bearer and the token.",
    ),
    "overlap-undeclared": (
        "The bundle does not say whether patients may be at several sites.",
        "Declare it: none_known, possible or deduplicated.",
    ),
    "rate-limited": (
        "The token has made all calls that it may make in a minute, or has an export running or a file on its way.",
        "Wait as many seconds as Retry-After says.",
    ),
    "permission-denied": (
        "You do not have the right to do this.",
        "Ask the site admin for a role that may.",
    ),
    "proof-missing": (
        "The session is minutes old, and nobody has proved since who sits there.",
        "Log in again, or confirm with the password at any export; programs use a token.",
    ),
    "range-unsatisfiable": (
        "The file ends before the part that Range asks for.",
        "Its size stands in the manifest; without Range the whole file comes.",
    ),
    "read-only": (
        "This address only reads: it takes no rows, no files, and deletes nothing.",
        "Enter and correct rows in Promontory itself, or by its own API.",
    ),
    "release-not-frozen": (
        "Files are made of a freeze, and the cohort has none yet of sites that the token covers.",
        "Ask the sites to freeze the cohort, then ask again.",
    ),
    "scope-missing": (
        "The token may not do this: a scope, a site or a profile is missing.",
        "Ask the site admin for a token that may. A request can only lower the rights of its token.",
    ),
    "signature-invalid": ("The signature does not fit the file.", "Send the file as the site signed it."),
    "spec-fixture-mismatch": (
        "This program counts the made-up patients of the spec otherwise than the spec says.",
        "Bring the program to the version that the spec was made with. Nothing left.",
    ),
    "spec-not-approved": (
        "The site has not approved this spec, or not at this level.",
        "Somebody who may share what leaves the site approves it.",
    ),
    "spec-unknown": ("There is no spec with this hash here.", "Propose it first."),
    "too-large": (
        "The body is longer than a request may be.",
        "Send less at once.",
    ),
    "validation": (
        "Something that was sent cannot be understood, or is against a rule of the record. Nothing was changed.",
        "Read `detail`, and `errors` or `problems` where they are given: what, where, and what may be sent instead.",
    ),
    "version-missing": (
        "A change has to say which version of the row it is of.",
        "Read the row, and send its ETag as If-Match.",
    ),
}


@login_not_required
@require_safe
def problem(request: HttpRequest, name: str) -> HttpResponse:
    """One kind of problem, in words."""
    if name not in MEANINGS:
        raise Http404
    meaning, remedy = MEANINGS[name]
    return render(request, "problem.html", {"name": name, "meaning": meaning, "remedy": remedy})
