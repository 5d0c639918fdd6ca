"""What a reader said of a field, as the page shows it."""

from django import template

from registry.reabstraction import in_words

register = template.Library()
register.filter("said", in_words)
