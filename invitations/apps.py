"""The invitations app."""

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "invitations"
    verbose_name = "Invitations"

    def ready(self) -> None:
        import invitations.models.audit  # registers its models
        import invitations.models.own_data
        import invitations.receivers
        from invitations.models.client import DATABASE_CODE, pending_count
        from practice.templatetags.shell import BADGES

        self.database_code = DATABASE_CODE
        BADGES["invitations:invitation-list"] = lambda request: pending_count(
            request.waiting, request.standing
        )

    def fill_demo(self) -> None:
        """For `manage.py demo`, which cannot know this app."""
        from invitations.demo import fill

        fill()
