"""From a request to an answer: address, organization, token, method, then the endpoint, as Django has it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from multidict import MultiMapping

from .answers import Answer, RefusalError, detail, method_not_allowed, page_not_found
from .call import Call
from .document_endpoints import DOCUMENT
from .routes import Place
from .service import Service
from .table import ENDPOINTS, PUBLIC

_WWW_AUTHENTICATE = {"WWW-Authenticate": "Token"}


@attrs.frozen
class Incoming:
    """A request as it came in."""

    method: str
    place: Place
    query: MultiMapping[str]
    headers: Mapping[str, str]
    body: bytes


def check_token(service: Service, headers: Mapping[str, str]) -> str:
    """Return the token of a request; refuse it (401) if its `Authorization` is not `Token` and a right token."""
    scheme, _, given = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "token":
        raise detail(401, "Authentication credentials were not provided.", _WWW_AUTHENTICATE)
    given = given.strip()
    if not given:
        raise detail(401, "Invalid token header. No credentials provided.", _WWW_AUTHENTICATE)
    if " " in given:
        message = "Invalid token header. Token string should not contain spaces."
        raise detail(401, message, _WWW_AUTHENTICATE)
    if given not in service.accounts.tokens:
        raise detail(401, "Invalid token.", _WWW_AUTHENTICATE)
    return given


def answer(service: Service, incoming: Incoming) -> Answer:
    """Do what a request asks for and return the answer, be it a refusal."""
    try:
        return _answer(service, incoming)
    except RefusalError as refusal:
        return refusal.answer


def _answer(service: Service, incoming: Incoming) -> Answer:
    place = incoming.place
    if place.route is None or place.organization not in (None, service.settings.organization_id):
        raise page_not_found()
    methods = ENDPOINTS.get(place.route, DOCUMENT)
    public = (place.route in PUBLIC or methods is DOCUMENT) and "Authorization" not in incoming.headers
    token = "" if public else check_token(service, incoming.headers)
    endpoint = methods.get(incoming.method)
    if endpoint is None:
        raise method_not_allowed(incoming.method, methods)
    host = incoming.headers.get("Host", "127.0.0.1")
    call = Call(
        service=service,
        ids=place.ids,
        token=token,
        query=incoming.query,
        address=f"http://{host}{place.path}",
        content_type=incoming.headers.get("Content-Type", ""),
        body=incoming.body,
    )
    with service.lock:
        if token:
            service.throttle.check(token)
        service.changes.look()
        asset = service.store.get(place.ids[0]) if place.ids else None
        done = endpoint(call)
        if incoming.method != "GET":
            service.touched(asset)
        return done
