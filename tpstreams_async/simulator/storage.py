"""The storage that files are uploaded to, as S3 behaves towards the form of a browser."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from functools import partial

from .answers import Answer, RefusalError
from .body import Body
from .checks import media_type
from .fetch import Fetched, FetchError, Inspector
from .form_stream import MAX_BYTES_BEFORE_FILE, FormError, FormStream, FormTooLargeError
from .journal import Recorded
from .multipart import PartHead, boundary_of
from .routes import STORAGE_ROOT
from .service import Service
from .storage_answers import denied, storage_refusal, stored
from .upload_policy import BUCKET, Sizes
from .upload_sessions import Upload, UploadSession

_FORM = "multipart/form-data"
_MALFORMED = "The body of your POST request is not well-formed multipart/form-data."


class Arrival:
    """A file while it arrives: counted, hashed and looked at, but not kept."""

    def __init__(self, session: UploadSession, head: PartHead, sizes: Sizes, *, hashed: bool) -> None:
        self.session = session
        self.head = head
        self.size_bytes: int = 0
        self._sizes = sizes
        self._hash = hashlib.sha256() if hashed else None
        self._inspector = Inspector(sizes.most)

    def feed(self, data: memoryview) -> None:
        """Take the next bytes.

        Raises:
            RefusalError: 400, the file is too large.
        """
        self.size_bytes += len(data)
        sizes = self._sizes
        if self.size_bytes > sizes.most:
            text = "Your proposed upload exceeds the maximum allowed size"
            more = {"ProposedSize": self.size_bytes, "MaxSizeAllowed": sizes.most}
            raise storage_refusal(400, "EntityTooLarge", text, **more)
        if self._hash is not None:
            self._hash.update(data)
        self._inspector.feed(data)

    def finish(self) -> Fetched | None:
        """Return what the whole file turned out to be, None if it is no video.

        Raises:
            RefusalError: 400, the file is too small.
        """
        if self.size_bytes < self._sizes.least:
            text = "Your proposed upload is smaller than the minimum allowed size"
            more = {"ProposedSize": self.size_bytes, "MinSizeAllowed": self._sizes.least}
            raise storage_refusal(400, "EntityTooSmall", text, **more)
        try:
            return self._inspector.result()
        except FetchError:
            return None

    def upload(self) -> Upload:
        """Return the record of the file, which takes the place of an earlier one."""
        earlier = self.session.upload
        return Upload(
            size_bytes=self.size_bytes,
            sha256=None if self._hash is None else self._hash.hexdigest(),
            filename=self.head.filename,
            content_type=self.head.content_type,
            times_received=1 if earlier is None else earlier.times_received + 1,
        )


class Storage:
    """Takes uploads in.

    A form is judged by the fields in front of its file, as soon as the file begins: one that is refused is not
    read to its end.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def take_in(self, recorded: Recorded, body: Body) -> Callable[[], Answer]:
        """Read a form, and return what there is left to do, which is to answer.

        Raises:
            GoneError: the client, or the simulator, went away.
            StruckError: a fault has struck inside of the body.
        """
        try:
            form = FormStream(self._boundary(recorded))
            recorded.form = form.fields
            arrival = await self._receive(form, body)
            result = arrival.finish()
        except RefusalError as refusal:
            return partial(_same, refusal.answer)
        return partial(self._keep, recorded, arrival, result)

    def _boundary(self, recorded: Recorded) -> bytes:
        """Return the boundary of the form; refuse what can be refused before anything of the body is read."""
        headers, bucket = recorded.headers, recorded.place.ids[0]
        if bucket != BUCKET:
            raise storage_refusal(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=bucket)
        if recorded.method != "POST":
            text = "The specified method is not allowed against this resource."
            raise storage_refusal(405, "MethodNotAllowed", text, Method=recorded.method)
        if "Authorization" in headers:
            text = (
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified"
            )
            raise storage_refusal(400, "InvalidArgument", text, ArgumentName="Authorization")
        if "Content-Length" not in headers:
            text = "You must provide the Content-Length HTTP header."
            raise storage_refusal(411, "MissingContentLength", text)
        content_type = headers.get("Content-Type", "")
        if media_type(content_type) != _FORM:
            text = f"Bucket POST must be of the enclosure-type {_FORM}"
            raise storage_refusal(412, "PreconditionFailed", text, Condition=text)
        try:
            return boundary_of(content_type)
        except RefusalError:
            raise storage_refusal(400, "MalformedPOSTRequest", _MALFORMED) from None

    async def _receive(self, form: FormStream, body: Body) -> Arrival:
        arrival = None
        try:
            while chunk := await body.next():
                content = form.feed(chunk)
                if arrival is None and form.file is not None:
                    arrival = self._begin(form.fields, form.file)
                if arrival is not None:
                    arrival.feed(content)
        except FormTooLargeError:
            text = "Your POST request fields preceding the upload file were too large."
            more = {"MaxPostPreDataLengthExceeded": MAX_BYTES_BEFORE_FILE}
            raise storage_refusal(400, "MaxPostPreDataLengthExceeded", text, **more) from None
        except FormError:
            raise storage_refusal(400, "MalformedPOSTRequest", _MALFORMED) from None
        if not form.ended:
            raise storage_refusal(400, "MalformedPOSTRequest", _MALFORMED)
        if arrival is None:
            text = "POST requires exactly one file upload per request."
            raise storage_refusal(400, "InvalidArgument", text, ArgumentName="file", ArgumentValue=0)
        return arrival

    def _begin(self, fields: Mapping[str, str], head: PartHead) -> Arrival:
        service = self._service
        sizes = service.signer.check(fields, service.calendar.moment(service.clock.now()))
        session = service.uploads.by_key(fields["key"])
        if session is None or session.expired:
            raise denied("Policy expired.")
        return Arrival(session, head, sizes, hashed=service.settings.hash_uploads)

    def _keep(self, recorded: Recorded, arrival: Arrival, result: Fetched | None) -> Answer:
        service, upload = self._service, arrival.upload()
        with service.lock:
            service.uploaded(arrival.session, upload, result)
        # As with files that are encrypted by a key of one's own, it need not be the MD5 sum.
        etag = (upload.sha256 or uuid.uuid4().hex)[:32]
        address = f"http://{recorded.headers.get('Host', '127.0.0.1')}{STORAGE_ROOT}{BUCKET}"
        return stored(service.settings.upload_status, address, BUCKET, arrival.session.key, etag)


def _same(answer: Answer) -> Answer:
    return answer
