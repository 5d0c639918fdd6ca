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
    "contributors-too-few": (
        "Too few sites have contributed, or one of them has nearly all patients.",
        "Wait until more sites have sent their tables.",
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
        "The dictionary of the tables is not the one that is used here.",
        "Bring both programs to the same version, and make the tables again.",
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
    "key-revoked": ("The key of the signature was revoked.", "The site registers a new key and signs again."),
    "not-found": ("There is nothing here that you may see.", "Check the address and the sites of your token."),
    "overlap-undeclared": (
        "The bundle does not say whether patients may be at several sites.",
        "Declare it: none_known, possible or deduplicated.",
    ),
    "rate-limited": (
        "The token has made all calls that it may make in a minute, or has an export running.",
        "Wait as many seconds as Retry-After says.",
    ),
    "release-not-frozen": (
        "Files are made of a freeze, and this release has none yet.",
        "Wait until its job is done, and ask again.",
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
    "validation": ("Something that was sent cannot be understood.", "Read `errors`: what, where, and what is."),
}


@login_not_required
@require_safe
def problem(request: HttpRequest, name: str) -> HttpResponse:
    """One kind of problem, in words."""
    if name not in MEANINGS:
        raise Http404
    meaning, remedy = MEANINGS[name]
    return render(request, "problem.html", {"name": name, "meaning": meaning, "remedy": remedy})
