"""Ids, keys and settings: the names by which the parts find each other."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.encoding import ids
from foveal.objects import keys
from foveal.settings import Environment, MissingSetting, MongoSettings


def test_ids_are_valid_and_sort_by_time_when_made_one_after_the_other() -> None:
    made = [ids.new_id(1_700_000_000 + step) for step in range(50)]
    assert made == sorted(made)
    assert all(uuid.UUID(each).version == 7 and uuid.UUID(each).variant == uuid.RFC_4122 for each in made)
    assert all(ids.is_id(each) for each in made)


def test_adopted_id_is_the_same_for_the_same_object_only() -> None:
    assert ids.adopted_id("b", "k") == ids.adopted_id("b", "k")
    assert ids.adopted_id("b", "k") != ids.adopted_id("b", "k2")


@given(st.text())
def test_media_key_reads_the_same_encoded_and_raw_whatever_the_file_name(name: str) -> None:
    key = keys.media_key("zoo", "01890000-0000-7000-8000-000000000000", name)
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789./-")
    assert keys.parse_media_key("b", key) == ("zoo", "01890000-0000-7000-8000-000000000000", False)


@pytest.mark.parametrize("key", ["media/zoo/cam1/a b+%41.jpg", "media/zoo/x.jpg", "media/zoo/é/1"])
def test_object_is_adopted_when_it_was_put_below_a_project_by_other_means(key: str) -> None:
    assert keys.parse_media_key("b", key) == ("zoo", ids.adopted_id("b", key), True)


@pytest.mark.parametrize(
    "key", ["derived/zoo/a/b", "media/zoo/", "media/Zoo/a", "media//a", "media", "x/media/zoo/a", "media/zoo/folder/"]
)
def test_key_is_nobodys_original_when_it_is_outside_media(key: str) -> None:
    assert keys.parse_media_key("b", key) is None


def test_missing_setting_is_named() -> None:
    with pytest.raises(MissingSetting, match="MEDIA_BUCKET"):
        Environment({}).text("MEDIA_BUCKET")


def test_mongodb_needs_a_secret_or_a_uri() -> None:
    with pytest.raises(MissingSetting, match="MONGODB_SECRET_ARN"):
        MongoSettings.from_environment(Environment({"MONGODB_DATABASE": "foveal"}))
