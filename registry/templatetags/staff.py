"""Whether the reader administers a site."""

from django import template

from registry.staff import manages

register = template.Library()


@register.simple_tag
def manages_people(user) -> bool:
    return manages(user)
