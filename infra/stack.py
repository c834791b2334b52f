"""One stage of Foveal: composes the parts, and says which function may do what."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from constructs import Construct

from infra.api import Api
from infra.audit import audit_query
from infra.auth import ExternalIssuer, UserPoolIssuer
from infra.bundling import Bundler
from infra.config import StageConfig
from infra.delivery import Cdn, DirectDelivery
from infra.devices import DeviceAccess
from infra.events import SOURCE, Events
from infra.function import House
from infra.functions import Functions
from infra.key import stage_key
from infra.mongodb import MongoDb
from infra.monitoring import Monitoring
from infra.network import ImportedNetwork
from infra.queue import EventQueue
from infra.secret import GeneratedSecret
from infra.storage import Storage


class FovealStack(cdk.Stack):
    """Everything of one stage."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig, bundler: Bundler) -> None:
        super().__init__(scope, id, description=f"Foveal, the vision data backbone: stage {config.stage}")
        key = stage_key(self, config)
        network = ImportedNetwork(self, "Network", network=config.network) if config.network else None
        house = House(config, bundler, key, network)
        mongodb = MongoDb(self, "MongoDb", config=config)
        storage = Storage(self, "Storage", config=config, key=key)
        bus = Events(self, "Events", config=config)
        issuer = ExternalIssuer(config) if config.auth.issuer else UserPoolIssuer(self, "Auth", config=config)
        api = Api(self, "Api", config=config, issuer=issuer, key=key)
        cdn = Cdn(self, "Delivery", house=house, storage=storage, api=api) if config.delivery.cdn else None
        delivery = cdn or DirectDelivery(config=config, storage=storage)
        tokens = GeneratedSecret(
            self,
            "TokenKey",
            config=config,
            key=key,
            description=f"Signs page tokens and tickets of Foveal {config.stage}",
            random_characters=64,
        )
        functions = Functions(
            self,
            "Functions",
            house=house,
            mongodb=mongodb,
            storage=storage,
            events=bus,
            delivery=delivery,
            tokens=tokens,
        )
        arrivals = EventQueue(
            self,
            "Arrivals",
            bus=None,
            pattern=storage.arrivals,
            function=functions.ingest,
            batch_size=config.ingest.batch_size,
            batching_window_seconds=config.ingest.batching_window_seconds,
            max_concurrency=config.ingest.max_concurrency,
            key=key,
        )
        arrivals.take("ArchivalsRule", storage.archivals)
        renders = EventQueue(
            self,
            "Renders",
            bus=bus.bus,
            pattern=events.EventPattern(source=[SOURCE], detail_type=["AssetReady"]),
            function=functions.render,
            batch_size=1,
            batching_window_seconds=0,
            max_concurrency=config.render.max_concurrency,
            key=key,
        )
        scheduler.Schedule(
            self,
            "SweepSchedule",
            description="What a crash left behind is found within a minute",
            schedule=scheduler.ScheduleExpression.rate(cdk.Duration.minutes(1)),
            target=scheduler_targets.LambdaInvoke(functions.sweep, retry_attempts=0),
        )
        for name, function in functions.http.items():
            api.serve(name, function)

        # Who may do what. Elsewhere a function is granted only its own log group and its own queue.
        for function in functions.all:
            mongodb.grant_connect(function)
        for function in functions.http.values():
            tokens.secret.grant_read(function)
        storage.grant_upload(functions.uploads)
        storage.grant_read(functions.catalog, "masks")
        storage.grant_write(functions.catalog, "masks")
        storage.grant_read(functions.ingest, "media", "masks")
        storage.grant_quarantine(functions.ingest.role_of_its_own)
        storage.grant_read(functions.render, "media", "masks")
        storage.grant_write(functions.render, "derived")
        storage.grant_audit(functions.sweep)
        arrivals.grant_send(functions.sweep)
        for function in (functions.catalog, functions.ingest, functions.sweep):
            bus.bus.grant_put_events_to(function)
        storage.grant_read(functions.downloads, "media")  # only a read tells that an original is archived
        delivery.grant_sign(functions.downloads)
        functions.render.grant_invoke_latest_version(functions.downloads)
        storage.grant_versions(functions.versions)

        functions.sweep.add_environment("INGEST_QUEUE_URL", arrivals.queue.queue_url)
        if config.devices:
            DeviceAccess(self, "Devices", devices=config.devices, storage=storage, key=key, stage=config.stage)
        monitoring = Monitoring(
            self,
            "Monitoring",
            config=config,
            key=key,
            api=api.http_api,
            bus=bus.bus,
            functions=functions.all,
            queues=(arrivals, renders),
        )
        audit_query(self, config, functions.audited)
        for name, value in {
            "ApiUrl": api.url,
            **({"CdnUrl": cdn.url, "DistributionId": cdn.distribution.distribution_id} if cdn else {}),
            "Issuer": issuer.url,
            "ClientId": issuer.audience[0],
            **({"UserPoolId": issuer.pool.user_pool_id} if isinstance(issuer, UserPoolIssuer) else {}),
            "BucketName": storage.media.bucket_name,
            "EventBusName": bus.bus.event_bus_name,
            "IngestQueueUrl": arrivals.queue.queue_url,
            "IngestDeadLetterQueueUrl": arrivals.dead_letters.queue_url,
            "RenderQueueUrl": renders.queue.queue_url,
            "RenderDeadLetterQueueUrl": renders.dead_letters.queue_url,
            "AlarmTopicArn": monitoring.topic.topic_arn,
        }.items():
            cdk.CfnOutput(self, name, value=value)
