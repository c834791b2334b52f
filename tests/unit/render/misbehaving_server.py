"""A server of drawings whose decoders misbehave as the recipe's label says."""

import ctypes
import json
import os
import time
from typing import IO

from foveal.errors import Unrenderable
from foveal.render import pixels
from foveal.render.drawing import Drawing
from foveal.render.isolation import server


def draw(drawing: Drawing, source: IO[bytes]) -> bytes:
    match drawing.recipe.label:
        case "spin":
            while True:
                pass
        case "wait":
            time.sleep(600)
        case "allocate":
            return bytes(2 * 1024**3)
        case "crash":
            ctypes.string_at(0)
        case "end":
            os._exit(3)
        case "fail":
            raise ZeroDivisionError
        case "refuse":
            raise Unrenderable("nothing to see")
        case "kill the server":
            os.kill(os.getppid(), 9)
            time.sleep(600)
        case "read everything at once":
            return source._read_range(0, 2**32 - 1)  # type: ignore[attr-defined, no-any-return]  # past RangedFile's limit
        case "environment":
            return json.dumps(dict(os.environ)).encode()
    return source.read()


if __name__ == "__main__":
    pixels.draw = draw
    server.main()
