"""Pages about invitations."""

from django.urls import path

from invitations.views import invitation_list

app_name = "invitations"
urlpatterns = [
    path("<slug:firm_slug>/invitations/", invitation_list, name="invitation-list"),
]
