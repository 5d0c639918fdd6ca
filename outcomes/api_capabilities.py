"""What this program can do, for programs that ask before they ask for more."""

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from outcomes.models import SiteKey
from outcomes.pooling.bundle import FORMAT as BUNDLE
from outcomes.pooling.bundle import KERNEL
from outcomes.pooling.spec import FORMAT as SPEC
from registry.access import SCOPES, Profile
from registry.dictionary import VERSION
from registry.endpoints import Cursor, refuse_unclear

LEVELS = ("trusted", "suppressed", "coarsened")


def keys_for(user) -> list[dict]:
    """The public keys of the sites that the user, and the token, have a part in."""
    rows = SiteKey.objects.filter(site__in=user.memberships.values("site")).select_related("site")
    token = getattr(user, "token", None)
    if token is not None:
        rows = rows.filter(site__in=token.sites.all())
    return [
        {"site": key.site.code, "kid": key.kid, "alg": "Ed25519", "public": key.public, "valid_from": key.valid_from,
         "valid_to": key.valid_to, "revoked_at": key.revoked_at}
        for key in rows.order_by("site__code", "-valid_from")
    ]  # fmt: skip


class CapabilitiesView(APIView):
    """Versions, formats, profiles, levels, limits, and the public keys of your sites."""

    @extend_schema(responses=OpenApiResponse(OpenApiTypes.OBJECT, "What this program can do."), tags=["capabilities"])
    def get(self, request):
        refuse_unclear(request.query_params, set())
        return Response(
            {
                "program": settings.PROGRAM_VERSION, "api": "v1", "dictionary_version": VERSION, "kernel": KERNEL,
                "formats": {"rows": ["json", "ndjson"], "release": ["ndjson", "parquet", "csv"], "spec": SPEC,
                            "bundle": BUNDLE},
                "profiles": list(Profile), "levels": list(LEVELS), "scopes": sorted(SCOPES),
                "limits": {
                    "calls_per_minute": settings.API_CALLS_PER_MINUTE, "page_size": Cursor.max_page_size,
                    "body_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE, "exports_at_a_time": 1,
                },
                "public_keys": keys_for(request.user),
            }
        )  # fmt: skip
