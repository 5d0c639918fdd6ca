"""Whether the reader approves what leaves a site."""

from django import template

from registry.pulls import shares

register = template.Library()


@register.simple_tag
def approves_what_leaves(user) -> bool:
    return shares(user)
