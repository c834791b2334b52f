"""Parts of requests and answers that several routes share: preconditions, project, name, parameters of pages."""

import re
from typing import Final

from pydantic import TypeAdapter, ValidationError

from foveal.access.caller import Role
from foveal.api.documentation import Parameter
from foveal.api.gateway import Request, Response
from foveal.catalog import assets
from foveal.errors import InvalidRequest, PreconditionRequired
from foveal.validation.values import Slug

IF_NONE_MATCH: Final = {"If-None-Match": "The entity tag that the caller knows; answered 304 while it is current"}
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Slug)
_REVISION_TAG: Final = re.compile(r'^"?([0-9]{1,15})"?$')


def limit_parameter(maximum: int, default: int) -> Parameter:
    """Return the parameter `limit` of a list."""
    schema = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default}
    return Parameter("How many items on a page", schema)


def if_match_parameter(description: str) -> Parameter:
    """Return the header `If-Match` of a change to something that has revisions."""
    return Parameter(description, {"type": "string", "pattern": _REVISION_TAG.pattern}, is_required=True)


def if_match(request: Request) -> int:
    """Return the revision in `If-Match`. Raises PreconditionRequired without one, InvalidRequest for another form."""
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired("Send If-Match with the revision that you know, so that nobody's work is lost.")
    found = _REVISION_TAG.fullmatch(header.strip())
    if found is None:
        raise InvalidRequest('If-Match must be a revision in quotes, for example "3".')
    return int(found[1])


def not_modified(request: Request, tag: str) -> Response | None:
    """Return the answer 304 where `If-None-Match` names the current entity tag (RFC 9110, section 13.1.2)."""
    if assets.matches(request.headers.get("if-none-match"), tag):
        return Response(status=304, headers={"etag": tag})
    return None


def project_of(request: Request, role: Role = Role.VIEWER) -> str:
    """Return the project in the path. Raises NoSuchProject or AccessDenied, as `Caller.require`."""
    project = request.path["project"]
    request.caller.require(project, role)
    return project


def name_of(request: Request) -> str:
    """Return the name in the path. Raises InvalidRequest."""
    try:
        return _NAME.validate_python(request.path["name"])
    except ValidationError:
        raise InvalidRequest("name: must be made of letters, digits, - and _.") from None
