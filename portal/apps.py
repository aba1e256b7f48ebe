"""The portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Client portal"

    def ready(self) -> None:
        import portal.models.audit  # registers its models
        import portal.receivers
        from clients.contact_rules import VIEW_OWN_QUESTIONS, VIEW_PEOPLE
        from clients.filters import WITH_QUESTIONS
        from clients.http import LOOKED_UP
        from portal.models.questions import connections_with, open_counts, visible_counts
        from portal.tabs import PortalTab, add_tab
        from portal.todo import TODO
        from portal.views import tax, unread_files
        from portal.views.questions import questions_to_answer

        LOOKED_UP["questions"] = open_counts
        WITH_QUESTIONS.append(connections_with)
        TODO.append(questions_to_answer)
        TODO.append(unread_files.files_to_read)
        add_tab(unread_files.TAB)
        TODO.append(tax.returns_to_approve)
        add_tab(tax.TAB)
        add_tab(
            PortalTab(
                "Questions",
                "questions",
                (VIEW_OWN_QUESTIONS,),
                order=10,
                counts=visible_counts,
                is_in_switcher=True,
            )
        )

        add_tab(PortalTab("People", "people", (VIEW_PEOPLE,), order=90))

    def fill_demo(self) -> None:
        """For `manage.py demo`, which cannot know this app."""
        from portal.demo import fill

        fill()
