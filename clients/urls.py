"""Pages about clients. Those of a firm hang below its address."""

from django.urls import URLPattern, URLResolver, include, path

from clients.views import (
    activity,
    client_access,
    client_detail,
    client_edit,
    client_export,
    client_list,
    client_menu,
    client_panels,
    client_suggest,
    company,
    imports,
    saved_views,
)

app_name = "clients"

of_client: list[URLPattern | URLResolver] = [
    path("", client_detail.client_detail, name="client-detail"),
    path("edit/", client_edit.client_edit, name="client-edit"),
    path("menu/", client_menu.client_menu, name="client-menu"),
    path("access/", client_access.client_open, name="client-open"),
    path("set-up-access/", client_access.client_set_up_access, name="client-set-up-access"),
    path("dashboard/", client_detail.client_dashboard, name="client-dashboard"),
    path("activity/", client_detail.client_activity, name="client-activity"),
    path("notes/", client_detail.client_notes, name="client-notes"),
    path("files/", client_detail.client_files, name="client-files"),
    path("contacts/", client_detail.client_contacts, name="client-contacts"),
    path("team/", client_detail.client_team, name="client-team"),
    path("access-history/", client_access.client_access_history, name="client-access-history"),
]

of_firm: list[URLPattern | URLResolver] = [
    path("", client_list.client_list, name="client-list"),
    path("add/", client_edit.client_add, name="client-add"),
    path("export/", client_export.client_export, name="client-export"),
    path("suggest/", client_suggest.client_suggest, name="client-suggest"),
    path("filter/branch/", client_suggest.filter_options, {"kind": "branch"}, name="filter-branch"),
    path("filter/tag/", client_suggest.filter_options, {"kind": "tag"}, name="filter-tag"),
    path("portfolio/", client_panels.portfolio_panel, name="portfolio-panel"),
    path("recent/", client_panels.recent_panel, name="recent-panel"),
    path("views/", saved_views.saved_views, name="saved-views"),
    path("views/add/", saved_views.saved_view_add, name="saved-view-add"),
    path("views/<int:view_id>/delete/", saved_views.saved_view_delete, name="saved-view-delete"),
    path("import/", imports.import_start, name="import-start"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/<int:import_id>/", imports.import_detail, name="import-detail"),
    path("imports/<int:import_id>/columns/", imports.import_columns, name="import-columns"),
    path("imports/<int:import_id>/commit/", imports.import_commit, name="import-commit"),
    path("imports/<int:import_id>/download/", imports.import_download, name="import-download"),
    path("<int:connection_id>/", include(of_client)),
]

urlpatterns = [
    path("companies/", company.company_list, name="company-list"),
    path("companies/<int:account_id>/", company.company_settings, name="company-settings"),
    path("<slug:firm_slug>/clients/", include(of_firm)),
    path("<slug:firm_slug>/activity/events/", activity.activity_panel, name="activity-panel"),
    path(
        "<slug:firm_slug>/activity/events/export/", activity.activity_export, name="activity-export"
    ),
]
