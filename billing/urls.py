"""Pages about money. Fixed addresses stand above those that begin with a firm."""

from django.urls import path

from billing.views.bill_us import bill_us
from billing.views.billed_clients import billed_client_export, billed_client_list
from billing.views.branch_billing import branch_billing, branch_invoice_export
from billing.views.branch_invoices import branch_invoice_detail, branch_invoice_lines_export
from billing.views.builtin import builtin_card, builtin_verification
from billing.views.client_bill import client_bill
from billing.views.client_plan import client_plan
from billing.views.client_promotion import client_promotion
from billing.views.company_plan import (
    company_method_add,
    company_method_return,
    company_plan,
)
from billing.views.company_promotions import (
    company_promotion_apply,
    company_promotion_decline,
)
from billing.views.estimate import estimate_panel
from billing.views.invoice_file import branch_invoice_pdf
from billing.views.invoice_payment import invoice_pay, invoice_payment
from billing.views.methods import (
    method_add,
    method_export,
    method_list,
    method_remove,
    method_return,
)
from billing.views.overview import billing_overview
from billing.views.payments import payments
from billing.views.simulator import simulator
from billing.views.unbilled import unbilled_client_export, unbilled_client_list
from billing.views.verification import verification
from billing.views.webhooks import webhook

app_name = "billing"
urlpatterns = [
    path("test-gateway/cards/<str:session>/", builtin_card, name="test-card"),
    path(
        "test-gateway/verifications/<str:session>/",
        builtin_verification,
        name="test-verification",
    ),
    path("webhooks/<slug:gateway>/", webhook, name="webhook"),
    path("companies/<int:account_id>/plan/", company_plan, name="company-plan"),
    path("companies/<int:account_id>/plan/add/", company_method_add, name="company-method-add"),
    path(
        "companies/<int:account_id>/plan/return/",
        company_method_return,
        name="company-method-return",
    ),
    path(
        "companies/<int:account_id>/promotions/<int:offer_id>/apply/",
        company_promotion_apply,
        name="company-promotion-apply",
    ),
    path(
        "companies/<int:account_id>/promotions/<int:offer_id>/decline/",
        company_promotion_decline,
        name="company-promotion-decline",
    ),
    path("<slug:firm_slug>/clients/add/bill-us/", bill_us, name="bill-us"),
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
    path(
        "<slug:firm_slug>/billing/clients/<int:connection_id>/plan/",
        client_plan,
        name="client-plan",
    ),
    path(
        "<slug:firm_slug>/billing/clients/<int:connection_id>/promotion/",
        client_promotion,
        name="client-promotion",
    ),
    path(
        "<slug:firm_slug>/billing/clients/unbilled/",
        unbilled_client_list,
        name="unbilled-client-list",
    ),
    path(
        "<slug:firm_slug>/billing/clients/unbilled/export/",
        unbilled_client_export,
        name="unbilled-client-export",
    ),
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
        "<slug:firm_slug>/billing/invoices/<int:invoice_id>/pdf/",
        branch_invoice_pdf,
        name="branch-invoice-pdf",
    ),
    path(
        "<slug:firm_slug>/billing/invoices/<int:invoice_id>/export/",
        branch_invoice_lines_export,
        name="branch-invoice-lines-export",
    ),
    path(
        "<slug:firm_slug>/billing/invoices/<int:invoice_id>/payment/",
        invoice_payment,
        name="invoice-payment",
    ),
    path(
        "<slug:firm_slug>/billing/invoices/<int:invoice_id>/pay/", invoice_pay, name="invoice-pay"
    ),
    path("<slug:firm_slug>/billing/methods/", method_list, name="method-list"),
    path("<slug:firm_slug>/billing/methods/export/", method_export, name="method-export"),
    path("<slug:firm_slug>/billing/methods/<int:branch_id>/add/", method_add, name="method-add"),
    path(
        "<slug:firm_slug>/billing/methods/<int:branch_id>/return/",
        method_return,
        name="method-return",
    ),
    path(
        "<slug:firm_slug>/billing/methods/<int:branch_id>/remove/",
        method_remove,
        name="method-remove",
    ),
    path(
        "<slug:firm_slug>/billing/verification/<int:branch_id>/",
        verification,
        name="verification",
    ),
]
