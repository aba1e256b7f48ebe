"""What a firm and a person say about themselves."""

from django import forms

from practice.forms.fields import TidyField, TimeZoneField
from practice.models import Firm, User


class FirmForm(forms.ModelForm):
    name = TidyField(label="Firm name", max_length=200)
    phone = TidyField(max_length=40, required=False)
    website = forms.URLField(
        required=False, assume_scheme="https", help_text="For example https://harbour.example"
    )
    time_zone = TimeZoneField(
        help_text="Dates of the firm are shown in this zone; each person may choose their own."
    )

    class Meta:
        model = Firm
        fields = ("name", "address", "phone", "website", "time_zone")
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}


class ProfileForm(forms.ModelForm):
    full_name = TidyField(label="Your name", max_length=200)
    time_zone = TimeZoneField(help_text="Dates and times are shown to you in this zone.")

    class Meta:
        model = User
        fields = ("full_name", "time_zone")
