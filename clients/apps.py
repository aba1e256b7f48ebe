"""The clients app, and who holds its permissions."""

from django.apps import AppConfig

from clients import permissions as p
from practice.permissions import BRANCH_ROLE_GRANTS, PARENT_ROLE_GRANTS, grant
from practice.roles import BranchRole, ParentRole

READING = (
    p.VIEW_ALL_CLIENTS,
    p.VIEW_CLIENT_NOTES,
    p.VIEW_CLIENT_FILES,
    p.VIEW_ACCESS_HISTORY,
    p.VIEW_HISTORICAL_RECORDS,
    p.EXPORT_CLIENTS,
)
MANAGING = (
    *READING,
    p.CREATE_CLIENTS,
    p.UPDATE_CLIENTS,
    p.EDIT_CONTACT_EMAIL,
    p.PAUSE_CLIENTS,
    p.DISCONNECT_CLIENTS,
    p.CHANGE_BRANCH,
    p.UPDATE_CLIENT_NOTES,
    p.MANAGE_CONTACTS,
    p.PREVIEW_PORTAL,
    p.MANAGE_QUESTIONS,
    p.MANAGE_FILES,
    p.MANAGE_TAGS,
    p.GRANT_ACCESS,
    p.REVOKE_ACCESS,
    p.UPDATE_ACCESS,
)


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = "Clients"

    parent_role_grants = {
        ParentRole.SUPER_ADMIN: (*MANAGING, p.CROSS_BRANCH, p.VIEW_ASSIGNED_CLIENTS),
        ParentRole.BILLING_ADMIN: (p.VIEW_ALL_CLIENTS, p.EXPORT_CLIENTS),
        ParentRole.VIEWER: READING,
    }
    branch_role_grants = {
        BranchRole.OWNER: (*MANAGING, p.VIEW_ASSIGNED_CLIENTS),
        BranchRole.ADMIN: (*MANAGING, p.VIEW_ASSIGNED_CLIENTS),
        BranchRole.MEMBER: (p.VIEW_ASSIGNED_CLIENTS,),
    }
    tie_grants = p.TIE_GRANTS

    def ready(self) -> None:
        import clients.models.audit  # registers its models
        import clients.receivers
        from clients import search
        from clients.models import (
            alert_badge,
            alerts,
            finality,
            forgetting,
            ledger,
            listing,
            reviews,
            usage_months,
        )
        from clients.models.accounts import owns_a_company
        from practice.http import AT_HOME
        from practice.templatetags.shell import BADGES

        grant(PARENT_ROLE_GRANTS, self.parent_role_grants)
        grant(BRANCH_ROLE_GRANTS, self.branch_role_grants)
        self.database_code = (
            *search.DATABASE_CODE,
            *listing.DATABASE_CODE,
            *reviews.DATABASE_CODE,
            *finality.DATABASE_CODE,
            *forgetting.DATABASE_CODE,
            *usage_months.DATABASE_CODE,
            *alerts.DATABASE_CODE,
            *alert_badge.database_code(),
            *ledger.DATABASE_CODE,
        )
        BADGES["clients:alert-list"] = lambda request: request.alerts
        AT_HOME.append(owns_a_company)
