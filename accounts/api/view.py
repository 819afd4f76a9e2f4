"""The base of every view of the JSON API."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.views import APIView
from structlog.contextvars import bind_contextvars

from accounts import scopes
from accounts.api import correlation
from accounts.api.address import client_address
from accounts.api.envelope import as_service_error, error_response, no_content
from accounts.api.gate import Admitted, admit, presented_key
from accounts.api.parsing import object_body, raw_body
from accounts.connections import give_back_connection
from accounts.errors import Forbidden, MethodNotAllowed, NotFound, ServiceError, Unauthorized
from accounts.models import Partner

_METHODS = ("get", "post", "put", "patch", "delete")


class ApiView(APIView):
    """A view behind the gate, with JSON in and the envelope out.

        class CreateImage(ApiView):
            key_kind = "image"
            scope = "images:write"

            def post(self, request: HttpRequest) -> HttpResponse:
                ...self.body(request)...self.admitted...
                return ok({...})

    Handlers get Django's request and answer with any Django response. Every exception becomes the
    error envelope. It is a REST framework view by descent, for that framework's tools; its dispatch
    does not go through its negotiation and request wrapping, which cost more than the gate.
    `authenticated = False` opens a path to everybody; a good key sent along is counted all the
    same. `scopes_by_method` overrides `scope` for single methods ("GET": "images:read").
    """

    key_kind: ClassVar[str] = ""
    scope: ClassVar[str] = ""
    scopes_by_method: ClassVar[dict[str, str]] = {}
    authenticated: ClassVar[bool] = True
    # Bytes a body may have; None: DATA_UPLOAD_MAX_MEMORY_SIZE.
    body_limit: ClassVar[int | None] = None

    admitted: Admitted

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        unknown = {cls.scope, *cls.scopes_by_method.values()} - {""} - scopes.EVERY
        if unknown:
            raise TypeError(f"{cls.__name__} asks for unknown scopes: {sorted(unknown)}")

    @property
    def partner(self) -> Partner:
        """The partner whose key was presented: reach its rows through it."""
        return self.admitted.partner

    @property
    def acting(self) -> dict[str, Any]:
        """Who does it, as the services and the audit trail want to know."""
        return {"actor": self.admitted.hint, "address": client_address(self.request.META)}

    def body(self, request: HttpRequest, *, optional: bool = False) -> dict[str, Any]:
        """The JSON object of the body; `optional` takes an empty body for an empty object."""
        give_back_connection()  # the client may be slow to send it
        if optional and not raw_body(request, limit=self.body_limit):
            return {}
        return object_body(request, limit=self.body_limit)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        correlation_id = correlation.ensure_id(request)
        headers: dict[str, str] = {}
        try:
            if request.method != "OPTIONS":
                headers = self._enter(request)
            response = self._handle(request, *args, **kwargs)
        except Exception as error:
            response = self.error_response(as_service_error(error))
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # What one key was told must not be kept for another by a cache between us and them.
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers[correlation.HEADER] = correlation_id
        return response

    def error_response(self, error: ServiceError) -> HttpResponse:
        """The answer to a refusal. Surfaces with another error shape override this."""
        return error_response(error)

    def _enter(self, request: HttpRequest) -> dict[str, str]:
        """Let the request in and count it; returns the limits' headers. Raises what `admit` does.

        At an open door nobody is turned away for a bad key.
        """
        if self.authenticated:
            self.admitted = self._admit(request)
            return self.admitted.usage.headers()
        if presented_key(request.META):
            with suppress(Unauthorized, Forbidden):
                return self._admit(request).usage.headers()
        return {}

    def _admit(self, request: HttpRequest) -> Admitted:
        admitted = admit(
            presented=presented_key(request.META),
            address=client_address(request.META),
            kind=self.key_kind,
            scope=self.scopes_by_method.get(request.method or "", self.scope),
        )
        bind_contextvars(key=admitted.hint, partner=str(admitted.partner_id))
        return admitted

    def _handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        method = (request.method or "").lower()
        if method == "options":
            return no_content(headers={"Allow": self._allow()})
        # View.setup points `head` at `get`.
        handler = getattr(self, method, None) if method in (*_METHODS, "head") else None
        if handler is None:
            raise MethodNotAllowed("Method not allowed", headers={"Allow": self._allow()})
        response: HttpResponseBase = handler(request, *args, **kwargs)
        return response

    def _allow(self) -> str:
        known = [name.upper() for name in _METHODS if hasattr(self, name)]
        return ", ".join([*known, "OPTIONS"])


class UnknownPath(ApiView):
    """Mount it last under each prefix of the API: what is not there is told in JSON too."""

    authenticated = False

    def _handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        raise NotFound("There is no such endpoint.")
