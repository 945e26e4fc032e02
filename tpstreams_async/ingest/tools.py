"""What a run does it with."""

from attrs import frozen

from .._clock import Clock
from ..jobs import JobWatcher
from ..resources import Finder
from ..resources.assets import Assets


@frozen(kw_only=True, eq=False)
class Tools:
    """The parts of a client that a run works with."""

    assets: Assets
    jobs: JobWatcher
    finder: Finder
    clock: Clock
    organization_id: str
    base_url: str
