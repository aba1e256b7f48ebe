"""Pages about invitations. The fixed address stands above those that begin with a firm."""

from django.urls import path

from invitations.views.client_invitation import (
    invitation_accept,
    invitation_reject,
    invitation_review,
)
from invitations.views.client_invitations import invitation_export, invitation_list
from invitations.views.client_new_link import client_new_link
from invitations.views.client_pays import (
    client_pays,
    client_pays_off,
    client_pays_on,
    client_pays_rotate,
)
from invitations.views.client_reconnect import client_reconnect, client_reconnect_cancel
from invitations.views.company_invitations import (
    company_cancel,
    company_invitations,
    company_invite,
    company_withdraw,
)
from invitations.views.connect import connect, connect_register
from invitations.views.connect_steps import (
    connect_accept,
    connect_company,
    connect_list,
    connect_next,
    connect_payment,
)
from invitations.views.reconnect import reconnect
from invitations.views.reconnections import reconnection_export, reconnection_list
from invitations.views.refer import refer
from invitations.views.referrals import (
    referral_add,
    referral_detail,
    referral_export,
    referral_list,
    referral_switch,
)
from invitations.views.team import (
    team_invitation_cancel,
    team_invitation_export,
    team_invitation_link,
    team_invitation_resend,
    team_invitations,
)
from invitations.views.team_invite import team_invite
from invitations.views.team_join import team_join, team_join_reject

app_name = "invitations"
urlpatterns = [
    path("refer/<str:referral>/", refer, name="refer"),
    path("join/<str:invite>/", team_join, name="team-join"),
    path("join/<str:invite>/reject/", team_join_reject, name="team-join-reject"),
    path("reconnect/<str:invite>/", reconnect, name="reconnect"),
    path("connect/begun/", connect_list, name="connect-list"),
    path("connect/<str:invite>/", connect, name="connect"),
    path("connect/<str:invite>/register/", connect_register, name="connect-register"),
    path("connect/<str:invite>/next/", connect_next, name="connect-next"),
    path("connect/<str:invite>/company/", connect_company, name="connect-company"),
    path("connect/<str:invite>/payment/", connect_payment, name="connect-payment"),
    path("connect/<str:invite>/accept/", connect_accept, name="connect-accept"),
    path(
        "companies/<int:account_id>/invitations/", company_invitations, name="company-invitations"
    ),
    path("companies/<int:account_id>/invitations/send/", company_invite, name="company-invite"),
    path(
        "companies/<int:account_id>/invitations/sent/<int:sent_id>/withdraw/",
        company_withdraw,
        name="company-withdraw",
    ),
    path(
        "companies/<int:account_id>/invitations/<int:client_invitation_id>/withdraw/",
        company_cancel,
        name="company-cancel",
    ),
    path(
        "<slug:firm_slug>/clients/<int:connection_id>/reconnect/",
        client_reconnect,
        name="client-reconnect",
    ),
    path(
        "<slug:firm_slug>/clients/<int:connection_id>/reconnect/cancel/",
        client_reconnect_cancel,
        name="client-reconnect-cancel",
    ),
    path(
        "<slug:firm_slug>/clients/<int:connection_id>/new-link/",
        client_new_link,
        name="client-new-link",
    ),
    path("<slug:firm_slug>/clients/add/client-pays/", client_pays, name="client-pays"),
    path(
        "<slug:firm_slug>/clients/add/client-pays/<int:branch_id>/rotate/",
        client_pays_rotate,
        name="client-pays-rotate",
    ),
    path(
        "<slug:firm_slug>/clients/add/client-pays/<int:branch_id>/off/",
        client_pays_off,
        name="client-pays-off",
    ),
    path(
        "<slug:firm_slug>/clients/add/client-pays/<int:branch_id>/on/",
        client_pays_on,
        name="client-pays-on",
    ),
    path("<slug:firm_slug>/settings/partner-program/", referral_list, name="referral-list"),
    path("<slug:firm_slug>/settings/partner-program/add/", referral_add, name="referral-add"),
    path(
        "<slug:firm_slug>/settings/partner-program/export/",
        referral_export,
        name="referral-export",
    ),
    path(
        "<slug:firm_slug>/settings/partner-program/<int:referral_id>/",
        referral_detail,
        name="referral-detail",
    ),
    path(
        "<slug:firm_slug>/settings/partner-program/<int:referral_id>/switch/",
        referral_switch,
        name="referral-switch",
    ),
    path("<slug:firm_slug>/invitations/", invitation_list, name="invitation-list"),
    path("<slug:firm_slug>/invitations/export/", invitation_export, name="invitation-export"),
    path(
        "<slug:firm_slug>/invitations/reconnections/", reconnection_list, name="reconnection-list"
    ),
    path(
        "<slug:firm_slug>/invitations/reconnections/export/",
        reconnection_export,
        name="reconnection-export",
    ),
    path(
        "<slug:firm_slug>/invitations/<int:client_invitation_id>/",
        invitation_review,
        name="invitation-review",
    ),
    path(
        "<slug:firm_slug>/invitations/<int:client_invitation_id>/accept/",
        invitation_accept,
        name="invitation-accept",
    ),
    path(
        "<slug:firm_slug>/invitations/<int:client_invitation_id>/reject/",
        invitation_reject,
        name="invitation-reject",
    ),
    path("<slug:firm_slug>/team/invite/", team_invite, name="team-invite"),
    path("<slug:firm_slug>/team/invitations/", team_invitations, name="team-invitations"),
    path(
        "<slug:firm_slug>/team/invitations/export/",
        team_invitation_export,
        name="team-invitation-export",
    ),
    path(
        "<slug:firm_slug>/team/invitations/<int:invitation_id>/link/",
        team_invitation_link,
        name="team-invitation-link",
    ),
    path(
        "<slug:firm_slug>/team/invitations/<int:invitation_id>/resend/",
        team_invitation_resend,
        name="team-invitation-resend",
    ),
    path(
        "<slug:firm_slug>/team/invitations/<int:invitation_id>/cancel/",
        team_invitation_cancel,
        name="team-invitation-cancel",
    ),
]
