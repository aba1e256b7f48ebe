"""What operators see in Django admin (F-008): all of it listed, searchable, with its history.

Operators sign in on the same page as everybody else, second factor included.
"""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from practice.admin import firms, people, work

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

__all__ = ["firms", "people", "work"]
