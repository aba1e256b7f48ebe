"""Sign-up of a person alone, who starts no firm: clients, by a link that they were given."""

from allauth.account.forms import SignupForm
from django.http import HttpRequest

from practice.models import User


class PersonSignUpForm(SignupForm):
    """allauth's form without the firm; addresses that are known already are not told apart."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["firm_name"]

    def signup(self, request: HttpRequest, user: User) -> None: ...
