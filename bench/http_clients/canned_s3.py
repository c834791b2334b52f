"""An S3 that answers every request with the same 16 KiB of an object, and the headers that S3 sends with a range."""

import asyncio
import sys

BODY = bytes(16 * 1024)
HEAD = (
    b"HTTP/1.1 206 Partial Content\r\n"
    b"x-amz-id-2: 8Ck2n1Rj5vS0qT0V3mU1p2W7y9aB4cD6eF8gH0iJ2kL4mN6oP8qR0sT2uV4wX6yZ8aB0cD2eF4g=\r\n"
    b"x-amz-request-id: 4N4B7C1M6XG5T8QZ\r\n"
    b"Date: Wed, 04 Nov 2026 09:30:00 GMT\r\n"
    b"Last-Modified: Wed, 04 Nov 2026 09:29:58 GMT\r\n"
    b'ETag: "9b2cf535f27731c974343645a3985328"\r\n'
    b"x-amz-server-side-encryption: AES256\r\n"
    b"x-amz-version-id: 3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH\r\n"
    b"Accept-Ranges: bytes\r\n"
    b"Content-Range: bytes 0-16383/4194304\r\n"
    b"Content-Type: image/jpeg\r\n"
    b"Content-Length: 16384\r\n"
    b"Server: AmazonS3\r\n\r\n"
)


class Canned(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._rest = transport, b""

    def data_received(self, data: bytes) -> None:
        *requests, self._rest = (self._rest + data).split(b"\r\n\r\n")
        self._transport.write((HEAD + BODY) * len(requests))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
