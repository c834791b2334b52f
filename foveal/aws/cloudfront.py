"""CloudFront: invalidation of cached objects."""

import hashlib
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from foveal.aws import credentials
from foveal.aws.endpoints import global_endpoint
from foveal.aws.errors import error_of
from foveal.aws.retries import send_with_retries
from foveal.aws.s3 import xml
from foveal.aws.sigv4 import Signer
from foveal.http.pool import connection_pool
from foveal.http.protocol import HttpRequest, HttpResponse

NAMESPACE: Final = "http://cloudfront.amazonaws.com/doc/2020-05-31/"


def invalidate(distribution_id: str, paths: Sequence[str]) -> None:
    """Drop what edge locations hold under some paths; `*` may end a path (API reference, CreateInvalidation).

    Raises AwsError; its code is `TooManyInvalidationsInProgress` while 15 paths with a wildcard are under way.
    """
    items = "".join(f"<Path>{xml.escape(path)}</Path>" for path in paths)
    listed = f"<Paths><Quantity>{len(paths)}</Quantity><Items>{items}</Items></Paths>"
    reference = f"<CallerReference>{uuid.uuid4().hex}</CallerReference>"
    body = f'<InvalidationBatch xmlns="{NAMESPACE}">{listed}{reference}</InvalidationBatch>'.encode()
    endpoint, signing_region = global_endpoint("cloudfront", credentials.region())
    path = f"/2020-05-31/distribution/{distribution_id}/invalidation"

    def sign() -> HttpRequest:
        signed = Signer(credentials.current(), signing_region, "cloudfront").sign(
            "POST",
            endpoint,
            path,
            at=datetime.now(UTC).replace(microsecond=0),
            payload_sha256=hashlib.sha256(body).hexdigest(),
            headers={"Content-Type": "application/xml"},
        )
        return HttpRequest("POST", endpoint.base_path + path, signed, body)

    pool = connection_pool(endpoint.scheme, endpoint.host)
    response = send_with_retries("CreateInvalidation", pool, sign, _error_code)
    if response.status >= 300:
        raise error_of("CreateInvalidation", _error_code(response), response.status)


def _error_code(response: HttpResponse) -> str:
    found = re.search(rb"<Code>(\w+)</Code>", response.body) if response.status >= 300 else None
    return found[1].decode() if found else ""
