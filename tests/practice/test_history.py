"""Every kind of write leaves its row, explained; what nobody explained is refused."""

import pytest
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.db.utils import IntegrityError
from django.utils import timezone

from clients.models import Connection, Tag
from practice import tenancy
from practice.history import Facts, because, request_facts
from practice.models import User
from practice.text import fold
from tests import factories

pytestmark = pytest.mark.django_db


def past(row) -> list[tuple[str, str, int | None]]:
    """Kind, reason and person of each entry, oldest first."""
    entries = row.history.order_by("history_id")
    return [(e.history_type, e.history_change_reason, e.history_user_id) for e in entries]


def test_creation_change_and_deletion_are_recorded(firm, viewer):
    with because("Made a tag.", by=viewer):
        tag = Tag.objects.create(firm=firm, name="VIP", name_key="vip")
    with because("Renamed the tag.", by=viewer):
        tag.name = "Very"
        tag.save()
    entries = tag.history.model.objects.filter(id=tag.pk)
    with because("The tag was a mistake."):
        tag.delete()

    assert list(
        entries.order_by("history_id").values_list("history_type", "name", "history_change_reason")
    ) == [
        ("+", "VIP", "Made a tag."),
        ("~", "Very", "Renamed the tag."),
        ("-", "Very", "The tag was a mistake."),
    ]


WRITES = {
    "save": lambda row: row.save(),
    "update": lambda row: Connection.objects.filter(pk=row.pk).update(contact_name="Ada"),
    "update with an expression": lambda row: Connection.objects.filter(pk=row.pk).update(
        contact_name=F("name")
    ),
    "bulk update": lambda row: Connection.objects.bulk_update([row], ["contact_name"]),
    "raw SQL": lambda row: run(
        f"UPDATE clients_connection SET contact_name = 'A' WHERE id = {row.pk}"
    ),
}


def run(statement: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_kind_of_change_is_recorded(connection, viewer, write):
    connection.contact_name = "Ada"

    with because("Corrected the name.", by=viewer):
        write(connection)

    assert past(connection)[1:] == [("~", "Corrected the name.", viewer.pk)]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_kind_of_unexplained_change_is_refused(connection, write):
    connection.contact_name = "Ada"

    with pytest.raises(IntegrityError, match="must be explained"), transaction.atomic():
        write(connection)


def test_bulk_creation_is_recorded_row_by_row(firm):
    rows = [Tag(firm=firm, name=name, name_key=fold(name)) for name in ("One", "Two", "Three")]

    with because("Made three tags."):
        made = Tag.objects.bulk_create(rows)

    assert [past(tag) for tag in made] == [[("+", "Made three tags.", None)]] * 3


def test_a_deletion_of_many_is_recorded(firm):
    tags = factories.TagFactory.create_batch(3, firm=firm)

    with because("Cleared the tags."):
        Tag.objects.filter(firm=firm).delete()

    history = tags[0].history.model.objects.filter(history_type="-")
    assert set(history.values_list("id", "history_change_reason")) == {
        (tag.pk, "Cleared the tags.") for tag in tags
    }


def test_an_unexplained_creation_is_refused(firm):
    with pytest.raises(IntegrityError, match="must be explained"), transaction.atomic():
        Tag.objects.create(firm=firm, name="VIP", name_key="vip")


def test_an_unexplained_deletion_is_refused(firm):
    tag = factories.TagFactory(firm=firm)

    with pytest.raises(IntegrityError, match="must be explained"), transaction.atomic():
        tag.delete()


def test_a_change_that_changes_nothing_leaves_no_row(connection):
    with because("Pressed save."):
        connection.save()

    assert len(past(connection)) == 1


def test_facts_left_out_of_the_past_need_no_reason(connection):
    Connection.objects.filter(pk=connection.pk).update(
        last_activity_at=timezone.now(), last_accessed_at=timezone.now(), search_text="acme"
    )

    assert len(past(connection)) == 1


def test_a_sign_in_needs_no_reason(viewer, client):
    client.force_login(viewer)

    assert len(past(viewer)) == 1


def test_passwords_are_not_kept(viewer):
    columns = {field.name for field in viewer.history.model._meta.fields}

    assert columns & {"password", "last_login"} == set()


def test_the_inner_reason_wins_and_the_outer_returns(firm):
    with because("The outer reason."):
        first = Tag.objects.create(firm=firm, name="1", name_key="1")
        with because("The inner reason."):
            second = Tag.objects.create(firm=firm, name="2", name_key="2")
        third = Tag.objects.create(firm=firm, name="3", name_key="3")

    assert [past(tag)[0][1] for tag in (first, second, third)] == [
        "The outer reason.",
        "The inner reason.",
        "The outer reason.",
    ]


def test_the_outer_person_speaks_for_the_inner_reason(firm, viewer):
    with because("A request.", by=viewer), because("A receiver's change."):
        tag = Tag.objects.create(firm=firm, name="1", name_key="1")

    assert past(tag) == [("+", "A receiver's change.", viewer.pk)]


def test_a_reason_ends_with_its_block(firm):
    with because("Something."):
        pass

    with pytest.raises(IntegrityError, match="must be explained"), transaction.atomic():
        Tag.objects.create(firm=firm, name="VIP", name_key="vip")


def test_a_reason_survives_a_failed_step_inside(firm):
    with because("The whole."):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), because("A part."):
            raise ZeroDivisionError
        tag = Tag.objects.create(firm=firm, name="1", name_key="1")

    assert past(tag) == [("+", "The whole.", None)]


def test_an_empty_reason_is_no_reason(firm):
    with (
        pytest.raises(IntegrityError, match="must be explained"),
        transaction.atomic(),
        because(""),
    ):
        Tag.objects.create(firm=firm, name="VIP", name_key="vip")


@pytest.mark.django_db(transaction=True)
def test_a_reason_needs_a_transaction():
    with pytest.raises(RuntimeError, match="there is none"), because("Nothing."):
        pass


def test_the_request_stands_beside_the_change(firm, viewer, operator):
    token = request_facts.set(Facts("request-1", "192.0.2.7", operator.pk))
    try:
        with because("From a page.", by=viewer):
            tag = Tag.objects.create(firm=firm, name="1", name_key="1")
    finally:
        request_facts.reset(token)

    entry = tag.history.get()
    assert (entry.request_id, entry.ip, entry.on_behalf_of_id) == (
        "request-1",
        "192.0.2.7",
        operator.pk,
    )


def test_the_past_is_dated_by_the_one_clock(firm, time_machine):
    time_machine.move_to("2027-03-31 12:00:00+00:00", tick=False)

    tag = factories.TagFactory(firm=firm)

    assert tag.history.get().history_date == timezone.now()


def test_the_past_is_read_as_of_a_moment(connection, time_machine):
    time_machine.move_to("2027-03-31 12:00:00+00:00", tick=False)
    with because("Renamed."):
        Connection.objects.filter(pk=connection.pk).update(name="Acme Bread")
    time_machine.move_to("2027-04-30 12:00:00+00:00", tick=False)
    with because("Renamed again."):
        Connection.objects.filter(pk=connection.pk).update(name="Acme Buns")

    april = connection.history.as_of(timezone.now().replace(day=15))

    assert april.name == "Acme Bread"


def test_a_person_removed_later_stays_in_the_past(firm, viewer):
    with because("Signed.", by=viewer):
        tag = Tag.objects.create(firm=firm, name="1", name_key="1")

    assert tag.history.get().history_user == User.objects.get(pk=viewer.pk)


def test_the_past_of_one_firm_is_not_anothers(connection, outsider, as_firm):
    with as_firm(outsider.team_members.get().firm):
        seen = connection.history.count()

    assert (seen, tenancy.current().realm) == (0, tenancy.Realm.SYSTEM)
