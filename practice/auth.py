"""One question, one answer: may this person do this to this row, and why."""

from typing import TYPE_CHECKING, Any, Protocol

from django.apps import apps

from practice.permissions import BranchStanding, Rule, Standing, Verdict, tenant_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from practice.models import User

SECOND_FACTORS = ("totp", "webauthn")  # as allauth names them


class Guarded(Protocol):
    """A row that knows the rules about itself."""

    @property
    def firm_id(self) -> int: ...

    def rules(self, standing: Standing | None, permission: str) -> "Iterator[Rule]": ...


def standing_of(user: Any, firm_id: int) -> Standing | None:
    """What the user holds in the firm: None for strangers, the inactive and the signed out.

    The middleware leaves the answer on the request's own user object, so that one request asks
    once; nothing outlives the request.
    """
    known: dict[int, Standing | None] = getattr(user, "known_standings", {})
    if firm_id in known:
        return known[firm_id]
    return find_standing(user, firm_id)


def find_standing(user: Any, firm_id: int) -> Standing | None:
    if not user.is_authenticated or not user.is_active:
        return None
    member = members(user, firm_id).filter(is_active=True).select_related("firm").first()
    return standing_of_member(member) if member else None


def fresh_standing(user_id: int, firm_id: int) -> Standing | None:
    """Read anew, also of the login: for what outlives the request it began in, as exports do."""
    user = apps.get_model("practice", "User").objects.filter(pk=user_id).first()
    return find_standing(user, firm_id) if user else None


def members(user: Any, firm_id: int) -> Any:
    return apps.get_model("practice", "TeamMember").objects.filter(user_id=user.pk, firm_id=firm_id)


def standing_of_member(member: Any) -> Standing:
    if member.firm.requires_second_factor and not has_second_factor(member.user_id):
        return standing_with(member, (), must_enrol=True)
    memberships = apps.get_model("practice", "BranchMembership").objects.filter(
        member_id=member.pk, branch__is_archived=False
    )
    rows = memberships.values_list("branch_id", "branch__name", "role", "added", "withdrawn")
    return standing_with(member, rows)


def has_second_factor(user_id: int) -> bool:
    """An authenticator app or a passkey; recovery codes alone are none."""
    factors = apps.get_model("mfa", "Authenticator").objects.filter(user_id=user_id)
    return bool(factors.filter(type__in=SECOND_FACTORS).exists())


def standing_with(
    member: Any, roles: "Iterable[tuple[Any, ...]]", *, must_enrol: bool = False
) -> Standing:
    """`roles` are (branch id, its name, role, added, withdrawn).

    Who must set up a second factor first holds nothing until then.
    """
    if must_enrol:
        return Standing(member.user_id, member.firm_id, member.pk, must_enrol=True)
    return Standing(
        user_id=member.user_id,
        firm_id=member.firm_id,
        member_id=member.pk,
        parent_role=member.parent_role or None,
        branches={
            branch_id: BranchStanding(branch_id, name, role, frozenset(added), frozenset(withdrawn))
            for branch_id, name, role, added, withdrawn in roles
        },
    )


def explain(user: "User", permission: str, row: Guarded) -> Verdict:
    """The verdict with its chain of rules. Nothing else decides access (design 3)."""
    standing = standing_of(user, row.firm_id)
    if standing is None:
        return Verdict((why_absent(user, row.firm_id),))
    return Verdict.of(row.rules(standing, permission))


def allows(user: "User", permission: str, row: Guarded) -> bool:
    """`explain(…).allowed`, without asking why a stranger is one."""
    standing = standing_of(user, row.firm_id)
    return standing is not None and Verdict.of(row.rules(standing, permission)).allowed


def why_absent(user: Any, firm_id: int) -> Rule:
    """Why somebody has no standing in the firm."""
    if user.is_authenticated and not user.is_active:
        return Rule("Person", False, "{Your} login is switched off.")
    if user.is_authenticated and members(user, firm_id).exists():
        return Rule("Firm", False, "{You} no longer {work} at this firm.")
    return tenant_rule(None, firm_id)
