"""Payments: what clients owe the practice."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practice.http import FirmRequest


@require_safe
def payments(request: FirmRequest) -> HttpResponse:
    return render(request, "billing/payments.html")
