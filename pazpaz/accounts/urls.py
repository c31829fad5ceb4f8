from django.urls import path

from pazpaz.accounts.views import practice, security, team, unsent

app_name = "accounts"

urlpatterns = [
    path("", practice.settings_home, name="settings"),
    path("practice/", practice.practice, name="practice"),
    path("team/", team.team, name="team"),
    path("team/invite/", team.invite, name="invite"),
    path("team/invitations/<uuid:invitation_id>/send/", team.send_again, name="send-invitation"),
    path("team/invitations/<uuid:invitation_id>/withdraw/", team.withdraw, name="withdraw"),
    path("team/<uuid:member_id>/", team.member, name="member"),
    path("team/<uuid:member_id>/deactivate/", team.deactivate, name="deactivate"),
    path("team/<uuid:member_id>/reactivate/", team.reactivate, name="reactivate"),
    path("security/", security.security, name="security"),
    path("security/name/", security.rename_me, name="rename-me"),
    path("security/sessions/end-others/", security.sign_out_others, name="end-other-sessions"),
    path("security/sessions/<uuid:session_id>/end/", security.sign_out_session, name="end-session"),
    path("keepalive/", security.keepalive, name="keepalive"),
    path("unsent/park/", unsent.park, name="park"),
    path("unsent/<uuid:unsent_id>/", unsent.unsent, name="unsent"),
    path("unsent/<uuid:unsent_id>/discard/", unsent.discard, name="discard-unsent"),
]
