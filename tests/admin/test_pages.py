"""Every list and every page of the staff admin, walked with rows in place."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from imaging.models import Generation
from integrations.models import Integration
from tests.admin.conftest import PASSWORD, furnish

OURS = ("accounts", "billing", "imaging", "catalog", "django_q")
MODELS = [model for model in admin.site._registry if model is not Group]
NAMES = [model._meta.label for model in MODELS]


def page(model: Any, kind: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=arguments)


def read(site: Client, address: str) -> str:
    answer = site.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode())


def pages_of(model: Any) -> Iterator[str]:
    yield page(model, "changelist")
    for row in model.objects.all():
        yield page(model, "change", quote(row.pk))  # the admin reads "_23" in a key as "#"


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_list_and_page_opens_and_shows_no_secret(site, staff, company, model):
    if model._meta.app_label in OURS:
        assert model.objects.exists(), "the test should make a row of it"
    secrets = [*company.secrets, staff.password]

    for address in pages_of(model):
        text = read(site, address)
        assert not [secret for secret in secrets if secret in text], address


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_list_can_be_searched_and_filtered(site, company, model):
    for words in ("Acme", str(company.partner.pk), "0" * 32, "'; DROP", "%", "é"):
        read(site, f"{page(model, 'changelist')}?q={words}")
    text = read(site, page(model, "changelist"))
    _, _, filters = text.partition('id="changelist-filter"')
    for link in set(re.findall(r'<a href="(\?[^"]+)', filters)):
        read(site, page(model, "changelist") + link)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_longer_list_asks_the_database_no_more_often(site, company, model):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(site, page(model, "changelist"))
        return len(asked)

    queries()  # content types and the like are asked for once
    before = queries()
    for number in range(3):
        furnish(f"Another{number}")

    assert queries() == before


def test_every_list_is_in_the_side_bar_of_who_may_see_it(site, company):
    text = read(site, "/admin/")
    for model in MODELS:
        assert f'href="{page(model, "changelist")}"' in text


def test_the_side_bar_shows_no_list_that_one_may_not_see(company):
    clerk = User.objects.create_user("clerk@softbox.test", PASSWORD, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_partner"))
    client = Client()
    client.force_login(clerk)

    links = set(re.findall(r'href="(/admin/\w+/\w+/)"', read(client, "/admin/")))

    assert links == {"/admin/accounts/partner/"}


def test_a_job_is_found_by_its_id_whichever_way_it_is_written(site, company):
    for written in (str(company.done.pk), company.done.pk.hex):
        text = read(site, f"{page(Generation, 'changelist')}?q={written}")
        assert page(Generation, "change", company.done.pk) in text
        assert page(Generation, "change", company.waiting.pk) not in text


NULS = {
    "accounts/user/?email=%00": 404,
    "accounts/user/?q=%00": 200,
    "integrations/account/a%00b/change/": 404,
    "imaging/workerbeat/%00/history/": 404,
}


def test_a_nul_in_an_address_is_what_is_not_there(site, company):
    found = {path: site.get(f"/admin/{path}").status_code for path in NULS}
    assert found == NULS


def test_a_nul_in_a_form_is_told_on_the_form(site, company):
    integration = Integration.objects.first()
    form = {"name": "new", "display_name": "New", "required_credentials": '["a\\u0000b"]'}
    text = {**form, "required_credentials": '["apiKey"]', "display_name": "a\0b"}
    address = page(Integration, "change", integration.pk)

    for wrong in (form, text):
        assert "Null characters are not allowed" in site.post(address, wrong).content.decode()


def test_the_books_and_the_trail_cannot_be_edited(site, company):
    for label in (
        *("accounts.AuditEvent", "accounts.IdempotencyRecord", "billing.Entry", "billing.Hold"),
        *("imaging.Generation", "imaging.Asset", "imaging.GenerationEvent", "imaging.Turn"),
        *("imaging.WorkerBeat", "django_q.OrmQ", "django_q.Schedule", "django_q.Failure"),
    ):
        [model] = [model for model in MODELS if model._meta.label == label]
        row = model.objects.first()
        assert site.get(page(model, "add")).status_code == 403
        assert site.post(page(model, "change", row.pk), {}).status_code == 403
        assert site.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert model.objects.filter(pk=row.pk).exists()


def test_pages_need_a_member_of_staff(company):
    client = Client()
    for user in (None, company.partner.members.get()):
        if user:
            client.force_login(user)
        for model in MODELS:
            answer = client.get(page(model, "changelist"))
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


def test_staff_log_in_with_their_address_however_they_write_it(staff):
    client = Client()

    answer = client.post(
        "/admin/login/?next=/admin/", {"username": "Chief@Softbox.test", "password": PASSWORD}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def staff_log_in(client: Client, password: str) -> Any:
    form = {"username": "chief@softbox.test", "password": password}
    return client.post("/admin/login/?next=/admin/", form)


def test_guesses_at_the_staff_log_in_are_counted(staff):
    cache.clear()
    client = Client()
    for _ in range(6):
        assert staff_log_in(client, "guess").status_code == 200
    answer = staff_log_in(client, PASSWORD)  # the right one, too late

    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()
    cache.clear()


def test_a_second_factor_cannot_be_left_out_at_the_staff_log_in(staff):
    cache.clear()
    Authenticator.objects.create(user=staff, type="totp", data={"secret": "x"})

    answer = staff_log_in(Client(), PASSWORD)

    assert answer.status_code == 200
    assert "/account/login/?next=/admin/" in answer.content.decode()


def test_a_partner_s_member_cannot_log_in_as_staff(company):
    cache.clear()
    member = company.partner.members.get()
    member.set_password(PASSWORD)
    member.save()
    form = {"username": member.email, "password": PASSWORD}
    answer = Client().post("/admin/login/", form)
    assert (answer.status_code, "sessionid" in answer.cookies) == (200, False)


def test_a_page_takes_nothing_from_another_host_and_needs_no_inline_script(site, company):
    for model in MODELS:
        text = site.get(page(model, "changelist")).content.decode()
        text = re.sub(r"<a [^>]*>", "", text)  # a link asks for nothing until it is followed
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//(?!testserver/)', text)
        assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
        assert not re.findall(r'\son\w+="', text)


def test_staff_without_all_rights_cannot_give_them(staff, company):
    clerk = User.objects.create_user("clerk@softbox.test", PASSWORD, is_staff=True)
    wanted = ["view_user", "change_user"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client = Client()
    client.force_login(clerk)

    form = {"email": "clerk@softbox.test", "is_active": "on", "is_superuser": "on"}
    lines = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    client.post(page(User, "change", clerk.pk), {**form, **lines})
    refused = client.post(page(User, "change", staff.pk), {**form, **lines})

    clerk.refresh_from_db()
    assert not clerk.is_superuser
    assert refused.status_code == 403


def test_staff_set_passwords_of_partners_people_but_not_of_other_staff(staff, company):
    clerk = User.objects.create_user("clerk@softbox.test", PASSWORD, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    other = User.objects.create_user("other@softbox.test", PASSWORD, is_staff=True)
    member = company.partner.members.get()
    client = Client()
    client.force_login(clerk)
    form = {"password1": "a long enough one", "password2": "a long enough one"}

    def answer(user: User) -> int:
        form_at = f"/admin/accounts/user/{user.pk}/password/"
        return int(client.post(form_at, {**form, "usable_password": "true"}).status_code)

    assert [answer(user) for user in (member, other, staff)] == [302, 403, 403]
    event = AuditEvent.objects.get(action="user.password_set")
    assert (event.actor, event.target) == ("clerk@softbox.test", str(member.pk))
