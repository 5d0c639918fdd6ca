"""The catalogue of rules by the API: no data of anybody."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.endpoints import refuse_unclear
from registry.rules import Severity
from registry.rules.published import EVIDENCE, as_csv, catalogue

FORMATS = ("json", "csv")


class RuleSerializer(serializers.Serializer):
    """One rule of the record."""

    code = serializers.CharField(help_text="Its name in every refusal, warning and query. It never changes.")
    severity = serializers.ChoiceField(
        [each.value for each in Severity], help_text="refuse; or warn: asks for a reason."
    )
    wording = serializers.CharField()
    forms = serializers.ListField(child=serializers.CharField())
    fields = serializers.ListField(child=serializers.CharField())
    evidence = serializers.ChoiceField(list(EVIDENCE.items()))
    enforced = serializers.ListField(child=serializers.CharField(), help_text="Where it is kept.")


class RuleCatalogueView(APIView):
    """Every rule that the record is held to, by code."""

    @extend_schema(
        parameters=[OpenApiParameter("format", enum=FORMATS, description="json, or csv for a spreadsheet.")],
        responses={(200, "application/json"): RuleSerializer(many=True), (200, "text/csv"): OpenApiResponse(str)},
        tags=["rules"],
    )
    def get(self, request):
        refuse_unclear(request.query_params, {"format"})
        wanted = request.query_params.get("format", "json")
        if wanted not in FORMATS:
            raise ValidationError({"format": f"Choose one of {', '.join(FORMATS)}."})
        if wanted == "json":
            return Response(catalogue())
        answer = HttpResponse(as_csv(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="rules.csv"'
        return answer
