"""The OpenAPI document: it speaks of everything that is served, and of nothing else."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tpstreams_async.simulator import Simulator
from tpstreams_async.simulator.__main__ import main
from tpstreams_async.simulator.openapi import document
from tpstreams_async.simulator.routes import OUTSIDE, locate
from tpstreams_async.simulator.table import ENDPOINTS, PUBLIC

METHODS = {"get", "put", "post", "delete", "patch"}
SHOWN = document("abc123", "http://127.0.0.1:9")


def operations() -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, item in SHOWN["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def route_of(path: str) -> str | None:
    return locate(path.replace("{organization_id}", "abc123")).route


def test_every_route_and_method_is_described_and_no_other():
    described = [
        (route_of(path), method.upper()) for path, method, _ in operations() if not path.startswith("/storage/")
    ]
    assert sorted(described) == sorted((route, method) for route, methods in ENDPOINTS.items() for method in methods)
    assert SHOWN["paths"].keys() - {path for path in SHOWN["paths"] if "{organization_id}" in path} == {
        *(path for path, route in OUTSIDE.items() if route in ENDPOINTS),
        "/storage/{bucket}",
    }


@pytest.mark.parametrize(
    ("path", "method", "operation"), operations(), ids=lambda part: part if isinstance(part, str) else ""
)
def test_an_operation_is_described_as_a_whole(path, method, operation):
    endpoint = ENDPOINTS.get(route_of(path), {}).get(method.upper())
    if endpoint is not None:
        assert operation["operationId"] == endpoint.__name__
        assert endpoint.__doc__.startswith(operation["summary"])
        assert operation.get("security", SHOWN["security"])[0] == ({} if route_of(path) in PUBLIC else {"token": []})
        assert {"401", "413"} <= operation["responses"].keys()
    assert operation["tags"]
    statuses = [int(status) for status in operation["responses"]]
    assert any(status < 300 for status in statuses)
    assert any(status >= 400 for status in statuses)
    named = {part["name"] for part in SHOWN["paths"][path].get("parameters", ()) if "name" in part}
    assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")} - {"organization_id"}
    if "requestBody" in operation:
        assert {"415", "412"} & operation["responses"].keys(), "a body can be of the wrong kind"


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_what_is_referred_to_is_there_and_what_is_there_is_referred_to():
    parts = SHOWN["components"]
    kinds = ("schemas", "responses", "parameters")
    there = {f"#/components/{kind}/{name}" for kind in kinds for name in parts[kind]}
    assert references(SHOWN) == there
    assert SHOWN["security"] == [{name: [] for name in parts["securitySchemes"]}]


async def test_the_simulator_serves_it_to_everybody(sim, http):
    async with http.get(f"{sim.url}/openapi.json") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.json() == document(sim.organization_id, sim.url)
    async with http.post(f"{sim.url}/openapi.json") as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("arguments", "url"), [(["--port", "81"], "http://127.0.0.1:81"), (["--host", "::1"], "http://[::1]:8080")]
)
def test_the_command_prints_it(arguments, url, capsys):
    assert main(["--openapi", "--organization-id", "abc123", *arguments]) == 0
    assert json.loads(capsys.readouterr().out) == document("abc123", url)


def test_the_command_needs_no_port_for_it():
    printed = subprocess.run(
        [sys.executable, "-m", "tpstreams_async.simulator", "--openapi"], check=True, capture_output=True, timeout=60
    )
    assert json.loads(printed.stdout) == document()


def test_it_is_not_read_before_somebody_asks():
    code = "import sys, tpstreams_async.simulator.server; print('tpstreams_async.simulator.openapi' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
    assert printed.stdout.strip() == b"False"


def test_the_default_is_the_default_simulator():
    assert document()["components"]["parameters"]["organization_id"]["schema"]["const"] == Simulator().organization_id
