"""What we use of Stripe, on this machine: checkouts, payments, idempotent replay, signed events."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import stripe

SECRET = "whsec_test"


class StripeDouble:
    """Remembers sessions and payments; `pay`, `refund` and `dispute` are what people do there."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.replays: dict[str, dict[str, Any]] = {}
        self.decline = False
        self._count = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # --- What people do ---

    def pay(self, session_id: str) -> str:
        """Somebody pays the checkout; returns the payment's id."""
        session = self.sessions[session_id]
        payment = self._payment(session["amount_total"], session["currency"], session["metadata"])
        kept = session["asked"].get("payment_intent_data[setup_future_usage]")
        payment["setup_future_usage"] = kept
        session.update(payment_status="paid", status="complete", payment_intent=payment["id"])
        session["customer"] = payment["customer"]
        return str(payment["id"])

    def dispute(self, payment_id: str, status: str) -> dict[str, Any]:
        """The payer's bank disputes a payment, or has decided; returns the dispute as it is now."""
        identity = f"dp_{payment_id}"
        self.disputes[identity] = {
            "id": identity,
            "object": "dispute",
            "status": status,
            "payment_intent": payment_id,
            "metadata": {},
        }
        return self.disputes[identity]

    def event(self, kind: str, subject: dict[str, Any], number: int | None = None) -> Any:
        """(body, signature) of an event about `subject`; the same number is the same event."""
        identity = f"evt_{next(self._count) if number is None else number}"
        body = json.dumps(
            {
                "id": identity,
                "object": "event",
                "api_version": stripe.api_version,
                "created": int(time.time()),
                "livemode": False,
                "type": kind,
                "data": {"object": subject},
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
            }
        )
        return body, stripe.WebhookSignature.generate_signature_header(body, SECRET)

    def charge(self, payment_id: str, **facts: Any) -> dict[str, Any]:
        """The charge of a payment, as refund and dispute events carry it."""
        payment = self.payments[payment_id]
        return {
            "id": f"ch_{payment_id}",
            "object": "charge",
            "payment_intent": payment_id,
            "amount": payment["amount"],
            "amount_refunded": 0,
            "metadata": payment["metadata"],
            **facts,
        }

    # --- What the library asks ---

    def _payment(self, amount: int, currency: str, metadata: dict[str, str]) -> dict[str, Any]:
        identity = f"pi_{next(self._count)}"
        self.payments[identity] = {
            "id": identity,
            "object": "payment_intent",
            "status": "succeeded",
            "amount": amount,
            "currency": currency,
            "customer": "cus_1",
            "payment_method": f"pm_{identity}",
            "setup_future_usage": None,
            "metadata": metadata,
            "latest_charge": {
                "id": f"ch_{identity}",
                "object": "charge",
                "receipt_url": f"https://pay.example/receipts/{identity}",
            },
        }
        return self.payments[identity]

    def _checkout(self, given: dict[str, str]) -> dict[str, Any]:
        identity = f"cs_test_{next(self._count)}"
        price = "line_items[0][price_data]"
        self.sessions[identity] = {
            "id": identity,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "currency": given[f"{price}[currency]"],
            "amount_total": int(given[f"{price}[unit_amount]"]),
            "metadata": _metadata(given),
            "url": f"https://checkout.stripe.com/c/pay/{identity}",
            "payment_intent": None,
            "customer": None,
            "asked": given,
        }
        return self.sessions[identity]

    def _answer(self, method: str, path: str, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        path = path.partition("?")[0]
        if method == "POST" and path == "/v1/checkout/sessions":
            return 200, self._checkout(given)
        if method == "POST" and path == "/v1/payment_intents":
            if self.decline:
                error = {"type": "card_error", "code": "card_declined", "message": "Declined."}
                return 402, {"error": error}
            return 200, self._payment(int(given["amount"]), given["currency"], _metadata(given))
        identity = path.rsplit("/", 1)[-1]
        known = (self.sessions, self.payments, self.disputes)
        found = next((kind[identity] for kind in known if identity in kind), None)
        if found is None:
            error = {"type": "invalid_request_error", "code": "resource_missing", "message": "No."}
            return 404, {"error": error}
        return 200, found

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send(*double._answer("GET", self.path, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                key = self.headers.get("Idempotency-Key", "")
                if key in double.replays:
                    return self._send(200, double.replays[key])
                status, answer = double._answer("POST", self.path, dict(parse_qsl(body)))
                if status == 200:
                    double.replays[key] = answer
                return self._send(status, answer)

            def _send(self, status: int, answer: dict[str, Any]) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Request-Id", "req_1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler


def _metadata(given: dict[str, str]) -> dict[str, str]:
    found = ((re.fullmatch(r"metadata\[(.+)\]", key), value) for key, value in given.items())
    return {match[1]: value for match, value in found if match}
