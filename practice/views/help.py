"""Help: five troubles and how to end them (F-009), eight subjects explained (F-009a).

The words are in `templates/practice/help/`, one template per topic.
"""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practice.http import FirmRequest, render_page


@dataclass(frozen=True)
class Topic:
    slug: str
    title: str
    summary: str

    @property
    def template(self) -> str:
        return f"practice/help/{self.slug}.html"


TROUBLES = (
    Topic(
        "cannot-find-client",
        "Cannot Find Client in List",
        "A filter, a branch or a status hides it.",
    ),
    Topic(
        "wrong-billing-model",
        "Client Shows Wrong Billing Model",
        "It cannot be changed after connecting; here is what can be done.",
    ),
    Topic(
        "team-member-cannot-see-client",
        "Team Member Cannot See Client",
        "Five things to check, from assignment to role.",
    ),
    Topic(
        "client-cannot-access-account",
        "Client Cannot Access Their Account",
        "The access level is usually the reason.",
    ),
    Topic(
        "disconnection-cannot-be-undone",
        "Disconnection Cannot Be Undone",
        "What to do instead, and what to do afterwards.",
    ),
)

SUBJECTS = (
    Topic("inviting-clients", "Inviting Clients", "Send a link, or share the branch email."),
    Topic(
        "accepting-client-invitations",
        "Accepting Client Invitations",
        "When a client invites the firm, someone here has to accept.",
    ),
    Topic(
        "client-access-levels",
        "Client Access Levels",
        "What the client’s own people may see and do.",
    ),
    Topic(
        "billing-models-overview",
        "Billing Models Overview",
        "Bill Us or Client Pays: who owns, who pays, who may leave.",
    ),
    Topic(
        "managing-team-members",
        "Managing Team Members",
        "Parent roles, branch roles and assignments.",
    ),
    Topic("charge-us-model", "Charge Us Model", "The firm pays for the client’s subscription."),
    Topic(
        "switching-billing-models",
        "Switching Billing Models",
        "Disconnect, then connect again under the other model.",
    ),
    Topic("adding-clients", "Adding Clients", "One at a time, from a file, or by invitation."),
)
BY_SLUG = {topic.slug: topic for topic in (*TROUBLES, *SUBJECTS)}


@require_safe
def help_index(request: FirmRequest) -> HttpResponse:
    """The list of topics; to htmx the panel that opens beside a page."""
    context = {"troubles": TROUBLES, "subjects": SUBJECTS}
    return render_page(request, "practice/help.html", context, fragment="help-panel")


@require_safe
def help_topic(request: FirmRequest, topic: str) -> HttpResponse:
    found = BY_SLUG.get(topic)
    if found is None:
        raise Http404("No such page.")
    others = TROUBLES if found in TROUBLES else SUBJECTS
    return render(request, found.template, {"topic": found, "others": others})
