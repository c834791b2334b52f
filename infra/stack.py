"""One stage of Foveal: composes the parts, and says which function may do what."""

import json

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.api import Api
from infra.auth import ExternalIssuer, UserPoolIssuer
from infra.bundling import Bundler
from infra.config import StageConfig
from infra.delivery import Delivery
from infra.events import Events
from infra.function import Function, House, removal_policy
from infra.mongodb import MongoDb
from infra.queue import EventQueue
from infra.secret import GeneratedSecret
from infra.storage import Storage


class FovealStack(cdk.Stack):
    """Everything of one stage."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig, bundler: Bundler) -> None:
        super().__init__(scope, id, description=f"Foveal, the vision data backbone: stage {config.stage}")
        key = self._key(config)
        house = self._house(config, bundler, key)
        mongodb = MongoDb(self, "MongoDb", config=config)
        storage = Storage(self, "Storage", config=config, key=key)
        events_out = Events(self, "Events", config=config)
        issuer = ExternalIssuer(config) if config.auth.issuer else UserPoolIssuer(self, "Auth", config=config)
        api = Api(self, "Api", config=config, issuer=issuer, key=key)
        delivery = Delivery(self, "Delivery", house=house, storage=storage, api=api)
        tokens = GeneratedSecret(
            self,
            "TokenKey",
            config=config,
            key=key,
            description=f"Signs the page tokens and tickets of Foveal {config.stage}",
            random_characters=64,
        )

        bucket = {"MEDIA_BUCKET": storage.media.bucket_name}
        bus = {"EVENT_BUS_NAME": events_out.bus.event_bus_name}
        access = {
            "ROLES_CLAIM": config.auth.roles_claim,
            "SCOPE_PREFIX": config.auth.scope_prefix,
            "TOKEN_SECRET_ARN": tokens.arn,
        }
        limits = config.uploads.model_dump(mode="json", exclude={"reserved_concurrency"})
        uploads = Function(
            self,
            "Uploads",
            house=house,
            name="uploads",
            description="Begins, continues and completes uploads; signs their tickets",
            memory_mib=1024,
            timeout_seconds=20,
            reserved_concurrency=config.uploads.reserved_concurrency,
            environment={**mongodb.environment(), **access, **bucket, "UPLOAD_LIMITS": json.dumps(limits)},
        )
        catalog = Function(
            self,
            "Catalog",
            house=house,
            name="catalog",
            description="Assets, annotations, search and aggregates",
            memory_mib=1024,
            timeout_seconds=25,
            environment={**mongodb.environment(), **access},
        )
        downloads = Function(
            self,
            "Downloads",
            house=house,
            name="downloads",
            description="Signs CloudFront URLs and cookies",
            memory_mib=1024,
            timeout_seconds=20,
            environment={**mongodb.environment(), **access, **bucket, **delivery.environment()},
        )
        ingest = Function(
            self,
            "Ingest",
            house=house,
            name="ingest",
            description="Learns what arrived from the first bytes of each object",
            memory_mib=1024,
            timeout_seconds=60,
            environment={**mongodb.environment(), **bucket, **bus},
        )
        arrivals = EventQueue(
            self,
            "Arrivals",
            bus=None,
            pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created", "Object Deleted"],
                detail={
                    "bucket": {"name": [storage.media.bucket_name]},
                    "object": {"key": [{"prefix": "media/"}, {"prefix": "masks/"}]},
                },
            ),
            function=ingest,
            batch_size=config.ingest.batch_size,
            batching_window_seconds=config.ingest.batching_window_seconds,
            max_concurrency=config.ingest.max_concurrency,
            key=key,
        )

        for name, function in {"uploads": uploads, "catalog": catalog, "downloads": downloads}.items():
            api.serve(name, function)

        # Who may do what (docs/architecture.md); nothing is granted elsewhere but logging and each queue's consumer.
        for function in (uploads, catalog, downloads, ingest):
            mongodb.grant_connect(function)
        for function in (uploads, catalog, downloads):
            tokens.secret.grant_read(function)
        storage.grant_upload(uploads)
        storage.grant_read(ingest, "media", "masks")
        storage.grant_quarantine(ingest.role_of_its_own)
        events_out.bus.grant_put_events_to(ingest)
        delivery.keys.signing_secret.secret.grant_read(downloads)

        self._outputs(
            ApiUrl=api.url,
            CdnUrl=delivery.url,
            DistributionId=delivery.distribution.distribution_id,
            Issuer=issuer.url,
            ClientId=issuer.audience[0],
            BucketName=storage.media.bucket_name,
            EventBusName=events_out.bus.event_bus_name,
            IngestQueueUrl=arrivals.queue.queue_url,
            IngestDeadLetterQueueUrl=arrivals.dead_letters.queue_url,
            **({"UserPoolId": issuer.pool.user_pool_id} if isinstance(issuer, UserPoolIssuer) else {}),
        )

    def _key(self, config: StageConfig) -> kms.IKey | None:
        if config.kms_key == "aws-managed":
            return None
        if config.kms_key != "create":
            return kms.Key.from_key_arn(self, "Key", config.kms_key)
        return kms.Key(
            self,
            "Key",
            description=f"Foveal {config.stage}: media, queues, secrets, logs",
            enable_key_rotation=True,
            removal_policy=removal_policy(config),
        )

    def _house(self, config: StageConfig, bundler: Bundler, key: kms.IKey | None) -> House:
        if config.network is None:
            return House(config, bundler, key, vpc=None)
        network = config.network
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=network.vpc_id,
            availability_zones=list(network.availability_zones),
            private_subnet_ids=list(network.private_subnet_ids),
        )
        groups = tuple(
            ec2.SecurityGroup.from_security_group_id(self, group, group) for group in network.security_group_ids
        )
        return House(config, bundler, key, vpc, groups)

    def _outputs(self, **values: str) -> None:
        for name, value in values.items():
            cdk.CfnOutput(self, name, value=value)
