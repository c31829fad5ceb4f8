from django.urls import path

from clients import consent_views, views

app_name = "clients"

urlpatterns = [
    path("", views.client_list, name="list"),
    path("new/", views.client_create, name="create"),
    path("duplicates/", views.client_duplicates, name="duplicates"),
    path("<uuid:client_id>/edit/", views.client_edit, name="edit"),
    path("<uuid:client_id>/consent/", consent_views.consents, name="consents"),
    path("consents/<uuid:consent_id>/withdraw/", consent_views.withdraw, name="withdraw-consent"),
    path("<uuid:client_id>/archive/", views.client_archive, name="archive"),
    path("<uuid:client_id>/restore/", views.client_restore, name="restore"),
]
