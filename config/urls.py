"""Where each app's pages hang. Firm pages live below the firm's address."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("config.accounts")),
    path("", include("portal.urls")),
    path("", include("clients.urls")),
    path("", include("practice.urls")),
    path("", include("invitations.urls")),
    path("", include("billing.urls")),
]

handler400 = "practice.views.errors.bad_request"
handler403 = "practice.views.errors.forbidden"
handler404 = "practice.views.errors.not_found"
handler500 = "practice.views.errors.server_error"
