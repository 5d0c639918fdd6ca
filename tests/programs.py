"""What programs do: ask the API, with a token or in a session."""

import json
from datetime import timedelta

from django.urls import reverse

from registry.actions import people

ROWS = ("api-patient", "api-procedure", "api-visit", "api-score")


def rows_of(client, name: str, headers=None, **params) -> list[dict]:
    """The first page of a list."""
    answer = client.get(reverse(f"{name}-list"), params, headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def post_job(client, body, **headers):
    """Ask for an analysis; `body` as JSON, or bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(reverse("api-job-list"), content, content_type="application/json", headers=headers)


def bearer(
    user, *sites, scopes=("read:rows",), study=None, profile="", agreement="DUA 1", name="test"
) -> dict[str, str]:
    """The header of a new token."""
    life = timedelta(days=1)
    _, text = people.issue_token(
        user=user, name=name, scopes=list(scopes), sites=sites, study=study, life=life, profile=profile,
        agreement=agreement, by=people.system_user(),
    )  # fmt: skip
    return {"Authorization": f"Bearer {text}"}


def ids_of(visit) -> dict[str, object]:
    """The row of each of the record's endpoints that a visit stands for."""
    score = visit.scores.order_by("pk").first()
    return dict(zip(ROWS, (visit.procedure.patient_id, visit.procedure_id, visit.pk, score.pk), strict=True))
