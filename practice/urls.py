"""Pages of the practice itself. Fixed addresses stand above those that begin with a firm."""

from django.urls import path

from practice.views.appearance import appearance
from practice.views.branches import branch_choose
from practice.views.dashboard import dashboard
from practice.views.design import design
from practice.views.help import help_index, help_topic
from practice.views.home import home
from practice.views.profile import profile
from practice.views.reports import reports
from practice.views.settings import practice_settings
from practice.views.team import team, team_export

app_name = "practice"
urlpatterns = [
    path("", home, name="home"),
    path("appearance/", appearance, name="appearance"),
    path("design/", design, name="design"),
    path("<slug:firm_slug>/", dashboard, name="dashboard"),
    path("<slug:firm_slug>/branch/", branch_choose, name="branch-choose"),
    path("<slug:firm_slug>/settings/", practice_settings, name="settings"),
    path("<slug:firm_slug>/team/", team, name="team"),
    path("<slug:firm_slug>/team/export/", team_export, name="team-export"),
    path("<slug:firm_slug>/profile/", profile, name="profile"),
    path("<slug:firm_slug>/reports/", reports, name="reports"),
    path("<slug:firm_slug>/help/", help_index, name="help"),
    path("<slug:firm_slug>/help/<slug:topic>/", help_topic, name="help-topic"),
]
