"""The API as the simulator serves it, as an OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .. import routes
from ..table import ENDPOINTS, PUBLIC
from . import answer_schemas, asset_operations, other_operations, other_schemas, request_schemas
from .asset_operations import ID_NAMES, ID_SCHEMAS
from .parts import TEXT, Operation, Operations, Schema, parameter, ref
from .storage import storage_path

OPERATIONS: Operations = {**asset_operations.OPERATIONS, **other_operations.OPERATIONS}
"""What is said of each method of each route."""

_ABOUT = (
    "The API of the TPStreams video platform, as the simulator in this package serves it. "
    "It is made for tests, from what is known of the service; the service itself may well answer otherwise."
)
_SCHEMAS: Mapping[str, Schema] = {**answer_schemas.SCHEMAS, **other_schemas.SCHEMAS, **request_schemas.SCHEMAS}
_REFUSED = {"anyOf": [ref("Refusal"), ref("WrongFields"), ref("Duplicate")]}
_REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("BadRequest", "Something about the request is wrong, or the state of what it is about."),
    401: ("Unauthorized", "There is no token, or a wrong one."),
    403: ("Forbidden", "The token may not do that."),
    404: ("NotFound", "There is no such thing; for an organization that does not exist, a page of HTML says so."),
    413: ("TooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body is in no form that is understood."),
    501: ("NotImplemented", "What is needed for it is not installed."),
}


def document(organization_id: str = "sim001", url: str = "http://127.0.0.1:8080") -> dict[str, Any]:
    """Return the document, as JSON values.

    Args:
        organization_id: the one organization that there is.
        url: the origin of the simulator.
    """
    paths: dict[str, dict[str, Any]] = {routes.STORAGE_ROOT + "{bucket}": storage_path()}
    outside = {route: path for path, route in routes.OUTSIDE.items()}
    for route, methods in OPERATIONS.items():
        path, parameters = _path(route)
        if route in outside:
            path = outside[route]
        else:
            path = f"{routes.API_ROOT}{{organization_id}}/{path}"
            parameters.insert(0, {"$ref": "#/components/parameters/organization_id"})
        shown = {method.lower(): _operation(route, method, said) for method, said in methods.items()}
        paths[path] = {"parameters": parameters, **shown} if parameters else shown
    organization = parameter(
        "organization_id",
        {"type": "string", "const": organization_id},
        "The one that exists.",
        required=True,
        place="path",
    )
    token = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token <token>`"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "TPStreams, simulated", "version": "1", "description": _ABOUT},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "parameters": {"organization_id": organization},
            "responses": {name: _refusal(status) for status, (name, _) in _REFUSALS.items()},
            "schemas": dict(_SCHEMAS),
            "securitySchemes": {"token": token},
        },
    }


def _path(route: str) -> tuple[str, list[Schema]]:
    """Return a route with names for its ids, and the parameters that these are."""
    names = iter(ID_NAMES.get(route, ("asset_id",)))
    parameters: list[Schema] = []

    def named(_: re.Match[str]) -> str:
        name = next(names)
        schema = ID_SCHEMAS.get(name, TEXT)
        parameters.append(parameter(name, schema, f"The {name.replace('_', ' ')}.", required=True, place="path"))
        return f"{{{name}}}"

    return re.sub("<id>", named, route), parameters


def _operation(route: str, method: str, said: Operation) -> dict[str, Any]:
    endpoint = ENDPOINTS[route][method]
    content = {} if said.answer is None else {"content": {said.media_type: {"schema": said.answer}}}
    statuses = {*said.refusals, 401, 413}
    if said.body is not None:
        statuses |= {400, 415}
    if route in routes.ROUTES:
        statuses.add(404)
    responses: dict[str, Any] = {str(said.status): {"description": "It is done.", **content}}
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/{_REFUSALS[status][0]}"}
    shown: dict[str, Any] = {
        "operationId": endpoint.__name__,
        "summary": (endpoint.__doc__ or "").partition("\n")[0].rstrip("."),
        "tags": [said.tag],
        "responses": responses,
    }
    if said.query:
        shown["parameters"] = list(said.query)
    if said.body is not None:
        media_type = "multipart/form-data" if said.form else "application/json"
        shown["requestBody"] = {"required": said.needs_body, "content": {media_type: {"schema": said.body}}}
    if route in PUBLIC:
        shown["security"] = [{}, {"token": []}]
    return shown


def _refusal(status: int) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": _REFUSED if status == 400 else ref("Refusal")}}
    if status == 404:
        content["text/html"] = {"schema": TEXT}
    return {"description": _REFUSALS[status][1], "content": content}
