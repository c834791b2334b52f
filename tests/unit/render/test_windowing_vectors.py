"""The vectors of windows with which the console is tested are those of the server's windows."""

import json

from tools import windowing_vectors


def test_vectors_of_windows_are_those_of_the_servers_windows() -> None:
    written = json.loads(windowing_vectors.FILE.read_text())
    assert written == json.loads(json.dumps(windowing_vectors.vectors())), "run python -m tools.windowing_vectors"
