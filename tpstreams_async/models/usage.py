"""What an organization used."""

from datetime import date as date_type

from attrs import field, frozen

from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class Usage(Snapshot):
    """What an organization used in a day or a month.

    Attributes:
        date: as the server shows it, such as "2026-03-01", which can stand for the month; see `day`.
        bandwidth_used: bytes.
        subtitle_generation_cost: as the server counts it; the API names no currency.
        live_stream_usage: as the server counts it; the API names no unit.
        active_storage_bytes: of what is there.
        deleted_storage_bytes: of what was deleted.
        total_storage_bytes: of both.
    """

    id: int | None = None
    date: str | None = None
    bandwidth_used: int | None = None
    subtitle_generation_cost: float | None = None
    live_stream_usage: float | None = None
    active_storage_bytes: int | None = None
    deleted_storage_bytes: int | None = None
    total_storage_bytes: int | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def day(self) -> date_type | None:
        """The day, or the first of the month; None if the server shows no year, month and day."""
        try:
            return date_type.fromisoformat((self.date or "")[:10])
        except ValueError:
            return None
