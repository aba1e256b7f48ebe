"""Signing in and out. allauth finds its pages by these names, so they carry no namespace.

Left out on purpose: changing one's address, signing in by mailed code, sign-up by passkey.
"""

from allauth.account import views as account
from allauth.mfa.recovery_codes import views as recovery_codes
from django.urls import path, re_path

from practice.views import accounts as ours
from practice.views import passkeys

urlpatterns = [
    path("login/", ours.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("register/", ours.signup, name="account_signup"),
    path("confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"
    ),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/again/", ours.reauthenticate, name="account_reauthenticate"),
    path("password/change/", ours.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", ours.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        ours.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("security/", ours.mfa_index, name="mfa_index"),
    path("security/sign-out-others/", ours.sign_out_others, name="account_sign_out_others"),
    path("security/code/", ours.mfa_authenticate, name="mfa_authenticate"),
    path("security/again/", ours.mfa_reauthenticate, name="mfa_reauthenticate"),
    path("security/app/", ours.activate_totp, name="mfa_activate_totp"),
    path("security/app/off/", ours.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        "security/recovery-codes/",
        ours.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "security/recovery-codes/new/",
        ours.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "security/recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("security/passkeys/", passkeys.passkey_list, name="mfa_list_webauthn"),
    path("security/passkeys/add/", passkeys.passkey_add, name="mfa_add_webauthn"),
    path(
        "security/passkeys/<int:passkey_id>/name/",
        passkeys.passkey_rename,
        name="mfa_edit_webauthn",
    ),
    path(
        "security/passkeys/<int:passkey_id>/remove/",
        passkeys.passkey_remove,
        name="mfa_remove_webauthn",
    ),
    path("security/passkeys/sign-in/", passkeys.passkey_login, name="mfa_login_webauthn"),
    path("security/passkeys/again/", passkeys.passkey_again, name="mfa_reauthenticate_webauthn"),
]
