"""The practice app, and who holds its permissions."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from practice import permissions as p
from practice.roles import BranchRole, ParentRole

EVERYTHING = tuple(p.CATALOGUE)
READING = tuple(code for code, permission in p.CATALOGUE.items() if not permission.is_write)


class PracticeConfig(AppConfig):
    name = "practice"
    verbose_name = "Practice"

    parent_role_grants = {
        ParentRole.SUPER_ADMIN: EVERYTHING,
        ParentRole.BILLING_ADMIN: (
            p.VIEW_ORGANISATION,
            p.VIEW_BILLING,
            p.MANAGE_BILLING,
            p.VIEW_TEAM,
            p.VIEW_REPORTS,
        ),
        ParentRole.VIEWER: READING,
    }
    branch_role_grants = {
        BranchRole.OWNER: (
            p.MANAGE_BRANCHES,
            p.VIEW_BILLING,
            p.MANAGE_BILLING,
            p.VIEW_TEAM,
            p.MANAGE_TEAM,
            p.VIEW_AUDIT,
            p.VIEW_OUTBOX,
            p.RESEND_MESSAGES,
            p.VIEW_REPORTS,
        ),
        BranchRole.ADMIN: (
            p.VIEW_BILLING,
            p.VIEW_TEAM,
            p.MANAGE_TEAM,
            p.VIEW_AUDIT,
            p.VIEW_OUTBOX,
            p.RESEND_MESSAGES,
            p.VIEW_REPORTS,
        ),
        BranchRole.MEMBER: (p.VIEW_TEAM,),
    }

    def ready(self) -> None:
        import practice.models.audit  # registers its models
        import practice.receivers
        from practice.database import install_after_migrate
        from practice.models import arrivals, firms, security, super_admins

        self.database_code = (
            *arrivals.DATABASE_CODE,
            *firms.DATABASE_CODE,
            *security.DATABASE_CODE,
            *super_admins.DATABASE_CODE,
        )
        p.grant(p.PARENT_ROLE_GRANTS, self.parent_role_grants)
        p.grant(p.BRANCH_ROLE_GRANTS, self.branch_role_grants)
        post_migrate.connect(install_after_migrate, dispatch_uid="install_database_code")
