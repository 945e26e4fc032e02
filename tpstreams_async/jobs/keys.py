"""Which job it is, as a value and as text."""

from attrs import frozen


@frozen(kw_only=True, cache_hash=True)
class Key:
    """Which job: two handles with the same key share their looks.

    Attributes:
        run: which of the jobs of this kind that an asset can have: the server's number of it, or what it is about.
        own: tells apart jobs that share nothing, as each condition of `until` is its own.
        detail: whether the end must be seen in the asset itself, as a row of a list lacks some of it.
    """

    kind: str
    id: str
    run: int | str | None = None
    own: int | None = None
    detail: bool = False

    @property
    def ref(self) -> str:
        """The job as text."""
        return f"{self.kind}:{self.id}" + ("" if self.run is None else f":{self.run}")
