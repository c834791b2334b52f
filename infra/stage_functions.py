"""The functions of a stage: the environment, memory and timeout of each.

Memory is chosen for its share of a processor (1,769 MiB is one), not for what a function holds.
"""

import json
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from foveal.stack_contract import FREED_MEMORY_IS_RETURNED
from infra.database.mongodb import MongoDb
from infra.database.vector_search import VectorSearch
from infra.delivery.cdn import Cdn, DirectDelivery
from infra.events import Events
from infra.functions.function import Function, FunctionDefaults
from infra.secrets.secret import GeneratedSecret
from infra.storage.media_bucket import Storage


class Functions(Construct):
    """Every function except that of the custom resource; the stack grants each what it may do."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        defaults: FunctionDefaults,
        mongodb: MongoDb,
        storage: Storage,
        events: Events,
        delivery: Cdn | DirectDelivery,
        tokens: GeneratedSecret,
        vectors: VectorSearch,
        sign_in: Mapping[str, str],
        people: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id)
        config = defaults.config
        database = mongodb.environment()
        bucket = {"MEDIA_BUCKET": storage.media.bucket_name}
        bus = {"EVENT_BUS_NAME": events.bus.event_bus_name}
        access = {
            "ROLES_CLAIM": config.auth.roles_claim,
            "SCOPE_PREFIX": config.auth.scope_prefix,
            "TOKEN_SECRET_ARN": tokens.arn,
        }
        limits = {
            **config.uploads.model_dump(mode="json"),
            "transfer_acceleration": config.storage.transfer_acceleration,
        }
        renditions = {"RENDITIONS": json.dumps(config.render.model_dump(mode="json")["renditions"], sort_keys=True)}
        expires = config.storage.derived_expire_after_days
        self.render = Function(
            self,
            "Render",
            defaults=defaults,
            name="render",
            description="Makes derivatives: renditions, posters, annotated copies, crops",
            memory_mib=1769,
            timeout_seconds=120,
            environment={
                **database,
                **bucket,
                **renditions,
                **({"DERIVED_EXPIRE_AFTER_DAYS": str(expires)} if expires else {}),
            },
        )
        self.uploads = Function(
            self,
            "Uploads",
            defaults=defaults,
            name="uploads",
            description="Begins, continues and completes uploads; signs their tickets",
            memory_mib=1024,
            timeout_seconds=20,
            environment={
                **database,
                **access,
                **bucket,
                **sign_in,
                "UPLOAD_LIMITS": json.dumps(limits, sort_keys=True),
            },
        )
        self.catalog = Function(
            self,
            "Catalog",
            defaults=defaults,
            name="catalog",
            description="Assets, annotations, search and aggregates",
            memory_mib=1024,
            timeout_seconds=25,
            environment={**database, **access, **bucket, **bus, **vectors.environment()},
        )
        self.downloads = Function(
            self,
            "Downloads",
            defaults=defaults,
            name="downloads",
            description="Signs CloudFront URLs and cookies",
            memory_mib=1024,
            timeout_seconds=20,
            keeps_audit=True,
            environment={
                **database,
                **access,
                **bucket,
                **renditions,
                **delivery.environment(),
                "RENDER_FUNCTION_NAME": self.render.function_name,
            },
        )
        self.versions = Function(
            self,
            "Versions",
            defaults=defaults,
            name="versions",
            description="Lists, reverts, deletes and restores versions of media",
            memory_mib=1024,
            timeout_seconds=25,
            keeps_audit=True,
            environment={**database, **access, **bucket, **delivery.invalidation_environment()},
        )
        self.ingest = Function(
            self,
            "Ingest",
            defaults=defaults,
            name="ingest",
            description="Learns what arrived from the first bytes of each object",
            memory_mib=1024,
            timeout_seconds=60,
            environment={**database, **bucket, **bus, **delivery.invalidation_environment()},
        )
        self.sweep = Function(
            self,
            "Sweep",
            defaults=defaults,
            name="sweep",
            description="Publishes what a crash left, ends stale uploads, counts labels, compares bucket and catalog",
            memory_mib=512,
            timeout_seconds=240,
            environment={**database, **bucket, **bus, **delivery.invalidation_environment()},
        )
        self.worker = Function(
            self,
            "Worker",
            defaults=defaults,
            name="worker",
            description="Does jobs: imports and exports of labels, versions of data sets",
            memory_mib=1769,
            timeout_seconds=900,
            scratch_mib=10_240,
            environment={**database, **bucket, **bus, **FREED_MEMORY_IS_RETURNED},
        )
        self.jobs = Function(
            self,
            "Jobs",
            defaults=defaults,
            name="jobs",
            description="Begins, shows and stops jobs: imports, exports, versions of data sets",
            memory_mib=1024,
            timeout_seconds=25,
            environment={
                **database,
                **access,
                **bucket,
                "WORKER_FUNCTION_NAME": self.worker.function_name,
                "NONCURRENT_EXPIRE_AFTER_DAYS": str(config.storage.noncurrent_expire_after_days),
            },
        )
        self.people = Function(
            self,
            "People",
            defaults=defaults,
            name="people",
            description="Projects, their members and roles",
            memory_mib=1024,
            timeout_seconds=25,
            keeps_audit=True,
            environment={**access, **people},
        )
        self.operations = Function(
            self,
            "Operations",
            defaults=defaults,
            name="operations",
            description="Queues, dead letters, failures and drift, for operators",
            memory_mib=1024,
            timeout_seconds=25,
            keeps_audit=True,
            environment={**database, **access, **bucket, "STACK_NAME": cdk.Aws.STACK_NAME},
        )
        self.journal = (
            Function(
                self,
                "Journal",
                defaults=defaults,
                name="journal",
                description="Records every change of the catalog in the bucket, and snapshots",
                memory_mib=512,
                timeout_seconds=120,
                environment={
                    **database,
                    **bucket,
                    "SNAPSHOT_EVERY_DAYS": str(config.journal.snapshot_every_days),
                    "RETENTION_DAYS": str(config.journal.retention_days),
                },
            )
            if config.journal.enabled
            else None
        )
        self.sweep.add_environment("WORKER_FUNCTION_NAME", self.worker.function_name)
        self.http = {
            "uploads": self.uploads,
            "catalog": self.catalog,
            "downloads": self.downloads,
            "versions": self.versions,
            "jobs": self.jobs,
            "people": self.people,
            "operations": self.operations,
        }
        self.audited = (self.downloads, self.versions, self.people, self.operations)
        self.all = [*self.http.values(), self.ingest, self.render, self.sweep, self.worker]
        if self.journal:
            self.all.append(self.journal)
        self.with_catalog = [each for each in self.all if each is not self.people]

    def await_scans(self, scans: Function, queue: sqs.IQueue) -> None:
        """Have originals held until they were scanned for malware; results and decisions go to the queue."""
        for function in (self.ingest, self.sweep):
            function.add_environment("MALWARE_SCANS", "on")
        self.versions.add_environment("SCAN_QUEUE_URL", queue.queue_url)
        self.all.append(scans)
