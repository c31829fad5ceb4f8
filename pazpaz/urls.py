from django.urls import include, path

from pazpaz.accounts.admin import pages as staff_admin

urlpatterns = [
    path("accounts/", include("pazpaz.accounts.signin_urls")),
    path("admin/", staff_admin.site.urls),
    path("clients/", include("clients.urls")),
    path("settings/", include("pazpaz.accounts.urls")),
    path("", include("audit.urls")),
    path("", include("scheduling.urls")),
    path("", include("sessions.urls")),
]
