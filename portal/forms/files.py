"""The forms of files and folders (F-176, F-178)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from clients.models import ContactAccess
from portal.actions.files import NOWHERE, Place
from portal.models import ClientFile, Folder, FolderKind
from portal.uploads.kinds import BY_EXTENSION, TAKEN
from portal.uploads.names import LONGEST_FOLDER, LONGEST_NAME
from practice.forms.fields import TidyField

CHOOSE = "Choose at least one file."
NOT_IN_A_FOLDER = "Not in a folder"
MB = 1024 * 1024
LIMITS = f"At most {{}} MB each, and {{}} MB at once. Taken are {TAKEN}."
YEARS = (1990, 2100)


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class FilesField(forms.Field):
    """Several files under one name, as they arrived; what each of them is, the action judges."""

    widget = FilesInput

    def clean(self, value: Any) -> list[UploadedFile]:
        return list(value or [])


def files_field(label: str, *, required: bool = False, **attributes: object) -> FilesField:
    """The form says what is missing: files or a folder; `required` is for the label alone."""
    listed = ",".join(f".{extension}" for extension in BY_EXTENSION)
    widget = FilesInput(attrs={"multiple": True, "accept": listed, **attributes})
    return FilesField(label=label, required=required, widget=widget)


def places_of(folders: Iterable[Folder]) -> list[tuple[str, str]]:
    """Folders of the client, and those that make themselves, there or not yet."""
    known = list(folders)
    there = {folder.kind for folder in known}
    own = [(str(folder.pk), folder.name) for folder in known]
    missing = [k for k in FolderKind if k != FolderKind.CUSTOM and k not in there]
    return [("", NOT_IN_A_FOLDER), *own, *((kind.value, str(kind.label)) for kind in missing)]


class PlaceField(forms.ChoiceField):
    """A folder; cleaned to a `Place`."""

    def clean(self, value: Any) -> Place:
        chosen = super().clean(value)
        if chosen in FolderKind.values:
            return Place(kind=FolderKind(chosen))
        return Place(folder_id=int(chosen)) if chosen else NOWHERE


class UploadForm(forms.Form):
    """`key` makes two clicks one; the limits stand beside the form."""

    chosen = files_field("Files", required=True)
    whole_folder = files_field("Or a whole folder", webkitdirectory=True)
    place = PlaceField(label="Folder", required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, files: Any = None, *, folders: Iterable[Folder], place: str = ""
    ) -> None:
        super().__init__(data, files, initial={"key": uuid4(), "place": place})
        self.fields["place"].choices = self.places(folders)  # type: ignore[attr-defined]
        limits = (settings.FILES_MAX_BYTES // MB, settings.FILES_MAX_REQUEST_BYTES // MB)
        self.fields["chosen"].help_text = LIMITS.format(*limits)

    def places(self, folders: Iterable[Folder]) -> Sequence[tuple[str, str]]:
        return places_of(folders)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["uploads"] = [*cleaned.get("chosen", []), *cleaned.get("whole_folder", [])]
        if not cleaned["uploads"]:
            self.add_error("chosen", CHOOSE)
        return cleaned

    @property
    def answers(self) -> dict[str, Any]:
        """As the actions take them."""
        return {name: self.cleaned_data[name] for name in ("uploads", "place", "key")}


class StaffUploadForm(UploadForm):
    is_visible = forms.BooleanField(
        label="Visible to the client at once",
        required=False,
        help_text="Nobody is written to. To write to somebody, make a file visible from the list.",
    )

    @property
    def answers(self) -> dict[str, Any]:
        return {**super().answers, "is_visible": self.cleaned_data["is_visible"]}


class ContactUploadForm(UploadForm):
    """Into folders that people made; the others fill themselves."""

    def places(self, folders: Iterable[Folder]) -> Sequence[tuple[str, str]]:
        own = [(str(folder.pk), folder.name) for folder in folders if folder.is_custom]
        return [("", NOT_IN_A_FOLDER), *own]

    @property
    def answers(self) -> dict[str, Any]:
        given = super().answers
        return {
            "uploads": given["uploads"],
            "folder_id": given["place"].folder_id,
            "key": given["key"],
        }


class FileForm(forms.Form):
    name = TidyField(max_length=LONGEST_NAME)
    place = PlaceField(label="Folder", required=False)
    year = forms.IntegerField(
        required=False,
        min_value=YEARS[0],
        max_value=YEARS[1],
        help_text="The year that it is about.",
    )

    def __init__(self, data: Any = None, *, file: ClientFile, folders: Iterable[Folder]) -> None:
        initial = {"name": file.name, "place": str(file.folder_id or ""), "year": file.year}
        super().__init__(data, initial=initial)
        self.fields["place"].choices = places_of(folders)  # type: ignore[attr-defined]


class FolderForm(forms.Form):
    name = TidyField(max_length=LONGEST_FOLDER)


class ShowForm(forms.Form):
    """Whom to tell that a file is visible now: those who are ticked, or nobody (F-176)."""

    tell = forms.TypedMultipleChoiceField(
        label="Notify",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick nobody, and nobody is written to.",
    )

    def __init__(self, data: Any = None, *, people: Sequence[ContactAccess]) -> None:
        super().__init__(data)
        choices = [(a.pk, f"{a.contact.name} ({a.contact.email})") for a in people]
        self.fields["tell"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["tell"]
