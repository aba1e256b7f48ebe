"""Forms about tags: those of one client, and the firm's list (F-088…F-088b)."""

from collections.abc import Iterable
from typing import Any

from django import forms

from clients.actions.tags import STARTER_SETS
from clients.forms.connections import LONGEST_TAG, TagsField
from clients.models import Tag
from practice.text import fold, tidy


def suggesting(list_id: str) -> forms.TextInput:
    """A text input with the suggestions of the `<datalist>` of this id."""
    return forms.TextInput(attrs={"list": list_id, "autocomplete": "off"})


class ClientTagsForm(forms.Form):
    """The tags of a client as ticks, and a place to add one: a new word, or one that exists."""

    tag = forms.MultipleChoiceField(
        label="Tags", required=False, widget=forms.CheckboxSelectMultiple
    )
    new = TagsField(label="New or existing tag", required=False, widget=suggesting("known-tags"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, current: Iterable[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        sent = data.getlist("tag") if data is not None else []
        words = {fold(word): tidy(word) for word in [*sent, *current] if tidy(word)}
        names = sorted(words.values(), key=fold)
        self.fields["tag"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.initial.setdefault("tag", names)

    def clean_tag(self) -> list[str]:
        words: list[str] = self.cleaned_data["tag"]
        TagsField().validate(words)
        return words

    @property
    def names(self) -> list[str]:
        """What is ticked, and what was typed and not added yet."""
        return [*self.cleaned_data["tag"], *self.cleaned_data["new"]]


class TagForm(forms.Form):
    """One tag of the firm's list."""

    name = forms.CharField(max_length=LONGEST_TAG)
    group = forms.CharField(
        max_length=40,
        required=False,
        widget=suggesting("groups"),
        help_text="For example " + ", ".join(STARTER_SETS) + ". Leave it empty for none.",
    )

    def clean_name(self) -> str:
        name = tidy(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Enter a name.")
        if "," in name:
            raise forms.ValidationError("A comma separates tags; leave it out of the name.")
        TagsField().validate([name])
        return name


class MergeForm(forms.Form):
    """The tag that stays, by its name."""

    into = forms.CharField(
        label="Tag that stays", max_length=2 * LONGEST_TAG, widget=suggesting("known-tags")
    )

    def __init__(self, *args: Any, tag: Tag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tag = tag

    def clean_into(self) -> Tag:
        others = Tag.objects.filter(firm_id=self.tag.firm_id).exclude(pk=self.tag.pk)
        found: Tag | None = others.filter(name_key=fold(self.cleaned_data["into"])).first()
        if found is None:
            raise forms.ValidationError("There is no other tag of this name.")
        return found


class StarterSetForm(forms.Form):
    group = forms.ChoiceField(
        label="Starter set",
        choices=[(group, f"{group}: {', '.join(names)}") for group, names in STARTER_SETS.items()],
        widget=forms.RadioSelect,
    )
