"""The sections of a stage file: settings with their bounds, defaults and descriptions."""

from infra.config.sections.access import Auth, Devices, MongoDb, Network
from infra.config.sections.delivery import Api, Console, Delivery
from infra.config.sections.operations import Events, Journal, Monitoring
from infra.config.sections.processing import (
    ImportBucket,
    Imports,
    Ingest,
    Render,
    Rendition,
    ReservedConcurrency,
    Search,
    Uploads,
)
from infra.config.sections.protection import Scanning, Waf
from infra.config.sections.section import Section
from infra.config.sections.storage import ObjectLock, Replication, Storage

__all__ = [
    "Api",
    "Auth",
    "Console",
    "Delivery",
    "Devices",
    "Events",
    "ImportBucket",
    "Imports",
    "Ingest",
    "Journal",
    "MongoDb",
    "Monitoring",
    "Network",
    "ObjectLock",
    "Render",
    "Rendition",
    "Replication",
    "ReservedConcurrency",
    "Scanning",
    "Search",
    "Section",
    "Storage",
    "Uploads",
    "Waf",
]
