"""A server in a process of its own that takes uploads and throws them away, as fast as Python can.

It plays as much of the API as an upload needs. It prints its port, and ends when its standard input does.
"""

import json
import os
import re
import socket
import sys
import threading

from _stub_server import HOST, pin

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect: *100-continue", re.IGNORECASE)
_BUFFER_BYTES = 2**20


def answer(status: str, body: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def session(port: int) -> bytes:
    """Return what the API says to the wish to upload a file."""
    payload = {"upload_link": f"http://{HOST}:{port}/bucket", "key": "private/clip", "policy": "e30", "x-amz-date": "-"}
    limits = {"uuid": "b7", "max_file_size_bytes": 5 * 2**30, "expires_at": "2099-01-01T00:00:00Z"}
    asset = {"id": "Qm7tKd3wNzB", "title": "Clip", "type": "video", "video": {"status": "Not Started"}}
    return json.dumps({"asset": asset, "upload_session": limits, "client_payload": payload}).encode()


def serve(connection: socket.socket, port: int) -> None:
    buffer = memoryview(bytearray(_BUFFER_BYTES))
    with connection:
        while True:
            head = b""
            while b"\r\n\r\n" not in head:
                came = connection.recv(65536)
                if not came:
                    return
                head += came
            head, _, body = head.partition(b"\r\n\r\n")
            if _EXPECTS.search(head):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            found = _LENGTH.search(head)
            left = (int(found.group(1)) if found else 0) - len(body)
            while left > 0:
                came_bytes = connection.recv_into(buffer, min(left, _BUFFER_BYTES))
                if not came_bytes:
                    return
                left -= came_bytes
            is_api = b"upload-sessions" in head.partition(b"\r\n")[0]
            connection.sendall(answer("201 Created", session(port)) if is_api else answer("204 No Content"))


def main() -> None:
    pin(int(sys.argv[1]) if sys.argv[1] else None)
    listener = socket.create_server((HOST, 0))
    port: int = listener.getsockname()[1]
    print(port, flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, port), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.buffer.read()
    os._exit(0)  # the threads wait for connections that nobody will make


if __name__ == "__main__":
    main()
