"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        import billing.models.audit  # registers its models
        import billing.models.own_data  # registers its table
        import billing.receivers
        from billing.actions.spans import without_price
        from billing.models import finality
        from billing.models.statements import ARREARS
        from clients.actions.transfers import OBSTACLES

        OBSTACLES.append(without_price)
        self.database_code = (*finality.DATABASE_CODE, ARREARS)

    def fill_demo(self) -> None:
        """For `manage.py demo`, which cannot know this app."""
        from billing.demo import fill

        fill()
