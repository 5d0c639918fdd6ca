"""Whether the reader has anything to read of a place that pools."""

from django import template

from outcomes.models import PoolingStudy

register = template.Library()


@register.simple_tag
def reads_pooling(user) -> bool:
    """Whether there is a pooling study that the reader may read."""
    return user.is_authenticated and PoolingStudy.objects.visible_to(user).exists()
