"""Forms about one client."""

import re
from typing import Any

from django import forms

from clients.models import ClientAccount, Connection, Tag
from practice.text import fold, tidy

LONGEST_TAG = 40
TAGS_HELP = "Separate tags with commas. New words become tags."
LONGEST_NUMBER = 40
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")
WEB = ("http://", "https://")


class TagsField(forms.CharField):
    """Tags as words, separated by commas; the picker adds and removes them without a script too."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        words = [tidy(word) for word in (super().to_python(value) or "").split(",")]
        return list({fold(word): word for word in words if word}.values())

    def validate(self, value: Any) -> None:
        for word in value:
            if len(word) > LONGEST_TAG or len(fold(word)) > 2 * LONGEST_TAG:
                raise forms.ValidationError(
                    f"“{word[:30]}…” is longer than {LONGEST_TAG} characters."
                )

    def run_validators(self, value: Any) -> None: ...

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else ", ".join(value)


class ClientEditForm(forms.Form):
    """What the firm may change about a client (F-047), with the version it was read at."""

    contact_name = forms.CharField(max_length=200, required=False)
    contact_email = forms.EmailField(required=False)
    tag_names = TagsField(label="Tags", required=False, help_text=TAGS_HELP)
    internal_notes = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Hidden from the client.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def initial_for(cls, connection: Connection, tags: list[Tag]) -> dict[str, Any]:
        return {
            "contact_name": connection.contact_name,
            "contact_email": connection.contact_email,
            "internal_notes": connection.internal_notes,
            "tag_names": [tag.name for tag in tags],
            "version": connection.version,
        }

    def name_tags(self, tags: list[Tag]) -> None:
        """Say which words the firm uses already."""
        if tags:
            known = ", ".join(tag.name for tag in tags)
            self.fields["tag_names"].help_text = f"{TAGS_HELP} Your firm has: {known}."

    def hide_notes(self) -> None:
        """For people who may not read the notes: they keep what they are."""
        del self.fields["internal_notes"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned.setdefault("internal_notes", self.initial.get("internal_notes", ""))
        return cleaned


def company_name(text: str) -> str:
    """Raises `ValidationError` when nothing visible is left."""
    name = tidy(text)
    if not name:
        raise forms.ValidationError("Enter the company's name.")
    return name


class CompanyForm(forms.ModelForm):
    """Company settings, for the account owner (F-049, F-220)."""

    class Meta:
        model = ClientAccount
        fields = ["name", "tax_id", "address", "website", "phone"]
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}

    def clean_name(self) -> str:
        return company_name(self.cleaned_data["name"])

    def clean_website(self) -> str:
        """With or without the scheme, and no other scheme: it may become a link."""
        text = tidy(self.cleaned_data["website"])
        has_scheme = SCHEME.match(text)
        if text and (" " in text or (has_scheme and not text.lower().startswith(WEB))):
            raise forms.ValidationError("Enter a web address, such as https://acme.example.")
        return text
