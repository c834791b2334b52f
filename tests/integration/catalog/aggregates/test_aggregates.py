"""Aggregates equal a count by hand, over random documents and random filters."""

import json
import math
from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.catalog.aggregates import asset_aggregates, requests
from foveal.catalog.search import search
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from tests.integration.catalog.annotation_requests import BOX, created
from tests.integration.catalog.conftest import PROJECT, Client, an_asset
from tests.integration.catalog.search import filter_oracle
from tests.integration.catalog.search.test_search_properties import ANNOTATIONS, FILTERS, filled

__all__ = ["filled"]
AGGREGATE = "POST /v1/projects/{project}/assets/aggregate"
REQUEST: dict[str, Any] = {
    "count": {"count": {}},
    "formats": {"counts": {"field": "format"}},
    "tags": {"counts": {"field": "tags"}},
    "labels": {"labels": {}},
    "truth": {"labels": {"field": "ground_truth", "type": "detection"}},
    "sizes": {"histogram": {"field": "annotation_revision", "buckets": 3}},
    "given": {"histogram": {"field": "size_bytes", "boundaries": [0, 10, 11, 500]}},
    "times": {"histogram": {"field": "created_at", "buckets": 4}},
    "quantiles": {"quantiles": {"field": "size_bytes", "at": [0, 0.25, 0.5, 0.99, 1]}},
    "names": {"distinct": {"field": "file_name"}},
    "speeds": {"distinct": {"field": "attributes.speed"}},
    "pairs": {"co_occurrence": {}},
    "bytes": {"sum": {"field": "size_bytes"}},
    "bytes_by_tag": {"sums": {"field": "size_bytes", "by": "tags"}},
    "true_pairs": {"co_occurrence": {"field": "ground_truth"}},
}


def by_count(counter: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=st.one_of(st.none(), FILTERS))
def test_aggregates_equal_the_reference_counts(filled: Any, filter_: Any) -> None:
    database, assets, annotations = filled
    found = [asset for asset in assets if filter_oracle.matches(filter_, asset, annotations[asset["_id"]])]
    result: dict[str, Any] = {}
    for names in (sorted(REQUEST)[:8], sorted(REQUEST)[8:]):
        request = requests.parse({"filter": filter_, "aggregates": {name: REQUEST[name] for name in names}})
        result |= asset_aggregates.compute(database, PROJECT, request)["aggregates"]

    assert result["count"] == {"count": len(found)}
    formats = Counter(asset["format"] for asset in found if asset.get("format"))
    assert [(each["value"], each["count"]) for each in result["formats"]["counts"]] == by_count(formats)
    tags = Counter(tag for asset in found for tag in asset["tags"])
    assert [(each["value"], each["count"]) for each in result["tags"]["counts"]] == by_count(tags)

    for name, wanted in (("labels", {}), ("truth", {"field": "ground_truth", "type": "detection"})):
        count, holders = Counter[Any](), Counter[Any]()
        for asset in found:
            labels = [
                each["label"]
                for each in annotations[asset["_id"]]
                if each["label"] and all(each[key] == value for key, value in wanted.items())
            ]
            count.update(labels)
            holders.update(set(labels))
        expected = [{"label": label, "annotations": n, "assets": holders[label]} for label, n in by_count(count)]
        assert result[name]["labels"] == expected

    sizes = sorted(asset["size_bytes"] for asset in found if asset.get("size_bytes") is not None)
    assert result["bytes"] == {"sum": sum(sizes), "count": len(sizes)}
    bytes_by_tag = Counter[Any]()
    for asset in found:
        bytes_by_tag.update(dict.fromkeys(asset["tags"], asset.get("size_bytes") or 0))
    expected_sums = [(tag, total, tags[tag]) for tag, total in bytes_by_tag.items()]
    assert [(each["value"], each["sum"], each["count"]) for each in result["bytes_by_tag"]["sums"]] == sorted(
        expected_sums, key=lambda each: (-each[1], -each[2], each[0])
    )
    assert result["given"]["counts"] == filter_oracle.bucket_counts(sizes, [0, 10, 11, 500])
    ranks = [max(math.ceil(share * len(sizes)) - 1, 0) for share in (0, 0.25, 0.5, 0.99, 1)]
    assert result["quantiles"] == {"count": len(sizes), "values": [sizes[rank] if sizes else None for rank in ranks]}
    for name, field in (("sizes", "annotation_revision"), ("times", "created_at")):
        values = [asset[field] for asset in found]
        histogram = result[name]
        assert sum(histogram["counts"]) == len(values)
        if values and min(values) < max(values):
            assert (histogram["boundaries"][0], histogram["boundaries"][-1]) == (min(values), max(values))
            assert histogram["counts"] == filter_oracle.bucket_counts(values, histogram["boundaries"])
    assert result["names"]["values"] == sorted({asset["file_name"] for asset in found if asset.get("file_name")})

    for name, layer in (("pairs", None), ("true_pairs", "ground_truth")):
        pairs = Counter[Any]()
        for asset in found:
            present = {e["label"] for e in annotations[asset["_id"]] if e["label"] and layer in (None, e["field"])}
            pairs.update(combinations(sorted(present), 2))
        assert [(tuple(each["labels"]), each["count"]) for each in result[name]["pairs"]] == by_count(pairs)


def test_asset_counts_once_for_a_value_that_it_has_twice(database: Database[Document], viewer: Client) -> None:
    database.assets.insert_many([an_asset(attributes={"x": [2, 2, 1.0, "a"]}), an_asset(attributes={"x": 2})])
    body = {"aggregates": {"a": {"counts": {"field": "attributes.x"}}}}
    counts = viewer.call(AGGREGATE, {"project": PROJECT}, body).body["aggregates"]["a"]["counts"]
    assert [(each["value"], each["count"]) for each in counts] == [(2, 2), (1, 1), ("a", 1)]


HUGE = [-1.7e308, 1.7e308, 1e308, 0.0, 5e-324, 2**62 + 1, 2**62 + 3, 2**63 - 1, -(2**63), 1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.sampled_from(HUGE), min_size=1, max_size=8), buckets=st.integers(1, 30))
def test_histogram_holds_numbers_of_any_size(
    database: Database[Document], viewer: Client, values: list[float], buckets: int
) -> None:
    database.assets.delete_many({})
    database.annotations.delete_many({})
    asset = an_asset(label_summary=[{"field": "g", "label": "x", "type": "detection", "count": len(values)}])
    database.assets.insert_one(asset)
    drafts = [{"_id": new_id(), "asset_id": asset["_id"], "attributes": {"x": value}} for value in values]
    fixed = {"project": PROJECT, "field": "g", "label": "x", "type": "detection", "revision": 1, "schema_version": 1}
    times = {"created_at": filter_oracle.START, "updated_at": filter_oracle.START}
    database.annotations.insert_many([{**draft, **fixed, **times} for draft in drafts])
    body = {"aggregates": {"a": {"annotation_histogram": {"of": "attributes.x", "buckets": buckets}}}}
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, body)
    assert answer.status == 200
    histogram = answer.body["aggregates"]["a"]
    boundaries = histogram["boundaries"]
    assert (boundaries[0], boundaries[-1]) == (min(values), max(values))
    if len(set(values)) > 1:
        assert all(low < high for low, high in pairwise(boundaries))
        assert histogram["counts"] == filter_oracle.bucket_counts(sorted(values), boundaries)
    assert sum(histogram["counts"]) == len(values)


def test_aggregates_of_a_request_are_of_one_moment(
    database: Database[Document], viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.assets.insert_many([an_asset() for _ in range(3)])
    real = label_counters.labels

    def late(*arguments: Any) -> label_counters.Tally:
        database.assets.insert_one(an_asset())
        return real(*arguments)

    monkeypatch.setattr(label_counters, "labels", late)
    body = {"aggregates": {"a": {"counts": {"field": "status"}}, "b": {"count": {}}}}
    result = viewer.call(AGGREGATE, {"project": PROJECT}, body).body["aggregates"]
    assert (result["a"]["counts"][0]["count"], result["b"]["count"]) == (3, 3)


def test_labels_alone_are_refused_while_too_many_assets_are_counted(
    database: Database[Document], viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_counters, "MAX_ADDED", 5)
    monkeypatch.setattr(label_counters, "MAX_UNCOUNTED", 4)
    monkeypatch.setattr(label_counters, "BATCH", 3)
    car = {"label_summary": [{"label": "car", "field": "a", "type": "detection", "count": 2, "max_confidence": 1.0}]}
    database.assets.insert_many([an_asset(**car) for _ in range(10)] + [an_asset() for _ in range(2)])
    labels: dict[str, Any] = {"aggregates": {"labels": {"labels": {}}, "all": {"count": {}}}}
    refused = viewer.call(AGGREGATE, {"project": PROJECT}, labels)
    assert (refused.status, refused.body["code"]) == (503, "ServiceUnavailable")
    assert "are new since the labels were counted last" in refused.body["detail"]
    assert database.assets.count_documents({"counted.status": "ready"}) == 3
    for filter_, number in ((None, 12), ({"annotations": {"any": {"label": "car"}}}, 10)):
        body: dict[str, Any] = {"aggregates": {"all": {"count": {}}}} | ({"filter": filter_} if filter_ else {})
        assert viewer.call(AGGREGATE, {"project": PROJECT}, body).body["aggregates"] == {"all": {"count": number}}
    assert database.assets.count_documents({"counted.status": "ready"}) == 9  # each read counts a batch in
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, labels).body["aggregates"]
    assert (answer["labels"]["labels"], answer["all"]) == (
        [{"label": "car", "annotations": 20, "assets": 10}],
        {"count": 12},
    )


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=ANNOTATIONS)
def test_condition_on_annotations_is_counted_as_by_the_reference(filled: Any, filter_: Any) -> None:
    database, assets, annotations = filled
    request = requests.parse({"filter": filter_, "aggregates": {"n": {"count": {}}}})
    expected = sum(filter_oracle.matches(filter_, asset, annotations[asset["_id"]]) for asset in assets)
    assert asset_aggregates.compute(database, PROJECT, request)["aggregates"]["n"] == {"count": expected}


@pytest.mark.parametrize("more", [{"confidence": {"gte": 0.9}}, {"field": "yolo11"}, {"width": {"gt": 0.4}}], ids=str)
def test_label_counters_are_not_used_when_more_than_a_label_is_asked(filled: Any, more: Any) -> None:
    database, assets, annotations = filled
    filter_ = {"annotations": {"any": {"label": "car", **more}}}
    request = requests.parse({"filter": filter_, "aggregates": {"n": {"count": {}}}})
    expected = sum(filter_oracle.matches(filter_, asset, annotations[asset["_id"]]) for asset in assets)
    assert asset_aggregates.compute(database, PROJECT, request)["aggregates"]["n"] == {"count": expected}


def test_labels_are_cut_after_annotations_without_a_label_are_left_out(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    for label in (None, None, None, "car", "car", "boat"):
        created(editor, asset, {**BOX, "label": label})
    body = {"aggregates": {"a": {"labels": {"type": "detection", "limit": 1}}}}
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, body).body["aggregates"]["a"]
    assert answer == {"labels": [{"label": "car", "annotations": 2, "assets": 1}], "is_complete": False}


def test_result_is_not_complete_when_it_is_cut(database: Database[Document], viewer: Client) -> None:
    database.assets.insert_many([an_asset(format=name) for name in ("jpeg", "png", "png")])
    body = {"aggregates": {"a": {"counts": {"field": "format", "limit": 1}}, "b": {"counts": {"field": "format"}}}}
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, body).body["aggregates"]
    assert answer["a"] == {"counts": [{"value": "png", "count": 2}], "is_complete": False}
    assert answer["b"]["is_complete"]


@pytest.mark.parametrize(
    "aggregate",
    [
        {},
        {"count": {}, "labels": {}},
        {"count": None},
        {"total": {"field": "size_bytes"}},
        {"sum": {}},
        {"sum": {"field": "file_name"}},
        {"sum": {"field": "created_at"}},
        {"sum": {"field": "attributes.speed"}},
        {"sums": {"field": "size_bytes"}},
        {"sums": {"field": "tags", "by": "size_bytes"}},
        {"sums": {"field": "size_bytes", "by": "location"}},
        {"counts": {"field": "$size_bytes"}},
        {"counts": {"field": "pending_events.detail"}},
        {"counts": {"field": "format", "limit": 100_000}},
        {"labels": {"field": {"$ne": 1}}},
        {"labels": {"type": "heat_map"}},
        {"annotation_counts": {}},
        {"annotation_counts": {"by": []}},
        {"annotation_counts": {"by": ["label", "label"]}},
        {"annotation_counts": {"by": ["origin.record"]}},
        {"annotation_counts": {"by": ["attributes.$x"]}},
        {"annotation_counts": {"by": ["label"], "where": {"label": {"$ne": 1}}}},
        {"annotation_histogram": {"of": "bbox"}},
        {"annotation_histogram": {"of": "confidence", "boundaries": [1, 0]}},
        {"annotation_quantiles": {"of": "confidence", "at": [2]}},
        {"histogram": {"field": "file_name"}},
        {"histogram": {"field": "size_bytes", "boundaries": [2, 1]}},
        {"histogram": {"field": "size_bytes", "buckets": 10_000}},
        {"histogram": {"field": "created_at", "boundaries": [1, 2]}},
        {"quantiles": {"field": "size_bytes", "at": [1.5]}},
        {"quantiles": {"field": "size_bytes", "at": []}},
    ],
    ids=str,
)
def test_aggregate_is_refused_when_it_is_malformed(viewer: Client, aggregate: Any) -> None:
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, {"aggregates": {"a": aggregate}})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")


NAMES = st.sampled_from(["label", "field", "type", "attributes.speed", "review", "created_by", "updated_by"])
BOUNDS = st.fixed_dictionaries({}, optional={"gte": st.sampled_from([0.1, 0.25, 0.5]), "lt": st.sampled_from([0.3, 1])})
WHERE = st.fixed_dictionaries(
    {},
    optional={
        "label": st.sampled_from(["car", "Ünlü", "absent", ["car", "boat"]]),
        "field": st.sampled_from(filter_oracle.FIELDS),
        "type": st.sampled_from(filter_oracle.TYPES),
        "confidence": BOUNDS.filter(bool),
        "area": BOUNDS.filter(bool),
        "attributes": st.sampled_from([{"speed": 1}, {"speed": [True, "a"]}]),
        "review": st.sampled_from(["unreviewed", ["pending", "unreviewed"]]),
        "updated_by": st.sampled_from(filter_oracle.PEOPLE),
    },
)
NUMBERS = {
    "confidence": lambda annotation: annotation["confidence"],
    "width": lambda annotation: annotation["bbox"][2] if "bbox" in annotation else None,
    "height": lambda annotation: annotation["bbox"][3] if "bbox" in annotation else None,
    "area": lambda annotation: annotation.get("bbox_area"),
    "value": lambda annotation: annotation.get("value"),
    "attributes.speed": lambda annotation: annotation.get("attributes", {}).get("speed"),
}


def told(value: Any) -> str:
    """Return a value as one that can be counted: 1 and 1.0 are one, true is not."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    filter_=st.one_of(st.none(), FILTERS),
    where=st.one_of(st.none(), WHERE),
    by=st.lists(NAMES, min_size=1, max_size=3, unique=True),
    of=st.sampled_from(sorted(NUMBERS)),
)
def test_aggregates_of_annotations_equal_the_reference_counts(
    filled: Any, filter_: Any, where: Any, by: list[str], of: str
) -> None:
    database, assets, annotations = filled
    given_ = {} if where is None else {"where": where}
    request = {
        "counts": {"annotation_counts": {"by": by, "limit": 1000, **given_}},
        "equal": {"annotation_histogram": {"of": of, "buckets": 3, **given_}},
        "given": {"annotation_histogram": {"of": of, "boundaries": [0, 0.1, 0.5, 1], **given_}},
        "quantiles": {"annotation_quantiles": {"of": of, "at": [0, 0.25, 0.5, 0.99, 1], **given_}},
    }
    parsed = requests.parse({"filter": filter_, "aggregates": request})
    result = asset_aggregates.compute(database, PROJECT, parsed)["aggregates"]

    found = [
        annotation
        for asset in assets
        if filter_oracle.matches(filter_, asset, annotations[asset["_id"]])
        for annotation in annotations[asset["_id"]]
        if filter_oracle.satisfies(where or {}, annotation)
    ]
    count, holders = Counter[Any](), Counter[Any]()
    holding = set()
    for annotation in found:
        flat = {
            **annotation,
            "attributes.speed": annotation.get("attributes", {}).get("speed"),
            "review": annotation.get("review", {}).get("state", "unreviewed"),
        }
        key = tuple(told(flat[name]) for name in by)
        count[key] += 1
        holding.add((annotation["asset_id"], key))
    holders.update(key for _, key in holding)
    groups = result["counts"]["counts"]
    assert [each["annotations"] for each in groups] == sorted(count.values(), reverse=True)
    assert {tuple(told(each[name]) for name in by): (each["annotations"], each["assets"]) for each in groups} == {
        key: (count[key], holders[key]) for key in count
    }
    assert len(groups) == len(count)

    values = sorted(
        value for value in map(NUMBERS[of], found) if isinstance(value, int | float) and not isinstance(value, bool)
    )
    assert result["given"]["counts"] == filter_oracle.bucket_counts(values, [0, 0.1, 0.5, 1])
    ranks = [max(math.ceil(share * len(values)) - 1, 0) for share in (0, 0.25, 0.5, 0.99, 1)]
    expected = [values[rank] if values else None for rank in ranks]
    assert result["quantiles"] == {"count": len(values), "values": expected}
    assert sum(result["equal"]["counts"]) == len(values)
    if values and values[0] < values[-1]:
        assert (result["equal"]["boundaries"][0], result["equal"]["boundaries"][-1]) == (values[0], values[-1])
        assert result["equal"]["counts"] == filter_oracle.bucket_counts(values, result["equal"]["boundaries"])


def test_reading_of_annotations_that_takes_too_long_names_the_conditions_to_narrow(
    database: Database[Document], asset: Document, editor: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    created(editor, asset, {**BOX, "confidence": 0.5})
    body = {"aggregates": {"a": {"annotation_quantiles": {"of": "confidence", "at": [0.5]}}}}
    assert viewer.call(AGGREGATE, {"project": PROJECT}, body).body["aggregates"]["a"]["values"] == [0.5]
    monkeypatch.setattr(search, "MAX_MILLISECONDS", 1e-6)
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, body)
    assert (answer.status, answer.body["code"]) == (422, "QueryTooExpensive")
    assert "label" in answer.body["narrow"]
