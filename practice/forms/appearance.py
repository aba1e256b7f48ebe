"""The theme of the pages, kept in a cookie."""

from django import forms

THEME_COOKIE = "theme"
THEMES = [("light", "Light"), ("dark", "Dark"), ("auto", "Auto")]


class AppearanceForm(forms.Form):
    """Light, dark, or as the system says."""

    theme = forms.ChoiceField(choices=THEMES)
