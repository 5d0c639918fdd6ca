"""The catalogue of rules, to read, search and print."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.rules import RULES, Severity
from registry.rules.published import EVIDENCE, SEVERITIES, found_by, title_of


@require_safe
def rule_catalogue(request: HttpRequest) -> HttpResponse:
    """Every rule with its code, wording, fields and where it is kept; searched by any of their words."""
    search, severity = request.GET.get("q", "").strip()[:60], request.GET.get("severity", "")
    rules = [rule for rule in RULES.values() if found_by(rule, search) and severity in ("", rule.severity.value)]
    rows = [
        (rule, SEVERITIES[rule.severity], [title_of(form) for form in rule.forms], EVIDENCE[rule.evidence])
        for rule in rules
    ]
    context = {
        "rows": rows, "search": search, "severity": severity, "count": len(RULES), "evidence": EVIDENCE,
        "severities": [(each.value, SEVERITIES[each]) for each in Severity],
    }  # fmt: skip
    return render(request, "registry/rule_catalogue.html", context)
