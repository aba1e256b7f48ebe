"""Pages of the client portal, and the practice's pages about it."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from portal.views import (
    all_contacts,
    client_file,
    client_file_change,
    client_files,
    client_files_upload,
    client_question,
    client_questions,
    client_tax,
    contact_deletion,
    contact_links,
    contact_removal,
    contacts,
    files,
    folders,
    home,
    look,
    people,
    people_settings,
    question_settings,
    question_why,
    questions,
    settings,
    sign_in,
    sign_in_link,
    tax,
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
    path("files/", files.files, name="files"),
    path("files/add/", files.files_upload, name="files-upload"),
    path("files/<int:file_id>/", files.file, name="file"),
    path("tax/", tax.tax, name="tax"),
    path("tax/export/", tax.tax_export, name="tax-export"),
    path("tax/<int:tax_id>/", tax.tax_return, name="tax-return"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.people_invite, name="people-invite"),
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
    path("magic-link/", contact_links.portal_contact_magic_link, name="portal-contact-magic-link"),
    path("reset-link/", contact_links.portal_contact_reset_link, name="portal-contact-reset-link"),
    path("intro/", contact_links.portal_contact_intro, name="portal-contact-intro"),
    path("delete/", contact_deletion.portal_contact_delete, name="portal-contact-delete"),
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
    path("people/", people_settings.people_settings, name="people-settings"),
    path("add/", all_contacts.all_contacts_add, name="all-contacts-add"),
    path("<int:contact_id>/clients/", all_contacts.contact_clients, name="contact-clients"),
    path("branding/", settings.branding, name="portal-branding"),
    path("sign-in/", settings.sign_in, name="portal-sign-in"),
]

door: list[URLPattern | URLResolver] = [
    path("", sign_in.sign_in, name="sign-in"),
    path("code/", sign_in.code, name="code"),
    path("password/", sign_in.password, name="password"),
    path("help/", sign_in.get_help, name="help"),
    path("style.css", look.style, name="style"),
    path("logo/", look.logo, name="logo"),
    path("<str:magic>/", sign_in_link.link, name="link"),
]

files_of_client: list[URLPattern | URLResolver] = [
    path("", client_files.client_files, name="client-files"),
    path("export/", client_files.client_files_export, name="client-files-export"),
    path("add/", client_files_upload.client_files_upload, name="client-files-upload"),
    path("folders/add/", folders.folder_add, name="folder-add"),
    path("folders/<int:folder_id>/", folders.folder_edit, name="folder-edit"),
    path("folders/<int:folder_id>/delete/", folders.folder_delete, name="folder-delete"),
    path("<int:file_id>/", client_file.client_file, name="client-file"),
    path("<int:file_id>/edit/", client_file_change.client_file_edit, name="client-file-edit"),
    path("<int:file_id>/show/", client_file_change.client_file_show, name="client-file-show"),
    path("<int:file_id>/hide/", client_file_change.client_file_hide, name="client-file-hide"),
    path("<int:file_id>/delete/", client_file_change.client_file_delete, name="client-file-delete"),
    path(
        "<int:file_id>/restore/",
        client_file_change.client_file_restore,
        name="client-file-restore",
    ),
]

tax_of_client: list[URLPattern | URLResolver] = [
    path("", client_tax.client_tax, name="client-tax"),
    path("export/", client_tax.client_tax_export, name="client-tax-export"),
    path("add/", client_tax.client_tax_add, name="client-tax-add"),
    path("<int:tax_id>/edit/", client_tax.client_tax_edit, name="client-tax-edit"),
    path("<int:tax_id>/move/", client_tax.client_tax_move, name="client-tax-move"),
    path("<int:tax_id>/remove/", client_tax.client_tax_remove, name="client-tax-remove"),
]

# Of the practice's pages about one client.
at_client: list[URLPattern | URLResolver] = [
    path("files/", include(files_of_client)),
    path("tax/", include(tax_of_client)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("portal/", home.start, name="start"),
    path("portal/code/", sign_in.start_code, name="start-code"),
    path("portal/<slug:portal_firm>/sign-in/", include(door)),
    path("portal/<portal:portal_slug>/", include(of_portal)),
    path("<slug:firm_slug>/clients/<int:connection_id>/portal/", include(of_client)),
    path("<slug:firm_slug>/settings/portal/", include(of_firm)),
    path("<slug:firm_slug>/clients/<int:connection_id>/", include(at_client)),
]
