"""Pages about money."""

from django.urls import path

from billing.views import payments

app_name = "billing"
urlpatterns = [
    path("<slug:firm_slug>/payments/", payments, name="payments"),
]
