"""The web application, which refuses to serve with a role that row-level security cannot hold."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from practice.database import require_unprivileged_role  # noqa: E402

require_unprivileged_role()
