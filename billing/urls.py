"""Pages about money."""

from django.urls import path

from billing.views.billed_clients import billed_client_export, billed_client_list
from billing.views.branch_billing import branch_billing, branch_invoice_export
from billing.views.branch_invoices import branch_invoice_detail, branch_invoice_lines_export
from billing.views.client_bill import client_bill
from billing.views.estimate import estimate_panel
from billing.views.overview import billing_overview
from billing.views.payments import payments
from billing.views.simulator import simulator

app_name = "billing"
urlpatterns = [
    path("<slug:firm_slug>/payments/", payments, name="payments"),
    path("<slug:firm_slug>/billing/", branch_billing, name="branch-billing"),
    path("<slug:firm_slug>/billing/estimate/", estimate_panel, name="estimate-panel"),
    path("<slug:firm_slug>/billing/overview/", billing_overview, name="billing-overview"),
    path("<slug:firm_slug>/billing/clients/", billed_client_list, name="billed-client-list"),
    path(
        "<slug:firm_slug>/billing/clients/export/",
        billed_client_export,
        name="billed-client-export",
    ),
    path("<slug:firm_slug>/billing/clients/<int:connection_id>/", client_bill, name="client-bill"),
    path("<slug:firm_slug>/billing/simulator/", simulator, name="simulator"),
    path(
        "<slug:firm_slug>/billing/invoices/export/",
        branch_invoice_export,
        name="branch-invoice-export",
    ),
    path(
        "<slug:firm_slug>/billing/invoices/<int:invoice_id>/",
        branch_invoice_detail,
        name="branch-invoice-detail",
    ),
    path(
        "<slug:firm_slug>/billing/invoices/<int:invoice_id>/export/",
        branch_invoice_lines_export,
        name="branch-invoice-lines-export",
    ),
]
