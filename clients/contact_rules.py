"""What a client's contact may do in the portal, and the chain of rules that decides it.

Effective right = the contact's permissions ∩ the client access level (C10, C11; design 3, rule 7).
Pure, as the rules for staff are: `clients.models.contacts` supplies the facts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from clients.roles import AccessLevel, ConnectionStatus, PortalFeature
from practice.permissions import Rule, Verdict

F = PortalFeature
CLIENT_ADMIN, TAX, FINANCIAL, FILES = "Client admin", "Tax", "Financial", "Files"
ANY = ""  # needs none of the four
OWNER = "account owner"
ENDED = {ConnectionStatus.DISCONNECTED, ConnectionStatus.RECONNECTING}
# The rules whose denial hides a page of the portal: the others say why it is closed.
PERMISSIONS, RECIPIENT, ACCOUNT_OWNER = "Contact permissions", "Recipient", "Account owner"
HIDING = {PERMISSIONS, RECIPIENT, ACCOUNT_OWNER}
SHUT_OUT = "{Your} access is turned off, contact your accountant."
BLOCKED = "Blocked"  # the rule of the contacts that the firm has blocked here
KEPT_OUT = "{Your} access to this client is blocked, contact your accountant."


@dataclass(frozen=True)
class ContactAction:
    """One thing to do in the portal.

    `feature` is the tick of Custom Access that opens it, None for coming in at all; `needs` one of
    the four contact permissions. `stays_open`: a write that View Only lets through, as paying is.
    `recipients_only`: for nobody else, whatever they hold (C12).
    """

    label: str
    feature: PortalFeature | None = None
    needs: str = ANY
    is_write: bool = False
    stays_open: bool = False
    recipients_only: bool = False

    @property
    def changes(self) -> bool:
        return self.is_write and not self.stays_open


A = ContactAction
OPEN_CLIENT = A("open the client")
VIEW_OWN_QUESTIONS = A("read questions for oneself", F.QUESTIONS)
ANSWER_OWN_QUESTIONS = A("answer questions for oneself", F.QUESTIONS, is_write=True)
VIEW_ALL_QUESTIONS = A("read all questions", F.QUESTIONS, CLIENT_ADMIN)
ANSWER_ALL_QUESTIONS = A("answer all questions", F.QUESTIONS, CLIENT_ADMIN, is_write=True)
REASSIGN_QUESTIONS = A("hand questions to others", F.QUESTIONS, CLIENT_ADMIN, is_write=True)
VIEW_FILES = A("see files", F.FILES, FILES)
UPLOAD_FILES = A("add files", F.FILES, FILES, is_write=True)
VIEW_TAX = A("see tax returns and their files", F.TAX, TAX)
ACT_ON_TAX = A("act on tax returns", F.TAX, TAX, is_write=True)
VIEW_ORGANIZERS = A("see organizers and their files", F.ORGANIZERS, TAX)
ANSWER_ORGANIZERS = A("answer organizers", F.ORGANIZERS, TAX, is_write=True)
SEE_SIGNATURE_REQUESTS = A("see that a signature is asked for", F.E_SIGNATURE, CLIENT_ADMIN)
SIGN_DOCUMENTS = A("open and sign a document", F.E_SIGNATURE, is_write=True, recipients_only=True)
VIEW_FINANCIALS = A("see financials", F.FINANCIALS, FINANCIAL)
VIEW_REPORTS = A("see published reports", F.REPORTS, FINANCIAL)
VIEW_INVOICES = A("see invoices", F.INVOICES)
PAY_INVOICES = A("pay an invoice", F.INVOICES, is_write=True, stays_open=True)
VIEW_COMPANY = A("see company settings", F.COMPANY_SETTINGS, OWNER)
EDIT_COMPANY = A("change company settings", F.COMPANY_SETTINGS, OWNER, is_write=True)
VIEW_PEOPLE = A("see the people of the business", needs=CLIENT_ADMIN)
INVITE_COLLEAGUES = A("invite colleagues", needs=CLIENT_ADMIN, is_write=True)


@dataclass(frozen=True)
class ContactFacts:
    """All that the rules look at. `permissions` are the ticks, in the words of the page."""

    level: str
    features: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    status: str = ConnectionStatus.ACTIVE
    is_owner: bool = False
    is_recipient: bool = False
    is_active: bool = True
    is_blocked: bool = False


def explain_contact(facts: ContactFacts, action: ContactAction) -> Verdict:
    """May this contact do this at this client, and why. Asked anew at each click (F-052a)."""
    return Verdict.of(contact_rules(facts, action))


def contact_rules(facts: ContactFacts, action: ContactAction) -> Iterator[Rule]:
    """The person, the relationship, the client access level, then the contact's permissions."""
    yield person_rule(facts)
    yield relationship_rule(facts, action)
    yield level_rule(facts, action)
    if action.recipients_only:
        yield recipient_rule(facts)
    else:
        yield permission_rule(facts, action)


def person_rule(facts: ContactFacts) -> Rule:
    if not facts.is_active:
        return Rule("Person", False, "{Your} login is switched off.")
    if facts.is_blocked:
        return Rule(BLOCKED, False, KEPT_OUT)
    return Rule("Person", True, "{You are} a contact of this client.")


def relationship_rule(facts: ContactFacts, action: ContactAction) -> Rule:
    """A pause concerns the team alone (F-065a); the past stays readable."""
    if facts.status == ConnectionStatus.PENDING:
        return Rule("Relationship", False, "The client and the firm are not connected yet.")
    if facts.status in ENDED and action.changes:
        return Rule("Relationship", False, "The relationship has ended; its records stay.")
    return Rule("Relationship", None, "The relationship does not limit what contacts do.")


def level_rule(facts: ContactFacts, action: ContactAction) -> Rule:
    """The cap that the firm has set for the client's own people."""
    level = AccessLevel(facts.level)
    name = f"Client access level, {level.label}"
    if level == AccessLevel.NONE:
        return Rule(name, False, SHUT_OUT)
    if level == AccessLevel.VIEW_ONLY and action.changes:
        return Rule(name, False, "{You} may look at this client, and change nothing.")
    if level == AccessLevel.CUSTOM and action.feature and action.feature not in facts.features:
        label = action.feature.label
        return Rule(name, False, f"“{label}” is not among the features open to this client.")
    return Rule(name, None, f"The client access level lets {{you}} {action.label}.")


def recipient_rule(facts: ContactFacts) -> Rule:
    if facts.is_recipient:
        return Rule(RECIPIENT, True, "{You are} a recipient of this document.")
    return Rule(RECIPIENT, False, "Only its recipients open and sign a document.")


def permission_rule(facts: ContactFacts, action: ContactAction) -> Rule:
    """Client admin implies the other three; the account owner is all of it (C11, C38)."""
    if facts.is_owner:
        return Rule(ACCOUNT_OWNER, True, "{You are} the owner of this client’s account.")
    if action.needs == OWNER:
        return Rule(ACCOUNT_OWNER, False, "Company settings belong to the account owner.")
    if action.needs == ANY:
        return Rule("Contact", True, f"Every contact may {action.label}.")
    if CLIENT_ADMIN in facts.permissions:
        return Rule(PERMISSIONS, True, "{You are} Client admin.")
    if action.needs in facts.permissions:
        return Rule(PERMISSIONS, True, f"{{You}} {{have}} the permission “{action.needs}”.")
    return Rule(PERMISSIONS, False, f"{{Your}} contact permissions lack “{action.needs}”.")
