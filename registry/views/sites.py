"""The sites that somebody administers, and what they are called."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from registry.actions.staff import rename_site
from registry.errors import Refused
from registry.forms.people import SiteForm
from registry.staff import managed_sites, with_counts
from registry.views.people import SECTION, add_problems, admins_only


@require_safe
def site_list(request: HttpRequest) -> HttpResponse:
    """The reader's sites, with how many people and tokens each has."""
    admins_only(request)
    return render(request, "registry/site_list.html", SECTION | {"sites": with_counts(managed_sites(request.user))})


@require_http_methods(["GET", "HEAD", "POST"])
def site_rename(request: HttpRequest, pk) -> HttpResponse:
    """Another name for a site."""
    site = get_object_or_404(managed_sites(request.user), pk=pk)
    form = SiteForm(request.POST if request.method == "POST" else None, initial={"name": site.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_site(site=site, **form.cleaned_data, by=request.user)
            return redirect("site-list")
        except Refused as error:
            add_problems(form, error)
    shown = SECTION | {"form": form, "site": site}
    return render(request, "registry/site_rename.html", shown, status=400 if form.errors else 200)
