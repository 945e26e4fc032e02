"""Uploading rows with a file, one at a time."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import InvalidInputError, TPStreamsError, UploadFailedError
from ...models import Asset
from ...resources.assets import Assets
from ..ledger import LedgerRow
from ..record import Record
from ..stop import Stop
from .backoff import Backoff
from .failures import Failures, words_of


class Files:
    """Uploads claimed rows.

    A file that does not arrive leaves its asset behind: the row has failed, with that asset and the words that say so.
    It is not uploaded anew, which would leave an asset each time.

    Args:
        record: where to write what becomes of them.
        assets: uploads.
        backoff: is told what fails and what does not.
        stop: says when not to upload any more.
    """

    def __init__(self, record: Record, assets: Assets, backoff: Backoff, stop: Stop) -> None:
        self._record = record
        self._assets = assets
        self._backoff = backoff
        self._stop = stop
        self._failures = Failures(record, backoff, in_steps=True)

    async def send(self, rows: Sequence[LedgerRow], created: list[tuple[LedgerRow, Asset]]) -> None:
        """Upload claimed rows.

        Args:
            rows: to be uploaded.
            created: gets those that arrived, with their assets.

        Raises:
            TPStreamsError: no row can be uploaded any more.
        """
        for row in rows:
            if self._stop.asked:
                await self._record.released([row], "the run was ended")
            else:
                created += await self._send(row)

    async def _send(self, row: LedgerRow) -> list[tuple[LedgerRow, Asset]]:
        began = self._backoff.now()
        parcel = self._record.parcel(row)
        try:
            asset = await self._assets.upload(Path(f"{parcel.file}"), **parcel.fields)
        except UploadFailedError as error:
            await self._record.left_behind(row, error.asset.id, str(error))
            self._backoff.failed(error, began)
        except InvalidInputError as error:
            # A disk may be away; nothing was sent.
            await self._record.put_off(row, str(error).removeprefix("file: "))
        except TPStreamsError as error:
            refusal = await self._failures.judge(error, [row], began)
            if refusal is not None:
                await self._record.refused(row, words_of(refusal))
        else:
            self._backoff.succeeded()
            (sent,) = await self._record.submitted([row], [asset.id])
            return [(sent, asset)]
        return []
