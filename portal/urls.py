"""Pages of the client portal, and the practice's pages about it."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from portal.views import (
    all_contacts,
    client_question,
    client_questions,
    contact_removal,
    contacts,
    home,
    question_settings,
    question_why,
    questions,
)


class PortalSlug:
    """A firm's address; with `~` and a number, a preview (`portal.models.entering`)."""

    regex = r"[-a-zA-Z0-9_]+(?:~\d{1,18})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PortalSlug, "portal")

app_name = "portal"

of_business: list[URLPattern | URLResolver] = [
    path("", home.business, name="business"),
    path("questions/", questions.questions, name="questions"),
    path("questions/export/", questions.questions_export, name="questions-export"),
    path("questions/ask/", questions.question_ask, name="question-ask"),
    path("questions/<int:question_id>/", questions.question, name="question"),
    path(
        "questions/<int:question_id>/assign/",
        questions.question_reassign,
        name="question-reassign",
    ),
]

of_questions: list[URLPattern | URLResolver] = [
    path("", client_questions.client_questions, name="client-questions"),
    path("export/", client_questions.client_questions_export, name="client-questions-export"),
    path("ask/", client_questions.client_question_ask, name="client-question-ask"),
    path("ask/several/", client_questions.client_questions_ask, name="client-questions-ask"),
    path("<int:question_id>/", client_question.client_question, name="client-question"),
    path("<int:question_id>/why/", question_why.client_question_why, name="client-question-why"),
    path(
        "<int:question_id>/assign/",
        client_question.client_question_assign,
        name="client-question-assign",
    ),
    path(
        "<int:question_id>/resolve/",
        client_question.client_question_resolve,
        name="client-question-resolve",
    ),
    path(
        "<int:question_id>/reopen/",
        client_question.client_question_reopen,
        name="client-question-reopen",
    ),
]

of_contact: list[URLPattern | URLResolver] = [
    path("", contacts.portal_contact, name="portal-contact"),
    path("block/", contacts.portal_contact_block, name="portal-contact-block"),
    path("unblock/", contacts.portal_contact_unblock, name="portal-contact-unblock"),
    path("remove/", contact_removal.portal_contact_remove, name="portal-contact-remove"),
]

# The practice's pages about the portal of one client.
of_client: list[URLPattern | URLResolver] = [
    path("", contacts.portal_contacts, name="portal-contacts"),
    path("contacts/export/", contacts.portal_contacts_export, name="portal-contacts-export"),
    path("contacts/add/", contacts.portal_contact_add, name="portal-contact-add"),
    path("contacts/<int:access_id>/", include(of_contact)),
    path("questions/", include(of_questions)),
    path("settings/questions/", question_settings.portal_questions, name="portal-questions"),
    path("settings/reminders/", question_settings.portal_reminders, name="portal-reminders"),
]

of_portal: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("<int:connection_id>/", include(of_business)),
]

# The practice's pages about the portal of the firm.
of_firm: list[URLPattern | URLResolver] = [
    path("", all_contacts.all_contacts, name="all-contacts"),
    path("export/", all_contacts.all_contacts_export, name="all-contacts-export"),
    path("add/", all_contacts.all_contacts_add, name="all-contacts-add"),
    path("<int:contact_id>/clients/", all_contacts.contact_clients, name="contact-clients"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("portal/", home.start, name="start"),
    path("portal/<portal:portal_slug>/", include(of_portal)),
    path("<slug:firm_slug>/clients/<int:connection_id>/portal/", include(of_client)),
    path("<slug:firm_slug>/settings/portal/", include(of_firm)),
]
