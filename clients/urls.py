"""Pages about clients. Those of a firm hang below its address."""

from django.urls import URLPattern, URLResolver, include, path

from clients.views import (
    access_matrix,
    activity,
    client_access,
    client_access_settings,
    client_change_branch,
    client_detail,
    client_disconnect,
    client_edit,
    client_export,
    client_list,
    client_menu,
    client_panels,
    client_pause,
    client_records,
    client_suggest,
    client_team,
    client_team_add,
    client_team_member,
    client_who,
    company,
    company_access,
    imports,
    leaver_report,
    member_clients,
    notes,
    offboard,
    parent_dashboard,
    review_lines,
    reviews,
    saved_views,
    why,
)

app_name = "clients"

of_client: list[URLPattern | URLResolver] = [
    path("", client_detail.client_detail, name="client-detail"),
    path("edit/", client_edit.client_edit, name="client-edit"),
    path("menu/", client_menu.client_menu, name="client-menu"),
    path("access/", client_access.client_open, name="client-open"),
    path("change-branch/", client_change_branch.client_change_branch, name="client-change-branch"),
    path(
        "access-settings/",
        client_access_settings.client_access_settings,
        name="client-access-settings",
    ),
    path("restrict/", client_access_settings.client_restrict, name="client-restrict"),
    path("set-up-access/", client_access.client_set_up_access, name="client-set-up-access"),
    path("dashboard/", client_detail.client_dashboard, name="client-dashboard"),
    path("activity/", client_detail.client_activity, name="client-activity"),
    path("notes/", notes.client_notes, name="client-notes"),
    path("notes/add/", notes.note_add, name="note-add"),
    path("notes/export/", notes.client_notes_export, name="client-notes-export"),
    path("notes/<int:note_id>/", notes.note_edit, name="note-edit"),
    path("notes/<int:note_id>/delete/", notes.note_delete, name="note-delete"),
    path("notes/<int:note_id>/history/", notes.note_history, name="note-history"),
    path("files/", client_detail.client_files, name="client-files"),
    path("contacts/", client_detail.client_contacts, name="client-contacts"),
    path("team/", client_team.client_team, name="client-team"),
    path("team/add/", client_team_add.client_team_add, name="client-team-add"),
    path("team/suggest/", client_team_add.client_team_suggest, name="client-team-suggest"),
    path("team/export/", client_team.client_team_export, name="client-team-export"),
    path("team/<int:member_id>/", client_team_member.client_team_member, name="client-team-member"),
    path(
        "team/<int:member_id>/primary/",
        client_team.client_team_primary,
        name="client-team-primary",
    ),
    path(
        "team/<int:member_id>/remove/",
        client_team_member.client_team_remove,
        name="client-team-remove",
    ),
    path("access-history/", client_access.client_access_history, name="client-access-history"),
    path("who/", client_who.client_who, name="client-who"),
    path("pause/", client_pause.client_pause, name="client-pause"),
    path("resume/", client_pause.client_resume, name="client-resume"),
    path("disconnect/", client_disconnect.client_disconnect, name="client-disconnect"),
    path("records/", client_records.client_records, name="client-records"),
    path("records/export/", client_records.client_records_export, name="client-records-export"),
]

of_firm: list[URLPattern | URLResolver] = [
    path("", client_list.client_list, name="client-list"),
    path("add/", client_edit.client_add, name="client-add"),
    path("export/", client_export.client_export, name="client-export"),
    path("suggest/", client_suggest.client_suggest, name="client-suggest"),
    path("filter/branch/", client_suggest.filter_options, {"kind": "branch"}, name="filter-branch"),
    path("filter/tag/", client_suggest.filter_options, {"kind": "tag"}, name="filter-tag"),
    path("why/", why.why, name="why"),
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

reports: list[URLPattern | URLResolver] = [
    path("access/", access_matrix.access_matrix, name="access-matrix"),
    path("access/export/", access_matrix.access_matrix_export, name="access-matrix-export"),
    path("leaver/", leaver_report.leaver_list, name="leaver-list"),
    path("leaver/<int:member_id>/", leaver_report.leaver_report, name="leaver-report"),
    path(
        "leaver/<int:member_id>/export/",
        leaver_report.leaver_report_export,
        name="leaver-report-export",
    ),
    path("reviews/", reviews.review_list, name="review-list"),
    path("reviews/start/", reviews.review_start, name="review-start"),
    path("reviews/<int:review_id>/", review_lines.review_detail, name="review-detail"),
    path("reviews/<int:review_id>/decide/", review_lines.review_decide, name="review-decide"),
    path("reviews/<int:review_id>/sign/", reviews.review_sign, name="review-sign"),
    path("reviews/<int:review_id>/export/", review_lines.review_export, name="review-export"),
]

urlpatterns = [
    path("<slug:firm_slug>/reports/", include(reports)),
    path("<slug:firm_slug>/team/<int:member_id>/offboard/", offboard.offboard, name="offboard"),
    path(
        "<slug:firm_slug>/team/<int:member_id>/clients/",
        member_clients.member_clients_panel,
        name="member-clients-panel",
    ),
    path("companies/", company.company_list, name="company-list"),
    path("companies/<int:account_id>/", company.company_settings, name="company-settings"),
    path(
        "companies/<int:account_id>/access/", company_access.company_access, name="company-access"
    ),
    path(
        "companies/<int:account_id>/access/<int:connection_id>/disconnect/",
        company_access.company_disconnect,
        name="company-disconnect",
    ),
    path(
        "companies/<int:account_id>/access/<int:connection_id>/request/",
        company_access.company_request_disconnection,
        name="company-request-disconnection",
    ),
    path("<slug:firm_slug>/clients/", include(of_firm)),
    path("<slug:firm_slug>/parent/", parent_dashboard.parent_dashboard, name="parent-dashboard"),
    path(
        "<slug:firm_slug>/parent/export/",
        parent_dashboard.parent_dashboard_export,
        name="parent-dashboard-export",
    ),
    path("<slug:firm_slug>/activity/events/", activity.activity_panel, name="activity-panel"),
    path(
        "<slug:firm_slug>/activity/events/export/", activity.activity_export, name="activity-export"
    ),
]
