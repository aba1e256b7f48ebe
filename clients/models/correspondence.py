"""What the firm wrote to the people of a client, and the texts it writes again and again."""

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from clients.models.connections import Connection, ConnectionOwned
from clients.models.contacts import Contact
from clients.permissions import VIEW_CLIENT
from practice import clock
from practice.history import History
from practice.models import Message, User
from practice.models.outbox import reader_rule
from practice.permissions import Standing
from practice.tenancy import FirmOwned, FirmOwnedQuerySet


class ClientMessage(ConnectionOwned):
    """A message of the outbox that was about this client (F-090); one to a contact of several
    clients stands at each of them (F-090a)."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    is_client_content = True

    objects = FirmOwnedQuerySet["ClientMessage"].as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "connection"], name="message_once_per_client"
            )
        ]
        indexes = [
            models.Index(
                fields=["connection", "-created_at", "-id"], name="client_message_by_client"
            )
        ]

    def __str__(self) -> str:
        return str(self.message)


@reader_rule
def about_seen_clients(rows: Any, standing: Standing) -> Any:
    """In the firm's outbox a message about clients stands for those who see one of them."""
    if standing.is_super_admin:
        return rows
    clients = Connection.objects.filter(firm_id=standing.firm_id)
    seen = clients.for_standing(standing, VIEW_CLIENT).order_by().values("pk")
    entries = ClientMessage.objects.filter(message=OuterRef("pk")).order_by()
    return rows.filter(~Exists(entries) | Exists(entries.filter(connection__in=seen)))


class MessageTemplate(FirmOwned):
    """A text with merge fields, {client} and {contact}, filled before it is sent (F-092c)."""

    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(max_length=10_000)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    history = History()
    objects = FirmOwnedQuerySet["MessageTemplate"].as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "name"], name="template_name_once_per_firm")
        ]

    def __str__(self) -> str:
        return self.name
