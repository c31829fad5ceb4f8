"""The pages of allauth that we offer, under allauth's names; what is missing here does not exist (passwords, sign-up)."""

from allauth.mfa.urls import urlpatterns as factor_urls
from allauth.usersessions.views import list_usersessions
from django.urls import include, path
from django.views.generic import RedirectView

from pazpaz.accounts.signin import ConfirmCodeView, SignInView, SignOutView

urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path(
        "login/code/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
        name="account_request_login_code",
    ),
    path("login/code/confirm/", ConfirmCodeView.as_view(), name="account_confirm_login_code"),
    path("logout/", SignOutView.as_view(), name="account_logout"),
    path("2fa/", include(factor_urls)),
    path("sessions/", list_usersessions, name="usersessions_list"),
]
