"""A line to S3 as a function in the same region has it: 20 ms to the first byte, 90 MB/s a stream (modelled)."""

import asyncio
import sys

FIRST_BYTE_SECONDS = 0.020
BYTES_PER_SECOND = 90_000_000


async def main(port: int, upstream: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", upstream)
        await asyncio.gather(_there(reader, far_writer), _back(far_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


async def _there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        await asyncio.sleep(FIRST_BYTE_SECONDS)
        writer.write(data)
    writer.close()


async def _back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 18):
        writer.write(data)
        await asyncio.gather(writer.drain(), asyncio.sleep(len(data) / BYTES_PER_SECOND))
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
