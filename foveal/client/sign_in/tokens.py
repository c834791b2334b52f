"""Tokens of a profile, kept in the system's keyring (extra `keyring`) or in a file that only its owner may read."""

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self

from foveal.client.errors import SignInError
from foveal.client.sign_in.private_files import config_folder, write_private

KEYRING_SERVICE: Final = "foveal"
RENEW_BEFORE_SECONDS: Final = 60.0
DEFAULT_LIFETIME_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """An access token, the end of its life in seconds since 1970, and the refresh token if the issuer gave one."""

    access_token: str
    expires_at: float
    refresh_token: str | None

    def __repr__(self) -> str:
        return f"StoredTokens(expires_at={self.expires_at})"

    @classmethod
    def from_answer(cls, answer: dict[str, Any], now: float, refresh_token: str | None = None) -> Self:
        """Return the tokens of an answer of the token endpoint (RFC 6749, 5.1).

        `refresh_token` is the one that was sent: it stays good where the answer has no other. Raises KeyError,
        TypeError or ValueError for an answer without an access token.
        """
        lifetime = float(answer.get("expires_in") or DEFAULT_LIFETIME_SECONDS)
        return cls(str(answer["access_token"]), now + lifetime, answer.get("refresh_token") or refresh_token)

    def is_good(self, now: float) -> bool:
        """Tell whether the access token lives for more than a minute."""
        return now < self.expires_at - RENEW_BEFORE_SECONDS


class TokenStore:
    """Tokens of one profile; `lock_path` is locked by whoever renews them, since a refresh token is good for once."""

    def __init__(self, profile: str, *, uses_keyring: bool = False) -> None:
        self._profile, self._uses_keyring = profile, uses_keyring
        folder = config_folder() / "tokens"
        self._path: Path = folder / f"{profile}.json"
        self.lock_path: Path = folder / f"{profile}.lock"

    def load(self) -> StoredTokens:
        """Return the tokens. Raises SignInError if there are none, or none that can be read."""
        ring = _keyring() if self._uses_keyring else None
        text = None
        try:
            text = (ring.get_password(KEYRING_SERVICE, self._profile) if ring else None) or self._path.read_text(
                "utf-8"
            )
            return StoredTokens(**json.loads(text))
        except FileNotFoundError:
            reason = "is not signed in"
        except (OSError, ValueError, TypeError):
            reason = "has tokens that cannot be read"
        except Exception as error:  # every keyring has errors of its own
            reason = f"has its tokens in a keyring that fails ({error})"
        raise SignInError(f"The profile {self._profile!r} {reason}: run `foveal login --profile {self._profile}`.")

    def save(self, tokens: StoredTokens) -> None:
        """Replace the tokens. What a keyring does not take goes to the file: a refresh token is never lost."""
        text = json.dumps(dataclasses.asdict(tokens))
        ring = _keyring() if self._uses_keyring else None
        if ring is not None:
            try:
                ring.set_password(KEYRING_SERVICE, self._profile, text)
            except Exception:  # locked, or the text is too long (Windows takes 2,560 bytes)
                _forget(ring, self._profile)
            else:
                self._path.unlink(missing_ok=True)
                return
        write_private(self._path, text + "\n")

    def delete(self) -> None:
        """Delete the tokens wherever they are."""
        ring = _keyring() if self._uses_keyring else None
        if ring is not None:
            _forget(ring, self._profile)
        self._path.unlink(missing_ok=True)


def has_keyring() -> bool:
    """Tell whether the package `keyring` is installed and finds a keyring on this machine."""
    ring = _keyring()
    try:
        return ring is not None and float(ring.get_keyring().priority) > 0
    except Exception:  # a backend that cannot even be asked
        return False


def _forget(ring: ModuleType, profile: str) -> None:
    with contextlib.suppress(Exception):  # not there, or the keyring is locked
        ring.delete_password(KEYRING_SERVICE, profile)


def _keyring() -> ModuleType | None:
    try:
        import keyring
    except ImportError:
        return None
    found: ModuleType = keyring
    return found
