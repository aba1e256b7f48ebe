"""Forms as the product draws them."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """`{{ form }}` and `{% field form.name %}` from `templates/components/forms`."""

    form_template_name = "components/forms/form.html"
    field_template_name = "components/forms/field.html"
