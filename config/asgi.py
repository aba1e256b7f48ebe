"""The same over ASGI, which refuses to serve with a role that row-level security cannot hold."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()

from practice.database import require_unprivileged_role  # noqa: E402

require_unprivileged_role()
