"""A person's jobs, on every page, and the words of a place in the queue."""

from django import template

from reports.my_jobs import MyJobs, my_jobs

register = template.Library()


@register.simple_tag
def jobs_of_mine(user) -> MyJobs:
    """The reader's jobs under way, and those that ended and were not seen yet."""
    return my_jobs(user)


@register.filter
def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
