"""Files that the firm and a client share, and the folders they lie in (F-175…F-178)."""

from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from clients.contact_rules import VIEW_FILES, VIEW_ORGANIZERS, VIEW_TAX, ContactAction
from clients.models import Connection, Contact, ContactAccess
from clients.models.connections import ConnectionOwned
from portal.uploads.kinds import BY_EXTENSION, Kind
from portal.uploads.names import LONGEST_FOLDER, LONGEST_NAME, extension_of
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import OF_PORTAL_CLIENT, FirmOwnedQuerySet


class FolderKind(models.TextChoices):
    """All but the first make themselves, once a client needs them, and stay (F-177b)."""

    CUSTOM = "custom", "Folder"
    QUESTIONS = "questions", "Questions"
    TAX_RETURN = "tax_return", "Tax return"
    ORGANIZER = "organizer", "Organizer"


AUTO_KINDS = {str(kind.label).lower(): kind for kind in FolderKind if kind != FolderKind.CUSTOM}
# What opens a folder to a contact; what lies in none is as in one of the firm's own (S2.13, S2.14).
OPENED_BY: dict[str, ContactAction] = {
    FolderKind.CUSTOM: VIEW_FILES,
    FolderKind.QUESTIONS: VIEW_FILES,
    FolderKind.TAX_RETURN: VIEW_TAX,
    FolderKind.ORGANIZER: VIEW_ORGANIZERS,
}
TO_SEE_ANY = tuple(dict.fromkeys(OPENED_BY.values()))


class FileState(models.TextChoices):
    """Only what is clean is ever handed out."""

    PENDING = "pending", "Waits for the virus scan"
    CLEAN = "clean", "Checked"
    REFUSED = "refused", "Refused"


WITH_SOMETHING_TO_SEE = (
    "SELECT folder_id FROM portal_clientfile WHERE is_visible AND deleted_at IS NULL"
)


class FolderQuerySet(FirmOwnedQuerySet["Folder"]):
    def of(self, connection_id: int) -> Self:
        return self.filter(connection_id=connection_id).order_by(Lower("name"), "pk")


class Folder(ConnectionOwned):
    """A folder of one client. A whole folder that was sent keeps its name: "Receipts/2026"."""

    name = models.CharField(max_length=LONGEST_FOLDER)
    kind = models.CharField(max_length=12, choices=FolderKind, default=FolderKind.CUSTOM)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    is_client_content = True
    # In which there is something to see: a name may say what nobody is to know.
    portal_policy = f"{OF_PORTAL_CLIENT} AND id IN ({WITH_SOMETHING_TO_SEE})"

    history = History()
    objects = FolderQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "connection", Lower("name"), name="folder_name_once_per_client"
            ),
            models.UniqueConstraint(
                fields=["connection", "kind"],
                condition=~Q(kind=FolderKind.CUSTOM),
                name="folder_of_its_own_kind_once_per_client",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_custom(self) -> bool:
        return self.kind == FolderKind.CUSTOM

    @property
    def opened_by(self) -> ContactAction:
        return OPENED_BY[self.kind]


def kinds_open_to(access: ContactAccess) -> list[str]:
    """Folders that this contact may look into now."""
    return [kind for kind, action in OPENED_BY.items() if access.explain(action).allowed]


def lying_in(kinds: Iterable[str]) -> Q:
    """Files in folders of these kinds."""
    inside = Q(folder__kind__in=list(kinds))
    return inside | Q(folder=None) if FolderKind.CUSTOM in kinds else inside


class FileQuerySet(FirmOwnedQuerySet["ClientFile"]):
    def of(self, connection_id: int) -> Self:
        return self.filter(connection_id=connection_id)

    def kept(self) -> Self:
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        """Those that can still be brought back."""
        return self.filter(deleted_at__isnull=False).exclude(storage_key="")

    def shown(self) -> Self:
        """With the eye on; what waits for its scan is listed and not handed out."""
        return self.kept().filter(is_visible=True).exclude(state=FileState.REFUSED)

    def seen_by(self, *accesses: ContactAccess) -> Self:
        """What these see, each at its own client; the list form of `ClientFile.explain`."""
        wanted = Q(pk__in=[])
        for access in accesses:
            kinds = kinds_open_to(access)
            if kinds:
                wanted |= Q(connection_id=access.connection_id) & lying_in(kinds)
        return self.shown().filter(wanted)

    def unread_by(self, contact: Contact) -> Self:
        """What the firm shares and the contact has not opened."""
        read = FileRead.objects.filter(contact=contact).values("file_id")
        return self.filter(state=FileState.CLEAN, contact=None).exclude(pk__in=read)

    def pending(self) -> Self:
        return self.filter(state=FileState.PENDING, deleted_at=None)


class ClientFile(ConnectionOwned):
    """One file. `contact` is who added it for the client; without one it is the firm's.

    `storage_key` is where it is kept, "" once that is gone; `key` makes two clicks one file. What
    the sender said about its content is nowhere: `kind` was found in it.
    """

    folder = models.ForeignKey(
        Folder, on_delete=models.PROTECT, null=True, blank=True, related_name="files"
    )
    name = models.CharField(max_length=LONGEST_NAME)
    size = models.BigIntegerField(editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    state = models.CharField(max_length=10, choices=FileState, default=FileState.PENDING)
    is_visible = models.BooleanField("visible to the client", default=False)
    visible_at = models.DateTimeField(null=True, blank=True, editable=False)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    uploaded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    storage_key = models.CharField(max_length=100, blank=True, editable=False)
    key = models.UUIDField(null=True, blank=True, editable=False)

    is_client_content = True
    portal_policy = (
        f"{OF_PORTAL_CLIENT} AND is_visible AND deleted_at IS NULL AND state <> 'refused'"
    )

    history = History(excluded_fields=["storage_key", "key"])
    objects = FileQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="file_once_per_form"),
            models.CheckConstraint(
                condition=Q(is_visible=False) | Q(visible_at__isnull=False),
                name="visible_file_says_since_when",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-created_at", "-id"], name="file_by_connection"),
            models.Index(fields=["created_at"], name="file_to_scan", condition=Q(state="pending")),
            models.Index(
                fields=["deleted_at"],
                name="file_to_remove",
                condition=Q(deleted_at__isnull=False) & ~Q(storage_key=""),
            ),
            models.Index(fields=["storage_key"], name="file_by_storage_key"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> Kind:
        return BY_EXTENSION[extension_of(self.name)]

    @property
    def is_ready(self) -> bool:
        """To be handed out to who may have it."""
        is_here = bool(self.storage_key) and not self.deleted_at
        return is_here and self.state == FileState.CLEAN

    @property
    def opened_by(self) -> ContactAction:
        return self.folder.opened_by if self.folder else VIEW_FILES

    def is_seen_by(self, access: ContactAccess) -> bool:
        """The single form of `seen_by`."""
        is_shown = self.is_visible and not self.deleted_at and self.state != FileState.REFUSED
        is_theirs = access.connection_id == self.connection_id
        return is_shown and is_theirs and access.explain(self.opened_by).allowed

    @property
    def added_by(self) -> str:
        who: Any = self.contact or self.uploaded_by
        return str(who or "Unknown")


class FileRead(ConnectionOwned):
    """A contact opened a file; from then on it does not wait for them (F-167)."""

    file = models.ForeignKey(ClientFile, on_delete=models.PROTECT, related_name="reads")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(default=clock.now, editable=False)

    portal_policy = "contact_id = (SELECT app.contact_id())"

    objects = FirmOwnedQuerySet["FileRead"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "contact"], name="file_read_once")]

    def __str__(self) -> str:
        return f"{self.file} by {self.contact}"


def auto_folder(connection: Connection, kind: FolderKind) -> Folder:
    """The folder that makes itself; inside `because`, with the client locked (F-177b)."""
    folder: Folder | None = Folder.objects.filter(connection=connection, kind=kind).first()
    if folder is None:
        folder = Folder.objects.create(
            firm_id=connection.firm_id, connection=connection, kind=kind, name=str(kind.label)
        )
    return folder
