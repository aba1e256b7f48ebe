"""How allauth behaves here: its mails go to the outbox."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Sends allauth's mails through the outbox."""
