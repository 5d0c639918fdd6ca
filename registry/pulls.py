"""The log of what left by tokens: each answer that carries rows, as it was sent; its sites read it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from registry.access import Permission, Profile, sites_for
from registry.models import Pull, Site
from registry.profiles.rows import permission_of

# Filters that say who somebody is are kept by their name alone.
TELLING = frozenset({"study_number", "patient", "procedure", "visit"})
GIVEN = "(given)"


@dataclass
class Noted:
    """What an answer carries, until it is sent."""

    profile: Profile
    rows: int
    sites: set[str] = field(default_factory=set)
    release: str = ""


def note_pull(request, *, profile: Profile, rows: Collection[dict] | int, release: str = "") -> None:
    """Say that the answer to this request carries rows; it is logged with its status and size once it is made.

    Rows as a list say which sites they are of; as a number they may be of any that the asker may pull from.
    """
    is_list = not isinstance(rows, int)
    sites = {row["site"] for row in rows} if is_list else set()
    http = getattr(request, "_request", request)
    http.noted_pull = Noted(profile, len(rows) if is_list else rows, sites, release)
    http.noted_user = request.user


def log_pull(
    request,
    *,
    user,
    profile: Profile,
    rows: int,
    size: int,
    status: int,
    sites: Iterable[str] = (),
    release: str = "",
    filters: dict[str, str] | None = None,
) -> Pull | None:
    """Keep that rows left by the user's token; nothing for a session, which is a person at the site's own pages.

    For streams: called when the stream begins, and when it has ended, with what was sent of it. `filters`: where they
    are not the query's.
    """
    token = getattr(user, "token", None)
    if token is None:
        return None
    return Pull.objects.create(
        token=token, user_id=user.pk, site_ids=sites_of(user, sites), route=request.path[:200],
        filters=filters_of(request) if filters is None else filters, profile=profile, release=release, rows=rows,
        size=size, status=status, request_id=request.headers.get("X-Request-ID", "")[:64],
    )  # fmt: skip


def sites_of(user, codes: Iterable[str]) -> list:
    """The sites with these codes; without any, those that the token may read rows of."""
    wanted = list(codes)
    named = Site.objects.filter(code__in=wanted) if wanted else Site.objects.filter(pk__in=pullable(user))
    return list(named.order_by("code").values_list("pk", flat=True))


def pullable(user):
    return sites_for(user, permission_of(user))


def filters_of(request) -> dict[str, str]:
    """What was asked for, without what says who somebody is, and without the place of the page."""
    return {name: GIVEN if name in TELLING else value[:200] for name, value in request.GET.items() if name != "cursor"}


def pulls_logged(get_response):
    """Middleware: an answer that carries rows leaves only once it is in the log, 304 with the rest."""

    def middleware(request):
        response = get_response(request)
        noted = getattr(request, "noted_pull", None)
        if noted is not None and not response.streaming:
            size = 0 if request.method == "HEAD" else len(response.content)
            log_pull(
                request, user=request.noted_user, profile=noted.profile, rows=noted.rows, size=size,
                status=response.status_code, sites=noted.sites, release=noted.release,
            )  # fmt: skip
        return response

    return middleware


def shares(user) -> bool:
    """Whether the user approves anywhere what leaves."""
    return user.is_authenticated and bool(sites_for(user, Permission.SHARE))


def visible_pulls(user):
    """The pulls from the sites where the user approves what leaves."""
    sites = Site.objects.filter(pk__in=sites_for(user, Permission.SHARE)).values_list("pk", flat=True)
    return Pull.objects.filter(site_ids__overlap=list(sites)).select_related("token", "user")
