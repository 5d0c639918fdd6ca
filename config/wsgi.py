"""The web server's front door."""

import os

from django.core.wsgi import get_wsgi_application

from config.safety import refuse_mighty_role

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
refuse_mighty_role()
