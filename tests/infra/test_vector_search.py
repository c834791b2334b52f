"""The vector engine of a stage reaches the catalog function, with the permissions that it needs and no others."""

from collections.abc import Callable
from typing import Any

import pytest

from foveal.catalog.vectors.atlas import AtlasVectorSearch
from foveal.catalog.vectors.configured import configured_engine
from foveal.catalog.vectors.engine import Engine
from foveal.catalog.vectors.exact import ExactSearch
from foveal.catalog.vectors.s3_vectors import S3Vectors
from foveal.settings import CatalogSettings, Environment
from infra import config
from infra.config import ConfigError
from tests.infra.template import Template, actions, resources

S3_VECTORS = {"vector_engine": "s3-vectors", "s3_vector_bucket": "my-vectors"}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("search", "engine"),
    [
        ({}, ExactSearch),
        ({"vector_engine": "atlas", "atlas_index": "vectors"}, AtlasVectorSearch),
        (S3_VECTORS, S3Vectors),
    ],
)
def test_catalog_function_has_the_engine_that_the_stage_names(
    changed: Callable[..., Template], search: dict[str, str], engine: type[Engine]
) -> None:
    environment = changed("dev", search=search).environment("catalog")
    settings = CatalogSettings.from_environment(Environment(environment))
    database: Any = None
    assert isinstance(configured_engine(settings.vector_engine, database), engine)


def test_s3_vectors_are_granted_for_the_indexes_of_one_bucket(changed: Callable[..., Template]) -> None:
    template = changed("dev", search=S3_VECTORS)
    (statement,) = (s for s in template.statements_of("catalog") if _is_for_vectors(actions(s)))
    assert actions(statement) == {"s3vectors:GetVectors", "s3vectors:PutVectors", "s3vectors:QueryVectors"}
    assert resources(statement) == [
        "arn:<AWS::Partition>:s3vectors:<AWS::Region>:<AWS::AccountId>:bucket/my-vectors/index/foveal-*"
    ]


@pytest.mark.parametrize("search", [{}, {"vector_engine": "atlas", "atlas_index": "vectors"}, S3_VECTORS])
def test_no_other_function_may_use_s3_vectors(changed: Callable[..., Template], search: dict[str, str]) -> None:
    template = changed("dev", search=search)
    granted = [name for name, statement in template.policies() if _is_for_vectors(actions(statement))]
    assert len(granted) == (1 if search is S3_VECTORS else 0)
    assert all(name.startswith("FunctionsCatalogRoleDefaultPolicy") for name in granted)


def test_key_of_a_vector_bucket_is_granted_to_the_catalog_function(changed: Callable[..., Template]) -> None:
    template = changed("dev", search={**S3_VECTORS, "s3_vector_kms_key_arn": KEY})
    (statement,) = (s for s in template.statements_of("catalog") if resources(s) == [KEY])
    assert actions(statement) == {"kms:Decrypt", "kms:GenerateDataKey"}


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"vector_engine": "atlas"}, "search: atlas_index goes with vector_engine"),
        ({"atlas_index": "vectors"}, "search: atlas_index goes with vector_engine"),
        ({"vector_engine": "s3-vectors"}, "search: s3_vector_bucket goes with vector_engine"),
        ({"s3_vector_bucket": "my-vectors"}, "search: s3_vector_bucket goes with vector_engine"),
        ({"s3_vector_kms_key_arn": KEY}, "search: s3_vector_kms_key_arn is the key of s3_vector_bucket"),
        ({"vector_engine": "faiss"}, r"search\.vector_engine: .*'exact', 'atlas' or 's3-vectors'"),
    ],
)
def test_settings_of_another_engine_are_refused(search: dict[str, str], message: str) -> None:
    values = {"allowed_origins": ["https://a.example"], "mongodb": {"secret_name": "a"}, "search": search}
    with pytest.raises(ConfigError, match=message):
        config.parse("test", values)


def _is_for_vectors(granted: set[str]) -> bool:
    return any(action.startswith("s3vectors:") for action in granted)
