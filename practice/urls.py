"""Pages of the practice itself. Fixed addresses stand above those that begin with a firm."""

from django.urls import include, path

from practice.api.docs import api_docs, api_schema, api_unknown
from practice.views.activity import activity
from practice.views.api_keys import (
    api_key_add,
    api_key_export,
    api_key_list,
    api_key_revoke,
)
from practice.views.appearance import appearance
from practice.views.audit import audit, audit_export
from practice.views.branch_settings import branch_add, branch_settings
from practice.views.branches import branch_choose
from practice.views.dashboard import dashboard
from practice.views.design import design
from practice.views.help import help_index, help_topic
from practice.views.home import home
from practice.views.outbox import (
    all_messages,
    any_message,
    outbox,
    outbox_export,
    outbox_message,
    outbox_resend,
)
from practice.views.profile import profile
from practice.views.reports import reports
from practice.views.security import (
    security_export,
    security_relax,
    security_require,
    security_reset,
    security_settings,
)
from practice.views.settings import practice_settings
from practice.views.team import team, team_export
from practice.views.team_member import team_member, team_member_history
from practice.views.team_rights import (
    team_branch_add,
    team_branch_remove,
    team_parent_role,
    team_role,
    team_role_reset,
)
from practice.views.webhook_deliveries import (
    webhook_delivery,
    webhook_detail,
    webhook_log_export,
    webhook_resend,
)
from practice.views.webhook_receiver import webhook_receiver
from practice.views.webhooks import (
    webhook_add,
    webhook_edit,
    webhook_export,
    webhook_list,
    webhook_off,
    webhook_on,
    webhook_remove,
    webhook_rotate,
    webhook_test,
)

of_webhook = [
    path("", webhook_detail, name="webhook-detail"),
    path("edit/", webhook_edit, name="webhook-edit"),
    path("secret/", webhook_rotate, name="webhook-rotate"),
    path("test/", webhook_test, name="webhook-test"),
    path("on/", webhook_on, name="webhook-on"),
    path("off/", webhook_off, name="webhook-off"),
    path("remove/", webhook_remove, name="webhook-remove"),
    path("log/export/", webhook_log_export, name="webhook-log-export"),
    path("log/<int:delivery_id>/", webhook_delivery, name="webhook-delivery"),
    path("log/<int:delivery_id>/again/", webhook_resend, name="webhook-resend"),
]
app_name = "practice"
urlpatterns = [
    path("", home, name="home"),
    path("appearance/", appearance, name="appearance"),
    path("design/", design, name="design"),
    path("api/v1/docs", api_docs, name="api-docs"),
    path("api/v1/openapi.json", api_schema, name="api-schema"),
    path("api/<path:unknown>", api_unknown, name="api-unknown"),
    path("webhook-receiver/<str:receiver>/", webhook_receiver, name="webhook-receiver"),
    path("outbox/", all_messages, name="all-messages"),
    path("outbox/<int:message_id>/", any_message, name="any-message"),
    path("<slug:firm_slug>/", dashboard, name="dashboard"),
    path("<slug:firm_slug>/activity/", activity, name="activity"),
    path("<slug:firm_slug>/activity/audit/", audit, name="audit"),
    path("<slug:firm_slug>/activity/audit/export/", audit_export, name="audit-export"),
    path("<slug:firm_slug>/activity/outbox/", outbox, name="outbox"),
    path("<slug:firm_slug>/activity/outbox/export/", outbox_export, name="outbox-export"),
    path(
        "<slug:firm_slug>/activity/outbox/<int:message_id>/", outbox_message, name="outbox-message"
    ),
    path(
        "<slug:firm_slug>/activity/outbox/<int:message_id>/resend/",
        outbox_resend,
        name="outbox-resend",
    ),
    path("<slug:firm_slug>/branch/", branch_choose, name="branch-choose"),
    path("<slug:firm_slug>/branches/add/", branch_add, name="branch-add"),
    path("<slug:firm_slug>/branches/<int:branch_id>/", branch_settings, name="branch-settings"),
    path("<slug:firm_slug>/settings/", practice_settings, name="settings"),
    path("<slug:firm_slug>/settings/security/", security_settings, name="security-settings"),
    path("<slug:firm_slug>/settings/security/export/", security_export, name="security-export"),
    path("<slug:firm_slug>/settings/security/require/", security_require, name="security-require"),
    path("<slug:firm_slug>/settings/security/relax/", security_relax, name="security-relax"),
    path(
        "<slug:firm_slug>/settings/security/<int:member_id>/reset/",
        security_reset,
        name="security-reset",
    ),
    path("<slug:firm_slug>/settings/api/", api_key_list, name="api-key-list"),
    path("<slug:firm_slug>/settings/api/add/", api_key_add, name="api-key-add"),
    path("<slug:firm_slug>/settings/api/export/", api_key_export, name="api-key-export"),
    path(
        "<slug:firm_slug>/settings/api/<int:api_key_id>/revoke/",
        api_key_revoke,
        name="api-key-revoke",
    ),
    path("<slug:firm_slug>/settings/webhooks/", webhook_list, name="webhook-list"),
    path("<slug:firm_slug>/settings/webhooks/add/", webhook_add, name="webhook-add"),
    path("<slug:firm_slug>/settings/webhooks/export/", webhook_export, name="webhook-export"),
    path("<slug:firm_slug>/settings/webhooks/<int:webhook_id>/", include(of_webhook)),
    path("<slug:firm_slug>/team/", team, name="team"),
    path("<slug:firm_slug>/team/export/", team_export, name="team-export"),
    path("<slug:firm_slug>/team/<int:member_id>/", team_member, name="team-member"),
    path(
        "<slug:firm_slug>/team/<int:member_id>/history/",
        team_member_history,
        name="team-member-history",
    ),
    path(
        "<slug:firm_slug>/team/<int:member_id>/parent-role/",
        team_parent_role,
        name="team-parent-role",
    ),
    path(
        "<slug:firm_slug>/team/<int:member_id>/branches/add/",
        team_branch_add,
        name="team-branch-add",
    ),
    path(
        "<slug:firm_slug>/team/<int:member_id>/branches/<int:branch_id>/",
        team_role,
        name="team-role",
    ),
    path(
        "<slug:firm_slug>/team/<int:member_id>/branches/<int:branch_id>/reset/",
        team_role_reset,
        name="team-role-reset",
    ),
    path(
        "<slug:firm_slug>/team/<int:member_id>/branches/<int:branch_id>/remove/",
        team_branch_remove,
        name="team-branch-remove",
    ),
    path("<slug:firm_slug>/profile/", profile, name="profile"),
    path("<slug:firm_slug>/reports/", reports, name="reports"),
    path("<slug:firm_slug>/help/", help_index, name="help"),
    path("<slug:firm_slug>/help/<slug:topic>/", help_topic, name="help-topic"),
]
