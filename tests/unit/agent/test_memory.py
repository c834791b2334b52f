"""Memory of the agent, measured as `bench.agent_memory` does with more files."""

from pathlib import Path

import pytest

from bench import agent_memory

FILES = 300


@pytest.mark.parametrize("watch", ["inotify", "poll"])
def test_agent_stays_small_and_keeps_the_order_of_files_that_waited_for_a_line(tmp_path: Path, watch: str) -> None:
    found = agent_memory.measure(tmp_path, FILES, watch)
    assert found["arrived"] == FILES
    assert found["sending_mb"] <= agent_memory.GOAL_MB
    assert found["furthest_from_order"] == 0
