"""Pausing, resuming and ending relationships as actions: rows, history, news, sets and races."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients import permissions as p
from clients import signals
from clients.actions.judging import Outcome
from clients.actions.relationships import (
    AGREED_END,
    DISCONNECT,
    PAUSE,
    RESUME,
    disconnect_connection,
    disconnect_connections,
    pause_connection,
    pause_connections,
    resume_connection,
    resume_connections,
    resume_due,
)
from clients.models import (
    ActivityEvent,
    ClientAccount,
    Connection,
    ConnectionPeriod,
    Note,
    TeamAssignment,
)
from clients.roles import ConnectionStatus, DisconnectReason
from clients.states import CONNECTION_TRANSITIONS
from practice import clock, tenancy
from practice.errors import Refused
from practice.history import because
from practice.models import Message
from tests import factories


@pytest.fixture
def heard():
    """What the apps above were told, by the name of the signal."""
    told: list[tuple[str, dict[str, object]]] = []
    names = ("connection_paused", "connection_resumed", "connection_disconnected")

    def listener(name):
        def hear(sender, signal, **facts):
            told.append((name, {**facts, "connections": [row.pk for row in facts["connections"]]}))

        return hear

    listeners = {name: listener(name) for name in names}
    for name, hear in listeners.items():
        getattr(signals, name).connect(hear, weak=False)
    yield told
    for name, hear in listeners.items():
        getattr(signals, name).disconnect(hear)


def lines(row) -> list[str]:
    return list(ActivityEvent.objects.filter(connection=row).values_list("text", flat=True))


def test_a_pause_writes_the_row_a_note_the_history_and_the_news(branch_owner, connection, heard):
    until = clock.today() + timedelta(days=30)

    pause_connection(connection, by=branch_owner, reason="Seasonal", until=until)

    row = Connection.objects.get()
    said = f"{until.day} {until:%B %Y}"
    assert (row.status, row.paused_until) == (ConnectionStatus.PAUSED, until)
    assert row.paused_at is not None
    note = Note.objects.get()
    assert (note.text, note.author) == (f"Paused until {said}: Seasonal", branch_owner)
    assert lines(row) == [f"Olga London Owner paused the relationship until {said}"]
    past = row.history.first()
    assert (past.history_change_reason, past.history_user) == ("Seasonal", branch_owner)
    [(name, facts)] = heard
    assert (name, facts["connections"]) == ("connection_paused", [row.pk])
    assert (facts["by"], facts["reason"], facts["at"]) == (branch_owner, "Seasonal", row.paused_at)


def test_doing_it_twice_is_refused_and_leaves_no_trace(branch_owner, connection, heard):
    pause_connection(connection, by=branch_owner, reason="Seasonal")

    with pytest.raises(Refused, match="Acme Bakery is paused already"):
        pause_connection(connection, by=branch_owner, reason="Again")
    resume_connection(connection, by=branch_owner)
    with pytest.raises(Refused, match="Acme Bakery is active already"):
        resume_connection(connection, by=branch_owner)

    assert [name for name, _ in heard] == ["connection_paused", "connection_resumed"]
    assert len(lines(connection)) == 2
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"reason": " "}, "Say why."),
        ({"reason": "x", "until": clock.today() - timedelta(days=1)}, "has passed already"),
    ],
)
def test_a_pause_needs_a_reason_and_an_end_to_come(branch_owner, connection, facts, says):
    with pytest.raises(Refused, match=says):
        pause_connection(connection, by=branch_owner, **facts)

    assert Connection.objects.get().status == ConnectionStatus.ACTIVE


def test_resuming_clears_the_pause_and_says_so(branch_owner, branch, heard):
    row = factories.ConnectionFactory(branch=branch, paused=True, paused_until=clock.today())

    resume_connection(row, by=branch_owner, reason="Season begins")

    row.refresh_from_db()
    assert (row.status, row.paused_at, row.paused_until) == (ConnectionStatus.ACTIVE, None, None)
    assert lines(row) == ["Olga London Owner resumed the relationship"]
    assert row.history.first().history_change_reason == "Season begins"
    assert [name for name, _ in heard] == ["connection_resumed"]


def test_each_client_of_a_set_is_told_what_became_of_it(branch_owner, branch, connection):
    paused = factories.ConnectionFactory(branch=branch, paused=True, name="Echo Farms")
    ended = factories.ConnectionFactory(branch=branch, disconnected=True)
    pending = factories.ConnectionFactory(branch=branch, pending=True)
    hidden = factories.ConnectionFactory(branch=branch, restricted=True)
    ids = [paused.pk, connection.pk, ended.pk, pending.pk, hidden.pk, connection.pk]

    outcomes = pause_connections(ids, by=branch_owner, reason="Seasonal")

    assert outcomes == [
        Outcome(paused.pk, "unchanged", "Echo Farms is paused already."),
        Outcome(connection.pk, "changed", "Active → Paused"),
        Outcome(ended.pk, "refused", "This client is disconnected; its records are read-only."),
        Outcome(pending.pk, "refused", "This client is not connected yet."),
        Outcome(hidden.pk, "refused", "There is no such client."),
    ]


def test_it_takes_the_permission(unassigned_member, assigned_member, connection):
    with pytest.raises(Refused, match="There is no such client"):
        pause_connection(connection, by=unassigned_member, reason="Mischief")
    with pytest.raises(Refused, match="lacks “Delete Clients”"):
        disconnect_connection(connection, by=assigned_member)

    assert Connection.objects.get().status == ConnectionStatus.ACTIVE


def statements_of(work) -> int:
    with CaptureQueriesContext(database) as found:
        work()
    return len(found)


def test_a_set_costs_as_many_statements_as_one(super_admin, branch):
    rows = [factories.ConnectionFactory(branch=branch) for _ in range(8)]
    for row in rows:
        factories.ConnectionPeriodFactory(connection=row)
    one, many = [rows[0].pk], [row.pk for row in rows[1:]]

    pausing = [statements_of(lambda ids=ids: pause_connections(ids, by=super_admin, reason="x"))
               for ids in (one, many)]  # fmt: skip
    resuming = [statements_of(lambda ids=ids: resume_connections(ids, by=super_admin))
                for ids in (one, many)]  # fmt: skip
    reason = DisconnectReason.NON_PAYMENT
    ending = [
        statements_of(lambda ids=ids: disconnect_connections(ids, by=super_admin, reason=reason))
        for ids in (one, many)
    ]

    for first, second in (pausing, resuming, ending):
        assert first == second


def test_the_moves_are_those_of_the_table():
    for move in (PAUSE, RESUME, DISCONNECT):
        for source in move.sources:
            assert CONNECTION_TRANSITIONS.allows(source, move.target)


def test_alerts_are_for_active_clients_alone(branch, connection):
    factories.ConnectionFactory(branch=branch, paused=True)
    factories.ConnectionFactory(branch=branch, disconnected=True)

    assert list(Connection.objects.audible()) == [connection]


def test_the_team_reads_while_paused_and_keeps_its_assignments(
    branch_owner, assigned_member, connection
):
    pause_connection(connection, by=branch_owner, reason="Seasonal")

    def may(code):
        return Connection.objects.permitted(assigned_member, connection.firm_id, code).exists()

    assert may(p.VIEW_CLIENT)
    assert not may(p.UPDATE_CLIENTS)
    assert TeamAssignment.objects.get().get_role_display() == "Full Access"
    resume_connection(connection, by=branch_owner)
    assert may(p.UPDATE_CLIENTS)


# The job


def test_the_job_resumes_what_was_agreed_until_today_and_once(branch, heard):
    due = factories.ConnectionFactory(branch=branch, paused=True, paused_until=clock.today())
    later = clock.today() + timedelta(days=1)
    factories.ConnectionFactory(branch=branch, paused=True, paused_until=later)
    factories.ConnectionFactory(branch=branch, paused=True)

    first, second = resume_due(), resume_due()

    due.refresh_from_db()
    assert (first, second, due.status) == (1, 0, ConnectionStatus.ACTIVE)
    assert Connection.objects.paused().count() == 2
    assert lines(due) == ["Resumed: the agreed end of the pause"]
    past = due.history.first()
    assert (past.history_change_reason, past.history_user) == (AGREED_END, None)
    assert [(name, facts["by"]) for name, facts in heard] == [("connection_resumed", None)]


# Disconnecting


def test_the_end_writes_all_at_once(branch_owner, assigned_member, connection, heard):
    factories.ConnectionPeriodFactory(connection=connection)

    disconnect_connection(
        connection, by=branch_owner, reason=DisconnectReason.SWITCHED, note="Went to Southgate."
    )

    row = Connection.objects.get()
    assert row.status == ConnectionStatus.DISCONNECTED
    assert (row.disconnect_reason, row.disconnect_note) == (
        "Switched accountants",
        "Went to Southgate.",
    )
    period = ConnectionPeriod.objects.get()
    assert (period.closed_on, period.close_reason) == (clock.today(), "Switched accountants")
    assert not TeamAssignment.objects.exists()
    assert Note.objects.get().text == "Disconnected, Switched accountants: Went to Southgate."
    assert lines(row) == [
        "Olga London Owner disconnected the client: Switched accountants;"
        " no longer assigned: Mia London Member"
    ]
    assert row.history.first().history_change_reason == "Disconnected: Switched accountants."
    [(name, facts)] = heard
    assert (name, facts["connections"], facts["at"]) == (
        "connection_disconnected",
        [row.pk],
        row.disconnected_at,
    )
    assert not Message.objects.exists()


def test_what_the_end_writes_is_not_later_than_the_end(branch_owner, assigned_member, connection):
    disconnect_connection(connection, by=branch_owner)

    at = Connection.objects.get().disconnected_at
    assert ActivityEvent.objects.get().at <= at
    assert Note.objects.get().created_at <= at
    assert connection.history.first().history_date <= at
    assert TeamAssignment.history.first().history_date <= at


def test_other_needs_a_note(branch_owner, connection):
    with pytest.raises(Refused, match="“Other” needs a note"):
        disconnect_connection(connection, by=branch_owner, reason=DisconnectReason.OTHER)

    assert Connection.objects.get().is_open


def test_a_failing_listener_undoes_the_end(branch_owner, assigned_member, connection):
    def fail(**_):
        raise RuntimeError("billing is down")

    signals.connection_disconnected.connect(fail)

    with pytest.raises(RuntimeError), transaction.atomic():
        disconnect_connection(connection, by=branch_owner)
    signals.connection_disconnected.disconnect(fail)

    assert Connection.objects.get().is_open
    assert TeamAssignment.objects.exists()


@pytest.mark.parametrize("is_held", [False, True])
def test_a_bill_us_account_is_archived_unless_another_firm_holds_it(
    branch_owner, connection, as_firm, is_held
):
    if is_held:
        factories.ConnectionFactory(account=connection.account)

    with as_firm(connection.firm, branch_owner):
        disconnect_connection(connection, by=branch_owner)

    assert ClientAccount.objects.get().is_archived is not is_held


def test_a_client_pays_account_is_untouched(branch_owner, branch):
    row = factories.ConnectionFactory(branch=branch, client_pays=True)

    disconnect_connection(row, by=branch_owner)

    assert not ClientAccount.objects.get().is_archived
    assert row.account.history.count() == 1


def test_another_firm_may_connect_afterwards(branch_owner, connection):
    disconnect_connection(connection, by=branch_owner)

    again = factories.ConnectionFactory(account=connection.account)

    assert again.is_open


# What the database itself refuses, to raw SQL as the application's role


def run(statement: str, *values: object) -> None:
    with transaction.atomic(), because("Mischief"), database.cursor() as cursor:
        cursor.execute(statement, values)


def test_sql_cannot_change_the_billing_model(connection):
    with pytest.raises(IntegrityError, match="billing model of a connection cannot change"):
        run("UPDATE clients_connection SET billing_model = 'client_pays'")


@pytest.mark.parametrize("status", ["active", "paused", "pending"])
def test_sql_cannot_undo_the_end(branch, status):
    factories.ConnectionFactory(branch=branch, disconnected=True, paused_at=clock.now())

    with pytest.raises(IntegrityError, match="accepted reconnection"):
        run("UPDATE clients_connection SET status = %s", status)
    run("UPDATE clients_connection SET status = 'reconnecting'")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clients_connectionperiod SET closed_on = NULL",
        "UPDATE clients_connectionperiod SET close_reason = 'Other'",
        "DELETE FROM clients_connectionperiod",
    ],
)
def test_sql_cannot_change_a_closed_period(connection, statement):
    factories.ConnectionPeriodFactory(connection=connection, closed_on=clock.today())

    with pytest.raises(IntegrityError, match="a closed period is final"):
        run(statement)


# Races


def race(*works) -> list[str]:
    """Each in a connection of its own, at once; "done", or what was refused."""
    start = threading.Barrier(len(works))

    def attempt(work) -> str:
        start.wait()
        try:
            with tenancy.as_system():
                work()
        except Refused as refusal:
            return str(refusal)
        finally:
            database.close()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(attempt, works))


@pytest.mark.django_db(transaction=True)
def test_two_pauses_at_once_have_one_winner(super_admin, connection):
    answers = race(*[lambda: pause_connection(connection, by=super_admin, reason="Seasonal")] * 4)

    assert sorted(answers) == [*["Acme Bakery is paused already."] * 3, "done"]
    with tenancy.as_system():
        assert ActivityEvent.objects.count() == Note.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_pause_and_an_end_at_once_leave_it_ended(super_admin, connection):
    answers = race(
        lambda: disconnect_connection(connection, by=super_admin),
        lambda: pause_connection(connection, by=super_admin, reason="Seasonal"),
    )

    assert answers[0] == "done"
    with tenancy.as_system():
        row = Connection.objects.get()
        assert (row.status, row.paused_at) == (ConnectionStatus.DISCONNECTED, None)


@pytest.mark.django_db(transaction=True)
def test_a_resumption_and_the_job_at_once_happen_once(super_admin, branch):
    row = factories.ConnectionFactory(branch=branch, paused=True, paused_until=clock.today())

    race(lambda: resume_connection(row, by=super_admin), resume_due)

    with tenancy.as_system():
        assert ActivityEvent.objects.filter(connection=row).count() == 1
        assert Connection.objects.get().status == ConnectionStatus.ACTIVE
