"""The role names of a firm. What each may do is in the tables of each app's `AppConfig`."""

from django.db import models


class ParentRole(models.TextChoices):
    """At most one per team member, over every branch of the firm (F-018)."""

    SUPER_ADMIN = "super_admin", "Super Admin"
    BILLING_ADMIN = "billing_admin", "Billing Admin"
    VIEWER = "viewer", "Viewer"


class BranchRole(models.TextChoices):
    """One per team member and branch (F-017)."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
