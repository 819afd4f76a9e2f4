"""The gate for plain REST framework views. Views of the JSON API build on `view.ApiView`."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.api.address import client_address
from accounts.api.gate import Admitted, admit, presented_key


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` becomes the Admitted of the request's key; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, Admitted]:
        return None, admit(
            presented=presented_key(request.META), address=client_address(request.META)
        )

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
