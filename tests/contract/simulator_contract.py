"""Requests that are made up from the OpenAPI document, right and wrong ones: does the simulator do what that says?

`nox -s contract` runs this; pytest alone does not find it, as it needs schemathesis.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData
from world import ORGANIZATION, TOKEN, World, new_world

from tpstreams_async.simulator.openapi import document

#: In CI, the same commit gets the same verdict.
CONFIG = {
    "generation": {
        "deterministic": bool(os.environ.get("CI")),
        "max-examples": 25,
        "database": "none",
        "with-security-parameters": False,
    },
}

#: Parameters of which the service takes no notice when they make no sense.
LENIENT = {"limit", "offset", "page", "q", "parent", "has_parent"}

#: Operations that refuse what no schema can tell to be wrong: numbers that do not go together, passwords and signatures
#: that nobody has given.
MEANINGFUL = {
    *("login", "license_for_organization", "list_usage", "list_transcoding_jobs"),
    *("trim", "stop_live_stream", "delete_resolutions"),
}

#: Operations that look into files; in a schema, every file is as good as any other.
FORMS = {"upload_subtitle", "upload_thumbnail", "upload_file"}

schema = schemathesis.openapi.from_dict(document(ORGANIZATION), config=schemathesis.Config.from_dict(CONFIG))


@pytest.fixture
def world() -> Iterator[World]:
    made = new_world()
    made.sim.start()
    made.fill()
    yield made
    made.sim.close()
    assert not made.sim.errors


@schema.hook
def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
    name = case.operation.definition.raw["operationId"]
    if isinstance(failure, RejectedPositiveData) and name not in {*MEANINGFUL, *FORMS}:
        # A refusal with a detail is about the state of something.
        return not (response.status_code == 400 and "detail" in response.json())
    if isinstance(failure, AcceptedNegativeData) and name not in FORMS:
        return not set(spoiled(case)) <= LENIENT
    return not isinstance(failure, (RejectedPositiveData, AcceptedNegativeData))


def spoiled(case: Any) -> Iterator[str]:
    """Yield the names of the parameters that were made wrong."""
    data = case.meta.phase.data
    if data.parameter is not None:
        yield data.parameter
    else:
        yield from (mutation.parameter or "body" for mutation in data.mutations)


def test_the_document_is_one() -> None:
    OpenAPIV31SpecValidator(document()).validate()


@schema.parametrize()
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_simulator_does_what_its_document_says(case: Any, world: World) -> None:
    if case.path_parameters:
        case.path_parameters = world.place(case.path, case.path_parameters)
    case.body = world.with_folders(case.body)
    case.call_and_validate(base_url=world.sim.url, headers={"Authorization": f"Token {TOKEN}"}, timeout=9)
