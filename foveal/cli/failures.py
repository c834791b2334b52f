"""Sentences for failures outside of the program: MongoDB, AWS or the API is away, or refuses.

Errors are named by their module and class, so that no library is imported for the sake of its errors.
"""

from collections.abc import Callable, Mapping
from typing import Final


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
    "foveal.client.errors.FovealError": str,
    "httpx2.TransportError": lambda error: (
        f"The API does not answer ({error}): check --api, and that it runs (the local stack: `make status`)."
    ),
}


def sentence(error: Exception) -> str | None:
    """Return what went wrong and what to do; None for an error of the program itself."""
    for kind in type(error).__mro__:
        tell = _SENTENCES.get(f"{kind.__module__}.{kind.__qualname__}")
        if tell is not None:
            return tell(error)
    return None


def exit_code(error: Exception) -> int:
    """Return the exit code of a failure: 2 usage, 3 not signed in or no role, 4 not there, 5 try again later, or 1."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if name == "foveal.client.errors.APIError":
        return {401: 3, 403: 3, 404: 4, 429: 5, 503: 5}.get(getattr(error, "status", 0), 1)
    return {
        "foveal.client.errors.NetworkError": 5,
        "foveal.client.errors.ConfigurationError": 2,
        "foveal.client.errors.SignInError": 3,
    }.get(name, 1)
