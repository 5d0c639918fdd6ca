"""The project's worker with one thing changed, for tests that need it slow, deadly or unguarded."""

import django

django.setup()
