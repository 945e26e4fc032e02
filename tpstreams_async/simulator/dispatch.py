"""From a request to an answer: address, organization, token, method, then the endpoint, as Django has it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import attrs

from .answers import Answer, RefusalError, detail, page_not_found
from .call import Call
from .routes import API_ROOT, Place
from .service import Service
from .table import ENDPOINTS

_WWW_AUTHENTICATE = {"WWW-Authenticate": "Token"}


@attrs.frozen
class Incoming:
    """A request as it came in."""

    method: str
    place: Place
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def check_token(service: Service, headers: Mapping[str, str]) -> None:
    """Refuse a request (401) whose `Authorization` is not `Token` and the right token."""
    scheme, _, given = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "token":
        raise detail(401, "Authentication credentials were not provided.", _WWW_AUTHENTICATE)
    given = given.strip()
    if not given:
        raise detail(401, "Invalid token header. No credentials provided.", _WWW_AUTHENTICATE)
    if " " in given:
        message = "Invalid token header. Token string should not contain spaces."
        raise detail(401, message, _WWW_AUTHENTICATE)
    right = service.settings.token.encode()
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right):
        raise detail(401, "Invalid token.", _WWW_AUTHENTICATE)


def answer(service: Service, incoming: Incoming) -> Answer:
    """Do what a request asks for and return the answer, be it a refusal."""
    try:
        return _answer(service, incoming)
    except RefusalError as refusal:
        return refusal.answer


def _answer(service: Service, incoming: Incoming) -> Answer:
    place = incoming.place
    if place.route is None or place.organization != service.settings.organization_id:
        raise page_not_found()
    check_token(service, incoming.headers)
    methods = ENDPOINTS[place.route]
    endpoint = methods.get(incoming.method)
    if endpoint is None:
        allowed = {"Allow": ", ".join(methods)}
        raise detail(405, f'Method "{incoming.method}" not allowed.', allowed)
    host = incoming.headers.get("Host", "127.0.0.1")
    call = Call(
        service=service,
        asset_id=place.asset_id,
        query=incoming.query,
        address=f"http://{host}{API_ROOT}{place.organization}/{place.suffix}",
        content_type=incoming.headers.get("Content-Type", ""),
        body=incoming.body,
    )
    with service.lock:
        service.changes.look()
        asset = service.store.get(place.asset_id)
        done = endpoint(call)
        if incoming.method != "GET":
            service.touched(asset)
        return done
