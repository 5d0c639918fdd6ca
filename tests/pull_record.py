"""What is kept of rows that leave: the code of a patient, the pull, the calls of the token."""

from datetime import timedelta

from django.utils import timezone

from registry.actions.people import issue_token
from registry.models import Pseudonym, Pull, TokenCalls
from registry.pseudonyms import codes_for


def pulled_rows(patient, by) -> list:
    """One row of each."""
    codes_for(by, [patient])
    scope = {"scopes": ["pull:rows"], "sites": [patient.site], "agreement": "DUA 1"}
    token, _ = issue_token(user=by, name="puller", life=timedelta(days=1), by=by, **scope)
    about = {"route": "/api/v1/patients/", "profile": token.profile, "rows": 1, "size": 100, "status": 200}
    pull = Pull.objects.create(token=token, user=by, site_ids=[patient.site_id], **about)
    calls = TokenCalls.objects.create(token=token, minute=timezone.now(), calls=1)
    return [Pseudonym.objects.get(patient=patient), pull, calls]
