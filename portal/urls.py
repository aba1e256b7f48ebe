"""Pages of the client portal, and the practice's pages about it."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from portal.views import home


class PortalSlug:
    """A firm's address; with `~` and a number, a preview (`portal.models.entering`)."""

    regex = r"[-a-zA-Z0-9_]+(?:~\d{1,18})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PortalSlug, "portal")

app_name = "portal"

of_business: list[URLPattern | URLResolver] = [
    path("", home.business, name="business"),
]

of_portal: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("<int:connection_id>/", include(of_business)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("portal/", home.start, name="start"),
    path("portal/<portal:portal_slug>/", include(of_portal)),
]
