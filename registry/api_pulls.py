"""What left a site by tokens, for who approves what leaves it."""

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin

from registry.access import Profile
from registry.endpoints import Endpoint, choice_filter
from registry.models import Pull
from registry.pulls import visible_pulls


class PullSerializer(serializers.ModelSerializer):
    """One answer that carried rows."""

    token = serializers.CharField(source="token.prefix", read_only=True, help_text="The first characters of the token.")
    agreement = serializers.CharField(source="token.agreement", read_only=True)
    person = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = Pull
        fields = read_only_fields = [
            "id", "at", "person", "token", "agreement", "route", "filters", "profile", "release", "rows", "size",
            "status", "request_id",
        ]  # fmt: skip


class PullFilter(filters.FilterSet):
    profile = choice_filter("profile", list(Profile))
    release = filters.CharFilter("release", max_length=100)


class PullEndpoint(ListModelMixin, Endpoint):
    """Which rows left by which token, at the sites where the asker approves what leaves."""

    queryset = Pull.objects.none()
    serializer_class = PullSerializer
    filterset_class = PullFilter

    def get_queryset(self):
        return visible_pulls(self.request.user)
