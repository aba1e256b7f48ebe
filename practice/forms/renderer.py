"""Forms as the product draws them."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Fields, labels, help and errors from `templates/components/forms`."""
