from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("pazpaz.accounts.signin_urls")),
    path("admin/", admin.site.urls),
    path("clients/", include("clients.urls")),
    path("settings/", include("pazpaz.accounts.urls")),
    path("", include("scheduling.urls")),
    path("", include("sessions.urls")),
]
