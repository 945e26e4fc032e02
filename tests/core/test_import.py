"""What importing the package brings along."""

import subprocess
import sys

import pytest

import tpstreams_async
from tpstreams_async import models

PROGRAM = """
import sys
import tpstreams_async
tpstreams_async.TPStreams("org001", "token")
late = {"cattrs", "sqlite3", "tenacity", "tpstreams_async.ingest", "tpstreams_async.simulator"}
print(*sorted(late & set(sys.modules)))
"""
ON_DEMAND = """
import sys
from tpstreams_async import TPStreams, models, resources
homes = {f"tpstreams_async.models.{home}" for home in models._HOMES.values()}
nouns = {f"tpstreams_async.resources.{noun}" for noun in vars(resources.all.Resources) if not noun.startswith("_")}
client = TPStreams("org001", "token")
print(*sorted((homes | nouns) & set(sys.modules)))
assert client.folders is client.folders
from tpstreams_async import *
print(*sorted((homes | nouns) & set(sys.modules) - homes))
assert homes <= set(sys.modules) and len(nouns) > 5
"""


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def test_what_only_failures_need_is_not_imported_before_one() -> None:
    assert printed(PROGRAM).split() == []


def test_models_and_resources_beyond_assets_are_imported_when_they_are_used() -> None:
    assert printed(ON_DEMAND).splitlines() == ["", "tpstreams_async.resources.folders"]


@pytest.mark.parametrize("module", [tpstreams_async, models])
@pytest.mark.parametrize("name", ["Nothing", "folder_", "_HOME"])
def test_a_name_that_does_not_exist_is_no_attribute(module: object, name: str) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
        getattr(module, name)


def test_every_public_name_is_listed_and_there() -> None:
    assert set(tpstreams_async.__all__) <= set(dir(tpstreams_async))
    assert all(hasattr(tpstreams_async, name) for name in tpstreams_async.__all__)
    assert set(models.__all__) <= set(tpstreams_async.__all__)
