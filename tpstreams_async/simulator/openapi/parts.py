"""What the document is put together of: small JSON schemas, and operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
UUID: Schema = {"type": "string", "format": "uuid"}
URI: Schema = {"type": "string", "format": "uri"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NULL: Schema = {"type": "null"}
ANY_OBJECT: Schema = {"type": "object"}


def nullable(schema: Schema) -> Schema:
    """Return the schema that also allows null."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, NULL]}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


def closed(members: Mapping[str, Schema]) -> Schema:
    """Return the schema of an object that has these members, all of them and no other."""
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(members),
        "additionalProperties": False,
    }


def given(members: Mapping[str, Schema], *, required: Sequence[str] = ()) -> Schema:
    """Return the schema of an object in a request: what else it has is not looked at."""
    schema: Schema = {"type": "object", "properties": dict(members)}
    return {**schema, "required": list(required)} if required else schema


def page_of(name: str) -> Schema:
    """Return the schema of a page of a list."""
    links = nullable(URI)
    return closed({"count": WHOLE, "next": links, "previous": links, "results": listed(ref(name))})


def parameter(name: str, schema: Schema, about: str, *, required: bool = False, place: str = "query") -> Schema:
    """Return a parameter of an operation."""
    return {"name": name, "in": place, "required": required, "description": about, "schema": schema}


@attrs.frozen
class Operation:
    """What the document says of one method of one route, beside its name and summary, which its endpoint has.

    Attributes:
        answer: the schema of what is answered; None for an empty body.
        status: of that answer.
        body: the schema of the request's body; None for no body.
        needs_body: whether it has to be sent.
        form: whether the body is a multipart form, and no JSON.
        query: the parameters of the query.
        refusals: the statuses of refusals that are not said of every operation of its kind.
        media_type: of the answer.
        tag: the part of the API that it belongs to.
    """

    tag: str
    answer: Schema | None = None
    status: int = 200
    body: Schema | None = None
    needs_body: bool = True
    form: bool = False
    query: Sequence[Schema] = ()
    refusals: frozenset[int] = frozenset()
    media_type: str = "application/json"


Operations = Mapping[str, Mapping[str, Operation]]
"""Operations by route and method."""

CONFLICT = frozenset({400})
"""The refusal of what the state of an asset does not allow."""
