"""What tests of the examples share: one's own account, which is a simulator."""

from typing import Any

import pytest

from tpstreams_async.simulator import Simulator


@pytest.fixture
async def account(make_sim: Any, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """What an example takes for the account of whoever runs it."""
    sim: Simulator = await make_sim()
    monkeypatch.setenv("TPSTREAMS_ORGANIZATION_ID", sim.organization_id)
    monkeypatch.setenv("TPSTREAMS_TOKEN", sim.token)
    monkeypatch.setenv("TPSTREAMS_BASE_URL", sim.url)
    return sim
