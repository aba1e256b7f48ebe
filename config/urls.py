"""Where each app's pages hang. Firm pages live below the firm's address."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("practice.urls")),
]
