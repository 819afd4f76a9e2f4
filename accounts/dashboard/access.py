"""The door of every dashboard page: who visits, as which partner's member, and what they may do.

    @page(read="see", write="keys")
    def keys(request: HttpRequest, visit: Visit) -> HttpResponse: ...

`read` is the permission for GET, `write` the one for POST; a method without one is answered 405.
Anonymous visitors go to the log-in, people without a partner to the welcome page, and what a role
may not do is answered 403. Services raise their errors as they do for the API: a NotFound becomes
the 404 page (the same for another partner's rows), any other one a message on the page `back`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import audit, impersonation
from accounts.api.address import client_address
from accounts.dashboard import permissions
from accounts.errors import Forbidden, NotFound, ServiceError
from accounts.models import ApiKey, Membership, Partner, User

View = Callable[..., HttpResponseBase]

PARTNER_SESSION, TEST_SESSION = "dashboard_partner", "dashboard_test"


@dataclass(frozen=True)
class Visit:
    """A member who looks at the dashboard of one of their partners.

    With a `loan` it is a member of staff in a member's place; `user` is still who sits there.
    """

    user: User
    partner: Partner
    role: str
    partners: tuple[Partner, ...]
    test: bool
    address: str | None
    loan: impersonation.Loan | None = None

    def may(self, permission: str) -> bool:
        lent = self.loan is None or permission in impersonation.LENT
        return lent and permissions.may(self.role, permission)

    @property
    def environment(self) -> str:
        """Which kind of key the visitor means now: "live" or "test"."""
        return ApiKey.Environment.TEST if self.test else ApiKey.Environment.LIVE

    @property
    def acting(self) -> dict[str, Any]:
        """Who does it, as the services and the audit trail want to know."""
        return {"actor": self.user.email, "address": self.address}

    def note(self, action: str, target: object, **facts: Any) -> None:
        """Add to the trail what no service notes: an order of the API is known by its key, one of
        the dashboard by nothing else."""
        audit.record(
            action=action, target=str(target), partner=self.partner, facts=facts, **self.acting
        )


def visit_of(request: HttpRequest) -> Visit | None:
    """The visit of a logged-in member, or of staff in a member's place; None for somebody who
    belongs to no partner."""
    user = cast(User, request.user)
    if loan := impersonation.current(request):
        return Visit(
            user=user,
            partner=loan.membership.partner,
            role=loan.membership.role,
            partners=(loan.membership.partner,),
            test=bool(request.session.get(TEST_SESSION)),
            address=client_address(request.META),
            loan=loan,
        )
    memberships = list(
        Membership.objects.filter(user=user)
        .select_related("partner")
        .order_by("partner__name", "partner_id")
    )
    if not memberships:
        return None
    chosen = request.session.get(PARTNER_SESSION)
    current = next((one for one in memberships if str(one.partner_id) == chosen), memberships[0])
    return Visit(
        user=user,
        partner=current.partner,
        role=current.role,
        partners=tuple(one.partner for one in memberships),
        test=bool(request.session.get(TEST_SESSION)),
        address=client_address(request.META),
    )


def page(
    *, read: str | None = None, write: str | None = None, back: str = ""
) -> Callable[[View], View]:
    """A dashboard page; see the module's text. `back` names the URL to return to after an error
    of a POST; without it the view shows its own errors."""
    needed = {"GET": read, "HEAD": read, "POST": write}
    allowed = [method for method, permission in needed.items() if permission]

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            permission = needed.get(request.method or "")
            if permission is None:
                return HttpResponseNotAllowed(allowed)
            visit = visit_of(request)
            if visit is None:
                return redirect("dashboard-welcome")
            request.visit = visit  # type: ignore[attr-defined]  # for templates and error pages
            try:
                _check(visit, permission, writes=request.method == "POST")
                if visit.loan and request.method == "POST":
                    impersonation.note(request, visit.loan, page=view.__name__, arguments=kwargs)
                return view(request, visit, *args, **kwargs)
            except (NotFound, Forbidden) as error:
                return problem(request, error)
            except ServiceError as error:
                if request.method != "POST" or not back:
                    return problem(request, error)
                messages.error(request, error.message)
                return redirect(back)

        guarded.read, guarded.write = read, write  # type: ignore[attr-defined]  # for the tests
        return never_cache(guarded)

    return decorate


def _check(visit: Visit, permission: str, *, writes: bool) -> None:
    if visit.loan and not visit.may(permission):
        raise Forbidden("This is not lent to staff who look at a partner's dashboard.")
    if not visit.may(permission):
        raise Forbidden(f"Your role here is {visit.role}. Ask an owner if you need more.")
    if writes and not visit.partner.active:
        raise Forbidden("Partner account is inactive")


def problem(request: HttpRequest, error: ServiceError) -> HttpResponse:
    """A page that says what is wrong and leads back."""
    return render(request, "dashboard/problem.html", {"error": error}, status=error.status_code)
