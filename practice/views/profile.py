"""One's own profile: name, time zone, password, second factor."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from practice.actions.people import update_profile
from practice.auth import has_second_factor
from practice.forms.settings import ProfileForm
from practice.http import FirmRequest, personal
from practice.models import User


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: FirmRequest) -> HttpResponse:
    copy = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=copy)
    if form.is_valid():
        update_profile(request.user, **form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect("practice:profile", firm_slug=request.firm.slug)
    places = request.member.memberships.select_related("branch").order_by("branch__name")
    context = {
        "form": form,
        "places": places,
        "has_second_factor": has_second_factor(request.user.pk),
    }
    return render(request, "practice/profile.html", context, status=422 if form.is_bound else 200)
