"""The invitations app."""

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "invitations"
    verbose_name = "Invitations"

    def ready(self) -> None:
        import invitations.models.audit  # registers its models
        import invitations.receivers

    def fill_demo(self) -> None:
        """For `manage.py demo`, which cannot know this app."""
        from invitations.demo import fill

        fill()
