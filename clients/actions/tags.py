"""The firm's list of tags: adding, renaming, merging, deleting (F-088b).

A client carries ids, and the words it is found by. One statement mends both on every client that
carries a tag, however many there are. Locks: the firm, clients in the order of their ids, the tag;
who puts a tag on a client goes the same way, so a tag that is merged is nowhere left behind.
"""

from django.db import connection as database
from django.db import transaction
from django.db.utils import OperationalError
from django.http import QueryDict

from clients.models import Connection, Tag
from clients.models.tags import FirmTags
from clients.permissions import MANAGE_TAGS
from practice.actions.limits import lock_rights, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import SavedView, User
from practice.permissions import Verdict
from practice.text import fold, tidy

GONE = "Somebody deleted this tag."
ITSELF = "Choose another tag to merge it into."
BUSY = "Somebody is putting this tag on a client at this moment. Try again."

STARTER_SETS: dict[str, tuple[str, ...]] = {
    "Service type": ("Bookkeeping", "Payroll", "Tax return", "Year-end accounts", "Advisory"),
    "Industry": ("Retail", "Hospitality", "Construction", "Technology", "Non-profit"),
    "Engagement level": ("High touch", "Standard", "Low touch"),
    "Status": ("Onboarding", "In good order", "Needs attention", "Leaving"),
}

# The lines of the search text that tell of name, number and contact come before those of the tags.
REWRITE = r"""
UPDATE clients_connection SET
  tag_ids = said.tags,
  version = version + 1,
  search_text = array_to_string(
    (string_to_array(search_text, E'\n'))[
      :(name <> '')::int + (client_number <> '')::int
       + (contact_name <> '')::int + (contact_email <> '')::int
    ] || ARRAY(
      SELECT name_key::text FROM clients_tag WHERE clients_tag.id = ANY(said.tags) ORDER BY id
    ), E'\n')
FROM (
  SELECT id, ARRAY(
    SELECT DISTINCT tag
    FROM unnest(
      array_remove(array_replace(tag_ids, %(tag)s::bigint, %(into)s::bigint), NULL)
    ) tag ORDER BY tag
  ) AS tags
  FROM clients_connection WHERE firm_id = %(firm)s AND tag_ids @> ARRAY[%(tag)s::bigint]
) said
WHERE clients_connection.id = said.id
"""


@transaction.atomic
def add_tag(firm_id: int, name: str, *, by: User, group: str = "") -> Tag:
    """Raises `Refused` when there is one of this name already, in whatever case (F-088a)."""
    refuse_unless_manages(by, firm_id)
    if same := Tag.objects.filter(firm_id=firm_id, name_key=fold(name)).first():
        raise Refused(taken(same))
    with because("Added a tag.", by=by):
        [tag] = Tag.objects.named(firm_id, [name])
        Tag.objects.filter(pk=tag.pk).update(group=tidy(group))
    tag.group = tidy(group)
    return tag


@transaction.atomic
def add_starter_set(firm_id: int, group: str, *, by: User) -> int:
    """The set's words that the firm lacks; those it has keep their group. How many were new."""
    refuse_unless_manages(by, firm_id)
    names = list(STARTER_SETS[group])
    with because(f"Added the starter set “{group}”.", by=by):
        present = Tag.objects.filter(firm_id=firm_id, name_key__in=[fold(name) for name in names])
        known = set(present.values_list("pk", flat=True))
        new = [tag.pk for tag in Tag.objects.named(firm_id, names) if tag.pk not in known]
        Tag.objects.filter(pk__in=new).update(group=group)
        present.filter(group="").update(group=group)
    return len(new)


@transaction.atomic
def edit_tag(tag: Tag, *, by: User, name: str, group: str) -> Tag:
    """Rename it on every client that has it. Raises `Refused` where another has that name."""
    refuse_unless_manages(by, tag.firm_id)
    wanted = {"name": tidy(name), "name_key": fold(name), "group": tidy(group)}
    others = Tag.objects.filter(firm_id=tag.firm_id, name_key=wanted["name_key"])
    if same := others.exclude(pk=tag.pk).first():
        raise Refused(taken(same))
    tag = held(tag)
    if all(getattr(tag, column) == value for column, value in wanted.items()):
        return tag
    is_renamed = tag.name_key != wanted["name_key"]
    with because(f"Changed the tag “{tag.name}”.", by=by):
        for column, value in wanted.items():
            setattr(tag, column, value)
        tag.save(update_fields=list(wanted))
        if is_renamed:
            rewrite(tag, tag)
    return tag


@transaction.atomic
def merge_tags(tag: Tag, into: Tag, *, by: User) -> int:
    """Every client with `tag` has `into` instead, once; `tag` is no more. How many clients."""
    if tag.pk == into.pk or tag.firm_id != into.firm_id:
        raise Refused(ITSELF)
    refuse_unless_manages(by, tag.firm_id)
    with because(f"Merged the tag “{tag.name}” into “{into.name}”.", by=by):
        return replace(tag, into)


@transaction.atomic
def delete_tag(tag: Tag, *, by: User) -> int:
    """Take it from every client, and from the list. How many clients had it."""
    refuse_unless_manages(by, tag.firm_id)
    with because(f"Deleted the tag “{tag.name}”.", by=by):
        return replace(tag, None)


def replace(tag: Tag, into: Tag | None) -> int:
    """In the caller's transaction and `because()`."""
    tag = held(tag)
    if into is not None and not Tag.objects.filter(pk=into.pk).exists():
        raise Refused(GONE)
    count = rewrite(tag, into)
    tell_saved_views(tag, into)
    tag.delete()
    return count


def refuse_unless_manages(by: User, firm_id: int) -> None:
    """One change of the list at a time."""
    lock_rights(firm_id)
    rules = FirmTags(firm_id).rules(standing_now(by, firm_id), MANAGE_TAGS)
    verdict = Verdict.of(rules)
    if not verdict.allowed:
        raise Refused(verdict.reason)


def taken(tag: Tag) -> str:
    return f"There is a tag “{tag.name}” already."


def held(tag: Tag) -> Tag:
    """The tag, locked, and so are all clients that have it."""
    lock_carriers(tag)
    found: Tag | None = Tag.objects.select_for_update().filter(pk=tag.pk).first()
    if found is None:
        raise Refused(GONE)
    lock_carriers(tag, nowait=True)  # those that got it while this waited for the tag
    return found


def lock_carriers(tag: Tag, *, nowait: bool = False) -> None:
    """The clients that have the tag, in the order of their ids."""
    rows = Connection.objects.filter(firm_id=tag.firm_id, tag_ids__contains=[tag.pk])
    ids = rows.order_by("pk").values_list("pk", flat=True)
    try:
        for _ in ids.select_for_update(nowait=nowait).iterator():
            pass
    except OperationalError as error:
        if not nowait:
            raise
        raise Refused(BUSY) from error


def rewrite(tag: Tag, into: Tag | None) -> int:
    """How many clients had it."""
    names = {"firm": tag.firm_id, "tag": tag.pk, "into": into.pk if into else None}
    with database.cursor() as cursor:
        cursor.execute(REWRITE, names)
        return int(cursor.rowcount)


def tell_saved_views(tag: Tag, into: Tag | None) -> None:
    """A view of the list that filters by the tag filters by the other, or no more by it."""
    changed: list[SavedView] = []
    views = SavedView.objects.filter(firm_id=tag.firm_id, query__contains=f"tag={tag.pk}")
    for view in views:
        query = QueryDict(view.query, mutable=True)
        kept = [value for value in query.getlist("tag") if value != str(tag.pk)]
        if len(kept) == len(query.getlist("tag")):
            continue
        query.setlist("tag", list(dict.fromkeys([*kept, *([str(into.pk)] if into else [])])))
        view.query = query.urlencode()
        changed.append(view)
    SavedView.objects.bulk_update(changed, ["query"], batch_size=500)
