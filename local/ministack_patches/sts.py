"""STS: sessions that outlive a restart. sts.py:731 saves none, and every ticket that a function had signed was void."""

from typing import Any, Final

USES: Final = {"ministack.services.sts": ("_sessions", "get_state", "load_persisted_state")}


def install() -> None:
    from ministack.services import sts

    def get_state() -> dict[str, Any]:
        return {"sessions": dict(sts._sessions)}

    def load_persisted_state(state: dict[str, Any]) -> None:
        sts._sessions.update(state.get("sessions", {}))

    sts.get_state, sts.load_persisted_state = get_state, load_persisted_state
