"""Practice Settings > Portal: the look of the portal, and how clients sign in."""

from hashlib import sha256
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from portal.models import PortalSettings
from portal.models.colours import BLACK, COLOUR, SUNKEN, contrast, is_readable, readable
from portal.models.settings import LARGEST_LOGO
from practice.forms.fields import TidyField

# What a file of each type begins with. No SVG: it can carry a script.
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
NO_COLOUR = "Write the colour as #rrggbb, for example #14604c."
PALE = "Words in this colour are hard to read ({:.1f}:1, and 4.5:1 is needed). {} is the nearest."
TOO_LARGE = "The file is larger than 200 kB."
NO_PICTURE = "Choose a PNG or JPEG picture."


class BrandingForm(forms.ModelForm):
    name = TidyField(
        label="Name in the portal",
        max_length=120,
        required=False,
        help_text="Empty: the name of your firm.",
    )
    colour = forms.CharField(
        max_length=7,
        required=False,
        help_text="Of buttons and links. Empty: our green.",
        widget=forms.TextInput({"placeholder": "#14604c"}),
    )
    picture = forms.FileField(
        label="Logo",
        required=False,
        help_text="PNG or JPEG, up to 200 kB; shown 32 pixels high.",
        widget=forms.FileInput({"accept": ",".join(PICTURES)}),
    )
    is_without = forms.BooleanField(label="Remove the logo", required=False)

    class Meta:
        model = PortalSettings
        fields = ("name", "colour")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.logo_hash:
            del self.fields["is_without"]

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"].strip().lower()
        if not colour:
            return ""
        if not COLOUR.fullmatch(colour):
            raise forms.ValidationError(NO_COLOUR)
        if not is_readable(colour):
            nearest = readable(colour, SUNKEN, BLACK)
            raise forms.ValidationError(PALE.format(contrast(colour, SUNKEN), nearest))
        return colour

    def clean_picture(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["picture"]
        if file is None:
            return None
        if (file.size or 0) > LARGEST_LOGO:
            raise forms.ValidationError(TOO_LARGE)
        if not type_of(file):
            raise forms.ValidationError(NO_PICTURE)
        return file

    @property
    def facts(self) -> dict[str, object]:
        """What is to be saved."""
        facts: dict[str, object] = {name: self.cleaned_data[name] for name in ("name", "colour")}
        if file := self.cleaned_data["picture"]:
            file.seek(0)
            logo = file.read()
            shown = {"logo_type": type_of(file), "logo_hash": sha256(logo).hexdigest()}
            return facts | {"logo": logo} | shown
        if self.cleaned_data.get("is_without"):
            return facts | {"logo": None, "logo_type": "", "logo_hash": ""}
        return facts


def type_of(file: UploadedFile) -> str:
    """By its first bytes, whatever its name says; "" for what is no picture."""
    file.seek(0)
    start = file.read(8)
    return next((kind for kind, sign in PICTURES.items() if start.startswith(sign)), "")


class SignInSettingsForm(forms.ModelForm):
    class Meta:
        model = PortalSettings
        fields = ("requires_second_factor", "link_minutes", "sent_link_hours")
        labels = {
            "requires_second_factor": "Require two-factor of clients",
            "link_minutes": "Minutes that a link lasts which a client asks for",
            "sent_link_hours": "Hours that a link lasts which your team sends",
        }
        help_texts = {
            "requires_second_factor": "Who has no app and no passkey yet sets one up first.",
        }
