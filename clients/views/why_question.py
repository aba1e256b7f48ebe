"""What is asked of "Why can't they see it?": who, which client and what (F-243)."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from clients.forms.why import WhatForm
from clients.http import visible, was_assigned
from clients.models import Connection, ContactAccess
from practice.http import FirmRequest
from practice.models import Branch, BranchMembership, TeamMember
from practice.permissions import VIEW_TEAM

LONGEST_ID = 18  # digits


@dataclass(frozen=True)
class Question:
    """About a team member, or a contact of the client. What is not chosen yet is None."""

    firm_slug: str
    person: TeamMember | None
    contact: ContactAccess | None
    connection: Connection | None
    is_visible: bool  # whether the asker sees the client themselves
    what: WhatForm
    permission: str

    @classmethod
    def of(cls, request: FirmRequest, params: QueryDict) -> "Question":
        """404 for people and clients that the asker does not see, and for what nobody can ask."""
        wanted = {name: read_id(params, name) for name in ("person", "client", "contact")}
        person = find_person(request, wanted["person"]) if wanted["person"] else None
        seen = visible(request).select_related("branch")
        found = seen.filter(pk=wanted["client"]).first() if wanted["client"] else None
        is_visible = found is not None
        if wanted["client"] and found is None:
            found = find_former(request, wanted["client"], person)
        contact = None
        if wanted["contact"] and person is None:
            contact = find_contact(found if is_visible else None, wanted["contact"])
        what = WhatForm({"permission": params.get("permission", "")}, is_contact=bool(contact))
        if what.asked is None:
            raise Http404("No such permission.")
        return cls(request.firm.slug, person, contact, found, is_visible, what, what.asked)

    @property
    def is_whole(self) -> bool:
        return bool((self.person or self.contact) and self.connection)

    def url(self, **changes: int | str | None) -> str:
        """The same question about another person or client; None asks for one again."""
        parts: dict[str, int | str | None] = {
            "person": self.person.pk if self.person else None,
            "contact": self.contact.contact_id if self.contact else None,
            "client": self.connection.pk if self.connection else None,
            "permission": self.permission,
            **changes,
        }
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{reverse('clients:why', kwargs={'firm_slug': self.firm_slug})}?{query}"

    @property
    def other_person_url(self) -> str:
        kept = None if self.contact else self.permission  # contacts have questions of their own
        return self.url(person=None, contact=None, permission=kept)

    @property
    def other_client_url(self) -> str:
        """A contact is one of this client, and goes with it."""
        kept = None if self.contact else self.permission
        return self.url(client=None, contact=None, permission=kept)


def read_id(params: QueryDict, name: str) -> int | None:
    text = params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
        raise Http404("No such page.")
    return int(text)


def find_person(request: FirmRequest, member_id: int) -> TeamMember:
    found = people(request).filter(pk=member_id).first()
    if found is None:
        raise Http404("No such person.")
    return found


def people(request: FirmRequest) -> QuerySet[TeamMember]:
    """Oneself, and those who share a branch on which one holds View Team; former members too.

    A parent role with View Team knows everybody but people of branches that withdraw it.
    """
    seen = Branch.objects.where(request.standing, VIEW_TEAM)
    places = BranchMembership.objects.for_firm(request.firm)
    wanted = Q(pk=request.member.pk) | Q(pk__in=places.filter(branch__in=seen).values("member_id"))
    if request.standing.branches_with(VIEW_TEAM) is None:
        wanted |= ~Q(pk__in=places.values("member_id"))
    return TeamMember.objects.for_firm(request.firm).filter(wanted).select_related("user", "firm")


def find_former(request: FirmRequest, client_id: int, person: TeamMember | None) -> Connection:
    """A client that is closed to the asker: they may ask why, for themselves, if they knew it."""
    if person == request.member and was_assigned(request, client_id):
        return Connection.objects.select_related("branch").get(pk=client_id)
    raise Http404("No such client.")


def find_contact(connection: Connection | None, contact_id: int) -> ContactAccess:
    """One of the people of a client that the asker sees, and of no other."""
    found = contacts(connection).filter(contact_id=contact_id).first() if connection else None
    if found is None or connection is None:
        raise Http404("No such contact.")
    found.connection = connection
    return found


def contacts(connection: Connection) -> QuerySet[ContactAccess]:
    rows = ContactAccess.objects.filter(connection=connection)
    return rows.select_related("contact__user").order_by("-is_primary", "contact__name", "pk")
