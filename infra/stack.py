"""The stack of one stage: composes the constructs and grants each function its permissions."""

import aws_cdk as cdk
from constructs import Construct

from foveal.stack_contract import DATASETS_PREFIX, MASKS_PREFIX, MEDIA_PREFIX
from infra.access.devices import DeviceAccess
from infra.access.issuer import issuer_of, sign_in_environment
from infra.api import Api
from infra.config import StageConfig
from infra.console.site import ConsoleSite
from infra.database.mongodb import MongoDb
from infra.database.vector_search import VectorSearch
from infra.delivery.cdn import Cdn, DirectDelivery
from infra.events import Events
from infra.functions.bundling import Bundler
from infra.functions.function import FunctionDefaults
from infra.functions.network import ImportedNetwork
from infra.functions.schedule import run_every_minute
from infra.monitoring.alarms import Monitoring
from infra.monitoring.audit_query import audit_query
from infra.monitoring.reading import grant_read_metrics
from infra.queues import Arrivals, Renders, queues_setting
from infra.scanning import MalwareScans
from infra.secrets.key import stage_key
from infra.secrets.secret import GeneratedSecret
from infra.stage_functions import Functions
from infra.storage.import_buckets import ImportBuckets
from infra.storage.media_bucket import CLOUDFRONT, Storage


class FovealStack(cdk.Stack):
    """All resources of one stage."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig, bundler: Bundler) -> None:
        super().__init__(
            scope,
            id,
            description=f"Foveal, the vision data backbone: stage {config.stage}",
            tags={"application": "foveal", "stage": config.stage, **config.tags},
            termination_protection=config.removal_policy == "retain",
        )
        key = stage_key(self, config)
        network = ImportedNetwork(self, "Network", network=config.network) if config.network else None
        defaults = FunctionDefaults(config, bundler, key, network)
        mongodb = MongoDb(self, "MongoDb", config=config)
        storage = Storage(self, "Storage", config=config, key=key)
        bus = Events(self, "Events", config=config, key=key)
        issuer = issuer_of(self, config)
        api = Api(self, "Api", config=config, issuer=issuer, key=key)
        console = (
            ConsoleSite(self, "Console", config=config, storage=storage, issuer=issuer) if config.has_console else None
        )
        cdn = (
            Cdn(self, "Delivery", defaults=defaults, storage=storage, api=api, console=console)
            if config.delivery.cdn
            else None
        )
        if cdn and console:
            console.publish(defaults=defaults, url=cdn.url, issuer=issuer)
        delivery = cdn or DirectDelivery(config=config, storage=storage)
        tokens = GeneratedSecret(
            self,
            "TokenKey",
            config=config,
            key=key,
            description=f"Signs page tokens and tickets of Foveal {config.stage}",
            random_characters=64,
        )
        vectors = VectorSearch(self, "VectorSearch", search=config.search)
        functions = Functions(
            self,
            "Functions",
            defaults=defaults,
            mongodb=mongodb,
            storage=storage,
            events=bus,
            delivery=delivery,
            tokens=tokens,
            vectors=vectors,
            sign_in=sign_in_environment(issuer),
            people=issuer.people_environment(),
        )
        scans = (
            MalwareScans(
                self, "MalwareScans", defaults=defaults, mongodb=mongodb, storage=storage, bus=bus, delivery=delivery
            )
            if config.scanning.malware != "off"
            else None
        )
        arrivals = Arrivals(self, "Arrivals", config=config, storage=storage, function=functions.ingest, key=key)
        renders = Renders(self, "Renders", config=config, bus=bus.bus, function=functions.render, key=key)
        functions.sweep.add_environment("INGEST_QUEUE_URL", arrivals.queue.queue_url)
        queues = {"ingest": arrivals, "render": renders, **({"scan": scans.queue} if scans else {})}
        functions.operations.add_environment("QUEUES", queues_setting(self, queues))
        run_every_minute(self, "SweepSchedule", functions.sweep)
        if functions.journal:
            run_every_minute(self, "JournalSchedule", functions.journal, "What changed goes into the bucket")
        for name, function in functions.http.items():
            api.serve(name, function)

        # Permissions. Elsewhere a function is granted only its own log group and its own queue.
        for function in functions.with_catalog:
            mongodb.grant_connect(function)
        for function in functions.http.values():
            tokens.secret.grant_read(function)
            if cdn and cdn.origin_keys and config.waf.origin_key == "demand":
                cdn.origin_keys.demand(function)
        issuer.grant_manage_people(functions.people.execution_role)
        storage.grant_upload(functions.uploads)
        storage.grant_read(functions.catalog, MASKS_PREFIX)
        storage.grant_write(functions.catalog, MASKS_PREFIX)
        vectors.grant_search(functions.catalog)
        storage.grant_read(functions.ingest, MEDIA_PREFIX, MASKS_PREFIX)
        storage.grant_quarantine(functions.ingest.execution_role, *([scans.function.execution_role] if scans else []))
        storage.grant_read(functions.render, MEDIA_PREFIX, MASKS_PREFIX)
        storage.grant_derive(functions.render)
        storage.grant_audit(functions.sweep)
        storage.grant_delete(functions.sweep)  # of what arrives at an asset that is deleted already
        arrivals.grant_send(functions.sweep)
        for queue in queues.values():
            queue.grant_redrive(functions.operations)
        storage.grant_list_versions(functions.operations)
        grant_read_metrics(functions.operations)
        for function in (functions.jobs, functions.worker):
            storage.grant_jobs(function)
        storage.grant_datasets(functions.jobs)
        storage.grant_undo(functions.worker)
        imported = ImportBuckets(config.imports)
        imported.serve(functions.jobs, functions.worker, functions.render, functions.downloads)
        imported.grant_read(functions.worker, functions.render, functions.downloads)
        for function in (functions.jobs, functions.sweep):
            functions.worker.grant_invoke_latest_version(function)
        for function in (functions.catalog, functions.ingest, functions.sweep, functions.worker):
            bus.bus.grant_put_events_to(function)
        storage.grant_read(functions.downloads, MEDIA_PREFIX)  # only a read tells that an original is archived
        storage.refuse_quarantined("QuarantinedIsNotSigned", functions.downloads.execution_role)
        delivery.grant_sign(functions.downloads)
        functions.render.grant_invoke_latest_version(functions.downloads)
        storage.grant_versions(functions.versions)
        storage.grant_read(functions.versions, DATASETS_PREFIX)  # what a version of a data set pins is not deleted
        for function in (functions.versions, functions.ingest, functions.sweep):
            delivery.grant_invalidate(function)

        if scans:
            mongodb.grant_connect(scans.function)
            bus.bus.grant_put_events_to(scans.function)
            storage.grant_read(scans.function, MEDIA_PREFIX)
            delivery.grant_invalidate(scans.function)
            scans.queue.grant_send(functions.versions)
            for function in (functions.versions, functions.sweep):
                scans.grant_request(function)
            functions.await_scans(scans.function, scans.queue.queue)
        if config.scanning.malware == "block":
            storage.refuse_unless_clean("OnlyCleanIsDelivered", CLOUDFRONT)
            storage.refuse_unless_clean("OnlyCleanIsSigned", functions.downloads.execution_role)
        if functions.journal:
            storage.grant_journal(functions.journal)

        if config.devices:
            DeviceAccess(self, "Devices", devices=config.devices, storage=storage, key=key, stage=config.stage)
        Monitoring(
            self,
            "Monitoring",
            config=config,
            key=key,
            api=api.http_api,
            distribution=cdn.distribution if cdn else None,
            bus=bus,
            functions=functions,
            queues=tuple(queues.values()),
        )
        audit_query(self, config, functions.audited)
