"""Who reads visits a second time sees no import of their study: its previews and files show the first reading.

The comparison itself has to know every patient, or it would enrol one again; so the whole import waits.
"""

from django.core.exceptions import PermissionDenied

from registry.models import Site, Study, User

FIRST = "Hand in your open readings of this study first."


def not_while_reading(user: User, study: Study, site: Site) -> None:
    """PermissionDenied as long as the user has an open reading of the study at the site."""
    if user.readings.filter(submitted_at=None, sample__study=study, site=site).exists():
        raise PermissionDenied(FIRST)
