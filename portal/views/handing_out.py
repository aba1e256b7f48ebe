"""Handing a file out: to be kept, never to be shown by a browser in our name (F-228)."""

import logging

from django.http import FileResponse, Http404

from portal.models import ClientFile
from portal.uploads import storing

logger = logging.getLogger(__name__)

# Were it opened in the browser after all, it could run nothing and reach nothing.
POLICY = "sandbox; default-src 'none'"


def handed_out(file: ClientFile) -> FileResponse:
    """What is not clean, or gone, does not exist (404). Who may have it was judged before."""
    if not file.is_ready:
        raise Http404("No such file.")
    try:
        content = storing.fetch(file.storage_key)
    except OSError as problem:
        logger.error("The content of file %s is not to be had: %s", file.pk, problem)
        raise Http404("No such file.") from problem
    response = FileResponse(
        content, as_attachment=True, filename=file.name, content_type=file.kind.content_type
    )
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
