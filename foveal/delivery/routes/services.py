"""Services of the delivery routes: database, bucket, links and derivatives, each made on first use."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.access import audit
from foveal.api.gateway import Request
from foveal.aws.s3 import S3
from foveal.database.client import Document
from foveal.delivery.deletion import Deletion
from foveal.encoding.ids import is_id
from foveal.errors import AccessDenied, NoSuchAsset, NoSuchProject, Problem
from foveal.objects.buckets import Buckets
from foveal.objects.keys import is_project

if TYPE_CHECKING:  # the function of versions signs no URL and is deployed without `cryptography`
    from foveal.delivery.addresses import Address
    from foveal.delivery.derivatives import Derivatives
    from foveal.delivery.links import ImportedLinks, Links


@dataclass(frozen=True, slots=True)
class Services:
    """Services that every route of delivery needs."""

    database: Callable[[], Database[Document]]
    bucket: Callable[[], S3]
    logger: Logger

    def record(
        self,
        action: audit.Action,
        request: Request,
        project: str,
        asset_ids: Iterable[str],
        **facts: str | int | None,
    ) -> None:
        """Write an audit record in the caller's name."""
        audit.record_of(self.logger, action, request.caller.subject, project, asset_ids, **facts)


@dataclass(frozen=True, slots=True)
class VersionServices(Services):
    """Services of the routes that change versions."""

    deletion: Callable[[], Deletion]


@dataclass(frozen=True, slots=True)
class DownloadServices(Services):
    """Services of the routes that sign URLs and cookies; lifetimes are in seconds."""

    token_key: Callable[[], bytes]
    buckets: Callable[[], Buckets]
    links: Callable[[], "Links"]
    imported_links: Callable[[], "ImportedLinks"]
    derivatives: Callable[[], "Derivatives"]
    url_ttl_seconds: Callable[[], int]
    url_window_seconds: Callable[[], int]

    def url_of(self, address: "Address", expires_at: int) -> str:
        """Return a URL that opens an address until `expires_at`: of the CDN, or of S3 for another bucket."""
        return (self.imported_links() if address.bucket else self.links()).url(address, expires_at)

    def signing(self) -> "tuple[Database[Document], Buckets, Callable[[Address, int], str], Derivatives]":
        """Return database, buckets, links and derivatives, in the order in which `downloads.sign` takes them."""
        return self.database(), self.buckets(), self.url_of, self.derivatives()

    def url_seconds(self) -> tuple[int, int]:
        """Return the lifetime of URLs, and the window in which all callers get the same."""
        return self.url_ttl_seconds(), self.url_window_seconds()


def record_denial(logger: Logger, request: Request, route: str, problem: Problem) -> None:
    """Write an audit record of a call that was denied: the role is too low, or the caller may not see the project.

    Of the caller's text only valid ids and names of projects go into the record.
    """
    if not isinstance(problem, AccessDenied | NoSuchAsset | NoSuchProject):
        return
    project, asset_id = request.path.get("project", ""), request.path.get("asset_id", "")
    audit.record_of(
        logger,
        "denied",
        request.caller.subject,
        project if is_project(project) else "",
        [asset_id] if is_id(asset_id) else [],
        route=route,
        code=problem.code,
    )
