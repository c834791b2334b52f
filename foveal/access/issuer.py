"""Address of an issuer's discovery document (OpenID Connect Discovery 1.0, section 4)."""

from urllib.parse import urlsplit


def discovery_url(issuer: str, origin: str | None = None) -> str:
    """Return the address; `origin` is where the issuer is reached in place of its own, on the local stack alone."""
    parts = urlsplit(issuer)
    base = f"{origin or f'{parts.scheme}://{parts.netloc}'}{parts.path.rstrip('/')}"
    return f"{base}/.well-known/openid-configuration"
