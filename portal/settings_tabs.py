"""The tabs of "Portal Settings" of one client, and of Practice Settings > Client Portal (F-148).

Each area of the portal adds its own line here.
"""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class SettingsTab:
    """`url_name` takes the firm, and the client unless the page `is_of_firm`."""

    key: str
    label: str
    url_name: str
    is_of_firm: bool = False


OF_CLIENT = (
    SettingsTab("contacts", "Contacts", "portal:portal-contacts"),
    SettingsTab("questions", "Questions", "portal:portal-questions"),
    SettingsTab("reminders", "Reminders", "portal:portal-reminders"),
    SettingsTab("branding", "Branding", "portal:portal-branding", is_of_firm=True),
)
OF_FIRM = (
    SettingsTab("contacts", "All Contacts", "portal:all-contacts", is_of_firm=True),
    SettingsTab("people", "People", "portal:people-settings", is_of_firm=True),
    SettingsTab("branding", "Branding", "portal:portal-branding", is_of_firm=True),
    SettingsTab("sign-in", "Sign-in", "portal:portal-sign-in", is_of_firm=True),
)


def client_tabs(firm_slug: str, connection_id: int) -> list[tuple[str, str, str, None]]:
    """As `{% tabs %}` draws them."""
    where: dict[str, object] = {"firm_slug": firm_slug}
    return [
        (
            tab.key,
            tab.label,
            reverse(
                tab.url_name,
                kwargs=where if tab.is_of_firm else {**where, "connection_id": connection_id},
            ),
            None,
        )
        for tab in OF_CLIENT
    ]


def firm_tabs(firm_slug: str) -> list[tuple[str, str, str, None]]:
    return [
        (tab.key, tab.label, reverse(tab.url_name, kwargs={"firm_slug": firm_slug}), None)
        for tab in OF_FIRM
    ]
