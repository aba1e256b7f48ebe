"""Row-level security, history triggers and composite keys on every table, read from PostgreSQL."""

from datetime import date

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection as database
from django.db import models, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.test.utils import CaptureQueriesContext
from guardian.models import GroupObjectPermission, UserObjectPermission

from billing.models import AccountSubscription, BuiltinPayment, GatewayEvent
from clients.models import ActivityEvent, ClientAccount, LedgerBlock, Note
from invitations.models import ExternalInvitation
from practice import tenancy
from practice.database import (
    TRIGGERS,
    history_models,
    owned_references,
    policied_models,
)
from practice.history import HistoryFacts, because
from practice.models import Firm, User
from practice.tenancy import firm_owned_models
from tests import factories

pytestmark = pytest.mark.django_db

LONG_AGO = date(2020, 1, 1)
OURS = ("practice", "clients", "invitations", "billing", "portal")
# Tables of our apps that belong to no firm: they are read before one is known, or are the
# installation's own.
NOBODYS = {
    "practice_user",
    "practice_schedule",
    "practice_clockoffset",
    "billing_plan",
    "billing_planprice",
    "billing_promotion",
}


def fetch(statement: str, *words: object) -> list[tuple]:
    with database.cursor() as cursor:
        cursor.execute(statement, words)
        return cursor.fetchall()


def guarded_tables() -> set[str]:
    return {
        model._meta.db_table
        for model in [*firm_owned_models(), *policied_models(), *history_models()]
    }


def our_tables() -> set[str]:
    return {m._meta.db_table for m in apps.get_models() if m._meta.app_label in OURS}


def many_to_many_tables() -> set[str]:
    return {
        field.remote_field.through._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created
    }


def sources() -> list[type[models.Model]]:
    return [history.instance_type for history in history_models()]


def test_every_table_of_ours_is_guarded_or_known_to_be_nobodys():
    assert our_tables() - guarded_tables() == NOBODYS


def test_no_hidden_table_joins_rows():
    """A many-to-many table of Django's own making would have no policy."""
    assert many_to_many_tables() <= {"practice_user_groups", "practice_user_user_permissions"}


def test_every_guarded_table_enables_and_forces_its_policy():
    rows = fetch(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, count(p.polname)"
        " FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant'"
        " WHERE c.relname = ANY(%s) GROUP BY 1, 2, 3",
        sorted(guarded_tables()),
    )

    assert {row[0]: row[1:] for row in rows} == dict.fromkeys(guarded_tables(), (True, True, 1))


def test_after_a_migrate_the_installer_is_asked_once():
    """The signal is sent for each app; the tests' role owns nothing, so the question is all."""
    with CaptureQueriesContext(database) as asked:
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")

    questions = [one["sql"] for one in asked if "tableowner = current_user" in one["sql"]]
    assert len(questions) == 1


def test_other_policies_are_the_owners_alone():
    """`search` lets the owner's functions read ids; the application's role has no second policy."""
    rows = fetch(
        "SELECT tablename, policyname, roles::text FROM pg_policies"
        " WHERE policyname NOT IN ('tenant', 'portal')"
    )

    assert [(t, p) for t, p, _ in rows] == [("clients_connection", "search")]
    assert settings.APPLICATION_ROLE not in rows[0][2].strip("{}").split(",")


def test_the_portal_opens_the_tables_that_say_so_and_for_reading_alone():
    rows = fetch("SELECT tablename, cmd FROM pg_policies WHERE policyname = 'portal'")
    opened = {m._meta.db_table for m in apps.get_models() if getattr(m, "portal_policy", "")}

    assert dict(rows) == dict.fromkeys(opened, "SELECT")


def test_functions_that_run_as_the_owner_fix_their_search_path():
    rows = fetch(
        "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE prosecdef AND nspname IN ('app', 'public')"
        " AND NOT coalesce(array_to_string(proconfig, ',') LIKE 'search_path=%%', false)"
    )

    assert rows == []


def test_no_view_runs_with_the_rights_of_its_owner():
    rows = fetch("SELECT viewname FROM pg_views WHERE schemaname = 'public'")

    assert rows == []


@pytest.fixture
def whole_world(connection, super_admin, outsider, firm):
    """A row in every firm-owned table of two firms."""
    for owner in Firm.objects.all():
        branch = factories.BranchFactory(firm=owner)
        row = factories.ConnectionFactory(branch=branch)
        member = factories.TeamMemberFactory(firm=owner)
        about = {"connection": row, "firm": owner}
        factories.BranchMembershipFactory(firm=owner, branch=branch, member=member)
        factories.TeamAssignmentFactory(content_object=row, user=member.user)
        factories.ConnectionPeriodFactory(**about)
        factories.ContactAccessFactory(**about)
        factories.PortalPreviewFactory(**about, user=member.user)
        factories.ActivityEventFactory(**about)
        factories.AccessVisitFactory(**about, user=member.user)
        factories.UsageSnapshotFactory(**about)
        block = factories.LedgerBlockFactory(account=row.account)
        factories.LedgerEntryFactory(**about, account=row.account, user=member.user, block=block)
        factories.UsageEventFactory(**about)
        factories.UsageDayFactory(**about)
        run = factories.ImportRunFactory(branch=branch, firm=owner, started_by=member.user)
        factories.ImportRowFactory(run=run, firm=owner)
        review = factories.AccessReviewFactory(branch=branch, started_by=member.user)
        factories.AccessReviewItemFactory(**about, review=review, user=member.user)
        factories.NoteFactory(**about)
        factories.ReconnectInvitationFactory(**about)
        factories.ClientInvitationFactory(branch=branch)
        factories.ExternalInvitationFactory(account=row.account, invited_by=member.user)
        factories.BranchLinkFactory(branch=branch)
        factories.ClientSetupFactory(branch=branch)
        factories.ReferralSignUpFactory(link__firm=owner)
        factories.TaskFactory(**about)
        factories.KeyDateFactory(**about)
        factories.TicketReplyFactory(ticket__connection=row, ticket__firm=owner)
        factories.ReplyFileFactory(reply__question__connection=row)
        factories.QuestionSettingsFactory(connection=row)
        person = factories.ContactFactory(firm=row.firm)
        factories.SignInLinkFactory(contact=person, token_hash=f"of {row.pk}")
        factories.PortalSettingsFactory(firm=row.firm)
        factories.AlertFactory(**about)
        factories.DownloadFactory(member=member, firm=owner)
        factories.SignInCountryFactory(member=member, firm=owner)
        factories.AccessRequestFactory(**about)
        factories.AssignmentRequestFactory(**about)
        factories.ClientMessageFactory(**about)
        factories.OwnerInvitationFactory(**about, invited_by=member.user)
        factories.HandoverPackFactory(**about, made_by=member.user)
        factories.TaxReturnFactory(**about)
        factories.FileReadFactory(
            file__connection=row, file__folder=factories.FolderFactory(**about)
        )
        factories.MessageTemplateFactory(firm=owner)
        factories.PaymentMethodFactory(branch=branch)
        factories.BillingVerificationFactory(branch=branch, requested_by=member.user)
        factories.AccountSubscriptionFactory(account=row.account)
        factories.ChargeFactory(invoice__branch=branch, invoice__month=LONG_AGO, method=None)
        factories.GatewayEventFactory()
        factories.BuiltinPaymentFactory()
        bulk = factories.BulkRunFactory(firm=owner, started_by=member.user)
        factories.BulkItemFactory(**about, run=bulk)
        factories.SavedViewFactory(member=member, firm=owner)
        factories.TeamInvitationFactory(branch=branch, invited_by=member.user)
        factories.SecurityEventFactory(member=member, firm=owner)
        factories.ApiKeyFactory(firm=owner)
        factories.WebhookDeliveryFactory(webhook__firm=owner)
        factories.TagFactory(firm=owner)
        factories.PlanPriceFactory()
        factories.PromotionOfferFactory(**about)
        factories.SpanFactory(connection=row)
        factories.BranchInvoiceLineFactory(connection=row)
        factories.InvoiceNumbersFactory(firm=owner)
        factories.MessageFactory(firm=owner)
        factories.JobFactory(firm=owner)


def counts(tables: set[str]) -> dict[str, int]:
    return {table: fetch(f"SELECT count(*) FROM {table}")[0][0] for table in sorted(tables)}


def test_the_world_has_a_row_in_every_guarded_table(whole_world):
    """Or the tests below would find nothing where nothing is."""
    assert [table for table, count in counts(guarded_tables()).items() if not count] == []


def test_without_a_context_every_guarded_table_is_empty(whole_world, as_nobody):
    with as_nobody():
        seen = counts(guarded_tables())

    assert seen == dict.fromkeys(seen, 0)


def foreign_rows(model: type[models.Model], firm: Firm) -> list[tuple]:
    """Rows of other firms that the running context sees."""
    table = model._meta.db_table
    return fetch(f"SELECT * FROM {table} WHERE firm_id IS DISTINCT FROM %s", firm.pk)


def test_a_firm_sees_no_foreign_row_of_any_table(whole_world, firm, as_firm):
    with as_firm(firm):
        seen = {m._meta.db_table: len(foreign_rows(m, firm)) for m in firm_owned_models()}

    assert seen == dict.fromkeys(seen, 0)


def test_the_past_of_accounts_and_people_stays_in_its_firm(whole_world, firm, as_firm):
    with as_firm(firm):
        accounts = {owner for (owner,) in fetch("SELECT id FROM clients_historicalclientaccount")}
        mine = {pk for (pk,) in fetch("SELECT account_id FROM clients_connection")}
        firms = fetch("SELECT DISTINCT id FROM practice_historicalfirm")

    assert (accounts - mine, firms) == (set(), [(firm.pk,)])


def writable_models() -> list[type[models.Model]]:
    return [
        m
        for m in [*firm_owned_models(), *policied_models()]
        if not issubclass(m, HistoryFacts) and m is not Firm
    ]


def rows_of(model: type[models.Model], firm: Firm) -> models.QuerySet:
    is_owned = any(f.attname == "firm_id" for f in model._meta.concrete_fields)
    if is_owned or model in PROVIDERS:
        return model._base_manager.filter(**{"firm": firm} if is_owned else {})
    of_account = "connections__firm" if model is ClientAccount else "account__connections__firm"
    return model._base_manager.filter(**{of_account: firm})


# Rows that are the account owner's or the payment providers', however close a firm is (C15): none
# is there to be copied.
PROVIDERS = {GatewayEvent, BuiltinPayment}
NO_FIRMS = {ExternalInvitation, AccountSubscription, LedgerBlock, *PROVIDERS}


def touch(statement: str, words: list[object]) -> int:
    with because("Mischief."), database.cursor() as cursor:
        cursor.execute(statement, words)
        return cursor.rowcount


@pytest.mark.parametrize("verb", ["UPDATE {table} SET {key} = {key}", "DELETE FROM {table}"])
def test_foreign_rows_are_neither_changed_nor_deleted(whole_world, as_firm, firm, verb):
    other = Firm.objects.get(slug="southgate")
    foreign = {m: list(rows_of(m, other).values_list("pk", flat=True)) for m in writable_models()}
    touched = {}

    with as_firm(firm):
        for model, keys in foreign.items():
            table, key = model._meta.db_table, model._meta.pk.column
            statement = verb.format(table=table, key=key) + f" WHERE {key} = ANY(%s)"
            touched[table] = touch(statement, [keys])

    assert all(foreign.values())
    assert touched == dict.fromkeys(touched, 0)


def copy_into(model: type[models.Model], row: models.Model, firm: Firm) -> str:
    """What PostgreSQL says to a copy of the row in another firm."""
    fields = [f.column for f in model._meta.concrete_fields if not f.primary_key or f.is_relation]
    values = [str(firm.pk) if column == "firm_id" else f'"{column}"' for column in fields]
    table, key = model._meta.db_table, model._meta.pk.column
    columns = ", ".join(f'"{column}"' for column in fields)
    try:
        with transaction.atomic():
            touch(
                f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {table}"
                f" WHERE {key} = %s",
                [row.pk],
            )
    except (ProgrammingError, IntegrityError) as refusal:
        return str(refusal).partition(" for table")[0]
    return "accepted"


def test_nothing_is_inserted_into_another_firm(whole_world, as_firm, firm):
    other = Firm.objects.get(slug="southgate")
    mine = {m: rows_of(m, firm).last() for m in writable_models() if m not in NO_FIRMS}

    with as_firm(firm):
        answers = {m._meta.db_table: copy_into(m, row, other) for m, row in mine.items()}

    assert answers == dict.fromkeys(answers, "new row violates row-level security policy")


def test_what_is_an_owners_no_firm_reads(whole_world, as_firm, firm):
    with as_firm(firm):
        assert [m._meta.db_table for m in NO_FIRMS if m._base_manager.exists()] == []


def test_a_row_may_not_move_to_another_firm(connection, outsider, as_firm, firm):
    other = Firm.objects.exclude(pk=firm.pk).get()

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        as_firm(firm),
        because("Mischief."),
    ):
        fetch("UPDATE clients_connection SET firm_id = %s RETURNING 1", other.pk)


# History


def test_every_audited_table_has_its_triggers():
    rows = fetch(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE 'audit_%%' AND t.tgenabled = 'O'"
    )
    names = [f"audit_{event.lower()}" for event in TRIGGERS]

    assert set(rows) == {(s._meta.db_table, name) for s in sources() for name in names}


def test_the_application_may_only_read_history():
    rights = {
        history._meta.db_table: [
            verb
            for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
            if fetch("SELECT has_table_privilege(%s, %s)", history._meta.db_table, verb)[0][0]
        ]
        for history in history_models()
    }

    assert rights == dict.fromkeys(rights, ["SELECT"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE practice_historicaluser SET full_name = 'Nobody'",
        "DELETE FROM practice_historicaluser",
        "INSERT INTO practice_historicaluser SELECT * FROM practice_historicaluser",
        "TRUNCATE practice_historicaluser",
    ],
)
def test_the_past_cannot_be_rewritten(super_admin, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenancy.as_system(),
        database.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_triggers_cannot_be_switched_off_by_the_application():
    with (
        pytest.raises(ProgrammingError, match="must be owner|permission denied"),
        tenancy.as_system(),
        database.cursor() as cursor,
    ):
        cursor.execute("ALTER TABLE clients_connection DISABLE TRIGGER ALL")


def columns_of(model: type[models.Model]) -> set[str]:
    return {field.column for field in model._meta.concrete_fields}


def test_history_keeps_every_column_but_the_named_ones():
    left_out = {
        history.instance_type._meta.db_table: columns_of(history.instance_type)
        - columns_of(history)
        for history in history_models()
    }

    assert {table: columns for table, columns in left_out.items() if columns} == LEFT_OUT


LEFT_OUT = {
    "clients_accessrequest": {"key"},  # the form’s, against two clicks
    "clients_assignmentrequest": {"key"},
    "clients_ticket": {"key"},
    "portal_question": {"key"},
    "portal_taxreturn": {"key"},
    "portal_questionsettings": {"reminded_until"},
    "portal_portalsettings": {"logo"},  # its hash is kept
    "portal_signinlink": {"token_hash", "code_hash", "browser_hash", "tries"},
    "billing_charge": {"tries", "not_before"},
    "billing_paymentmethod": {"token", "customer"},
    "clients_bulkrun": {"done", "total", "notice", "selected_ids"},
    "clients_handoverpack": {"nonce", "contents"},
    "clients_keydate": {"reminded_for"},
    "clients_ownerinvitation": {"nonce"},
    "invitations_referrallink": {"name_key"},
    "invitations_teaminvitation": {"nonce"},
    "invitations_reconnectinvitation": {"nonce"},
    "practice_apikey": {"secret_hash", "last_used_at"},
    "practice_webhook": {"nonce", "old_nonce", "failing_since"},
    "practice_user": {"password", "last_login"},
    "clients_contactaccess": {"last_seen_at"},
    "portal_clientfile": {"storage_key", "key"},
    "clients_connection": {
        "name_sort",
        "search_text",
        "client_number_key",
        "last_activity_at",
        "last_accessed_at",
        "access_warned_for",
        "version",
    },
}


def test_operators_read_no_content_of_clients_and_none_of_its_past():
    factories.NoteFactory()

    with tenancy.enter(tenancy.Context(tenancy.Realm.OPERATOR)):
        assert Note.objects.count() == Note.history.count() == 0
    with tenancy.as_system():
        assert Note.objects.count() == Note.history.count() == 1


# Composite keys


def references() -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, field.column)
        for model in firm_owned_models()
        if not issubclass(model, HistoryFacts)
        for field in owned_references(model)
    }


def test_every_reference_between_rows_of_a_firm_carries_the_firm():
    rows = fetch(
        "SELECT c.relname, a.attname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey)"
        " WHERE k.contype = 'f' AND cardinality(k.conkey) = 2 AND a.attname <> 'firm_id'"
        " AND k.conparentid = 0"  # a part of a table has the keys of the whole
    )

    assert set(rows) == references()


def test_a_child_cannot_point_into_another_firm(connection, outsider, as_firm):
    other = Firm.objects.get(slug="southgate")
    touch("SET CONSTRAINTS ALL IMMEDIATE", [])

    with pytest.raises(IntegrityError, match="same_firm"), as_firm(other):
        ActivityEvent.objects.create(
            firm=other, connection_id=connection.pk, kind="edited", text="Mischief"
        )


# Guardian


def test_guardian_keeps_nothing_but_ties(whole_world):
    generic = UserObjectPermission.objects.count(), GroupObjectPermission.objects.count()
    model_level = User.objects.exclude(user_permissions=None).count()
    groups = User.objects.exclude(groups=None).count()

    assert (generic, model_level, groups) == ((0, 0), 0, 0)


def test_no_anonymous_row_is_a_person(db):
    assert User.objects.count() == 0
