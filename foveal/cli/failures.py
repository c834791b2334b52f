"""Sentences for failures outside of the program: MongoDB, AWS or the API is away, or refuses.

Errors are named by their module and class, so that no library is imported for the sake of its errors.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from foveal.cli.text import printable


def _first_words(error: Exception) -> str:
    """Return the text of a MongoDB error without the whole document of the server's answer."""
    return str(error).partition(", full error")[0]


_SENTENCES: Final[Mapping[str, Callable[[Exception], str]]] = {
    "pymongo.errors.ConnectionFailure": lambda _: (
        "MongoDB does not answer: check its URI, and that it runs (the local stack: `make status`)."
    ),
    # its own text may repeat a part of the password
    "pymongo.errors.ConfigurationError": lambda _: (
        "The MongoDB URI cannot be used: it begins with mongodb:// or mongodb+srv://, and special characters of the "
        "password are percent-encoded."
    ),
    "pymongo.errors.PyMongoError": lambda error: f"MongoDB refused: {_first_words(error)}",
    "foveal.errors.Problem": str,
    "foveal.aws.errors.Unreachable": lambda error: (
        f"AWS does not answer ({error}): check the network and AWS_ENDPOINT_URL (the local stack: `make status`)."
    ),
    "foveal.aws.errors.AwsError": lambda error: f"AWS refused: {error}.",
    "botocore.exceptions.BotoCoreError": lambda error: f"AWS cannot be called: {error}",
    "botocore.exceptions.ClientError": lambda error: f"AWS refused: {error}.",
    "foveal.client.errors.APIError": lambda error: _of_the_api(error),
    "foveal.client.errors.NetworkError": lambda error: (
        f"The API does not answer: {error}\n"
        "Check FOVEAL_API_URL or --api, and the network (local stack: `make status`)."
    ),
    "foveal.client.errors.FovealError": str,
}


def sentence(error: Exception) -> str | None:
    """Return what went wrong and what to do; None for an error of the program itself."""
    if is_usage_error(error):
        return str(error.format_message())  # type: ignore[attr-defined]  # of typer's own, by name
    for kind in type(error).__mro__:
        tell = _SENTENCES.get(f"{kind.__module__}.{kind.__qualname__}")
        if tell is not None:
            return tell(error)
    return None


def is_usage_error(error: Exception) -> bool:
    """Tell whether the command line was wrong: an error of typer, which knows its own text."""
    return hasattr(error, "format_message")


def exit_code(error: Exception) -> int:
    """Return the exit code of a failure.

    1 failed, 2 usage (also a request that the API finds invalid), 3 not signed in or no role, 4 not there, 5 try again
    later, 7 refused for good.
    """
    if is_usage_error(error):
        return 2
    name = _name(error)
    if name == "foveal.client.errors.APIError":
        code, status = getattr(error, "code", ""), getattr(error, "status", 0)
        return _CODES.get(code, _STATUSES.get(status, 5 if status >= 500 else 1))
    if name == "foveal.client.errors.DownloadError":
        return _CODES.get(getattr(error, "code", ""), 1)
    if name == "foveal.cli.session.NotOneAssetError":
        return 4 if getattr(error, "is_absent", False) else 2
    return {
        "foveal.client.errors.NetworkError": 5,
        "foveal.client.errors.ConfigurationError": 2,
        "foveal.client.errors.SignInError": 3,
    }.get(name, 1)


def problem(error: Exception) -> dict[str, Any]:
    """Return a failure as JSON values: `code`, `detail`, `status`, `request_id`, `remedy`, as far as there are any."""
    members = {
        "code": getattr(error, "code", None) or type(error).__name__,
        "status": getattr(error, "status", None),
        "detail": getattr(error, "detail", None) or sentence(error) or str(error),
        "request_id": getattr(error, "request_id", None),
        "remedy": remedy(error),
        "exit_code": exit_code(error),
    }
    return {name: value for name, value in members.items() if value is not None}


def report(error: Exception, *, as_json: bool) -> bool:
    """Print a failure to standard error; False for an error of the program itself, of which nothing is printed."""
    reason = sentence(error)
    if reason is None:
        return False
    print(json.dumps({"problem": problem(error)}) if as_json else _lines(reason), file=sys.stderr)
    return True


def _lines(reason: str) -> str:
    return "\n".join(map(printable, reason.splitlines()))


def remedy(error: Exception) -> str | None:
    """Return what to do about a failure, where the command line knows more than the API."""
    if _name(error) != "foveal.client.errors.APIError":
        return None
    return _REMEDIES.get(getattr(error, "code", "")) or _REMEDIES.get(str(getattr(error, "status", "")))


_STATUSES: Final = {400: 2, 401: 3, 403: 3, 404: 4, 408: 5, 413: 7, 415: 7, 422: 2, 429: 5}
_CODES: Final = {"QuotaExceeded": 7, "NetworkError": 5, "ChecksumMismatch": 5, "FileExists": 1}
_REMEDIES: Final = {
    "401": "Sign in again: foveal login, or a new FOVEAL_TOKEN (local stack: export FOVEAL_TOKEN=$(foveal token)).",
    "403": "`foveal whoami` shows your roles; an admin of the project gives others.",
    "NoSuchProject": "`foveal whoami` lists the projects that you may see; choose one with --project.",
    "QuotaExceeded": "The quota of a day is used up: go on tomorrow, or ask the operator for more.",
    "412": "It was changed meanwhile: look at it again, and repeat the command.",
}
"""Remedies by the code or the status of a problem."""


def _name(error: Exception) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _of_the_api(error: Exception) -> str:
    advice = remedy(error)
    return f"{error}\n{advice}" if advice else str(error)
