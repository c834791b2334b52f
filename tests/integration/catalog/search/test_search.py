"""Search through the handler: pages, tokens, fields, the query string, and what is refused."""

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.annotations.label_summary import summarise
from foveal.database.client import Document
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Answer, Client, an_asset

SEARCH = "POST /v1/projects/{project}/assets/search"
LIST = "GET /v1/projects/{project}/assets"
START = datetime(2026, 3, 1, tzinfo=UTC)


def search(client: Client, body: Any, project: str = PROJECT) -> Answer:
    return client.call(SEARCH, {"project": project}, body)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [item["asset_id"] for item in answer.body["items"]]


def labelled(label: str, confidence: float | None = None, **fields: Any) -> Document:
    annotation = {"field": "ground_truth", "label": label, "type": "detection", "confidence": confidence}
    return an_asset(label_summary=summarise([annotation]), **fields)


def test_search_without_a_filter_finds_the_ready_assets_of_the_project(
    database: Database[Document], viewer: Client
) -> None:
    mine = an_asset()
    database.assets.insert_many([mine, an_asset(status="deleted"), an_asset(project=OTHER_PROJECT)])
    assert ids(search(viewer, {})) == [mine["_id"]]


@pytest.mark.parametrize("microsecond", [0, 1000, 999_000])
@pytest.mark.parametrize("year", [1, 1969, 2026, 9999])
def test_asset_on_a_page_is_the_asset_read_by_itself(
    database: Database[Document], viewer: Client, year: int, microsecond: int
) -> None:
    taken = datetime(year, 3, 1, 23, 59, 59, microsecond, UTC)
    odd = an_asset(captured_at=taken, attributes={"tiny": 1e-7, "huge": 2**63 - 1, "text": 'ü "\\\u2028'})
    database.assets.insert_many([odd, an_asset()])
    alone = viewer.call("GET /v1/assets/{asset_id}", {"asset_id": odd["_id"]}).body
    page = search(viewer, {"sort": "captured_at", "limit": 1, "filter": {"field": "captured_at", "exists": True}})
    assert page.body["items"] == [alone]


def test_project_without_a_role_is_answered_as_one_that_is_absent(viewer: Client) -> None:
    behind, absent = search(viewer, {}, OTHER_PROJECT), search(viewer, {}, "nowhere")
    assert (behind.status, behind.text) == (absent.status, absent.text) == (404, behind.text)


def test_pages_hold_every_asset_that_stays_while_writers_insert_and_delete(
    database: Database[Document], viewer: Client
) -> None:
    chance = random.Random(5)
    staying = [an_asset(created_at=START + timedelta(hours=chance.randrange(9))) for _ in range(150)]
    going = [an_asset(created_at=START + timedelta(hours=chance.randrange(9))) for _ in range(150)]
    database.assets.insert_many([*staying, *going])
    stop = threading.Event()

    def write() -> None:
        waiting = list(going)
        while not stop.is_set():
            database.assets.insert_one(an_asset(created_at=START + timedelta(hours=chance.randrange(9))))
            if waiting:
                database.assets.delete_one({"_id": waiting.pop()["_id"]})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for sort in ("created_at", "-created_at"):
            found: list[str] = []
            token = None
            for _ in range(400):
                answer = search(viewer, {"sort": sort, "limit": 3, "next_token": token})
                found += ids(answer)
                token = answer.body.get("next_token")
                if token is None or len(found) > 3000:
                    break
            assert len(found) == len(set(found))
            if token is None:
                assert {asset["_id"] for asset in staying} <= set(found)
            else:
                pytest.fail("the writer outran the reader")
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("sort", ["captured_at", "-captured_at"])
def test_unchanged_assets_come_once_and_in_order_while_writers_change_sort_values(
    database: Database[Document], viewer: Client, sort: str
) -> None:
    chance = random.Random(7)

    def taken() -> dict[str, Any]:
        return {"captured_at": START + timedelta(hours=chance.randrange(5))} if chance.random() < 0.6 else {}

    staying, moving = ([labelled(chance.choice(["car", "boat"]), **taken()) for _ in range(100)] for _ in range(2))
    database.assets.insert_many([*staying, *moving])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            change = {"$set": when} if (when := taken()) else {"$unset": {"captured_at": ""}}
            database.assets.update_one({"_id": chance.choice(moving)["_id"]}, change)

    filter_ = {"annotations": {"any": {"label": ["car", "boat"]}}}
    writer = threading.Thread(target=write)
    writer.start()
    try:
        found, token = [], None
        for _ in range(400):
            answer = search(viewer, {"filter": filter_, "sort": sort, "limit": 3, "next_token": token})
            found += ids(answer)
            token = answer.body.get("next_token")
            if token is None:
                break
    finally:
        stop.set()
        writer.join()
    order = sorted(staying, key=lambda each: (each.get("captured_at", START - timedelta(1)), each["_id"]))
    expected = [each["_id"] for each in (reversed(order) if sort.startswith("-") else order)]
    assert [asset_id for asset_id in found if asset_id in set(expected)] == expected


def test_token_is_refused_for_another_query_or_project(database: Database[Document]) -> None:
    both = Client(f"[{PROJECT}:viewer {OTHER_PROJECT}:viewer]")
    database.assets.insert_many([an_asset(), an_asset(), an_asset(project=OTHER_PROJECT)])
    token = search(both, {"limit": 1}).body["next_token"]
    assert search(both, {"limit": 7, "next_token": token}).status == 200
    for body, project in (
        ({"next_token": token}, OTHER_PROJECT),
        ({"next_token": token, "sort": "created_at"}, PROJECT),
        ({"next_token": token, "filter": {"field": "width", "gt": 1}}, PROJECT),
        ({"next_token": token[:-2]}, PROJECT),
        ({"next_token": ("y" if token.startswith("x") else "x") + token[1:]}, PROJECT),
        ({"next_token": "ü"}, PROJECT),
        ({"next_token": token[:9] + "!" + token[9:]}, PROJECT),
        ({"next_token": token + "\n"}, PROJECT),
        ({"next_token": token + "=="}, PROJECT),
        ({"next_token": ""}, PROJECT),
    ):
        answer = search(both, body, project)
        assert (answer.status, answer.body.get("code")) == (
            (200, None) if not body["next_token"] else (400, "InvalidRequest")
        )


def test_page_has_the_fields_asked_for_and_no_internals(database: Database[Document], viewer: Client) -> None:
    pending = [{"event_id": "e", "detail_type": "AssetReady", "detail": {}}]
    database.assets.insert_one(an_asset(pending_events=pending, attributes={"weather": "rain", "hour": 3}))
    names = ["file_name", "s3", "s3.sequencer", "attributes.weather", "pending_events", "expected"]
    (item,) = search(viewer, {"fields": names}).body["items"]
    assert set(item) == {"asset_id", "file_name", "s3", "attributes"}
    assert item["attributes"] == {"weather": "rain"}
    assert "sequencer" not in item["s3"]


@pytest.mark.parametrize("sort", ["created_at", "-size_bytes", "file_name"])
def test_field_inside_the_sorted_one_may_be_asked_for(database: Database[Document], viewer: Client, sort: str) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    within = f"{sort.removeprefix('-')}.x"
    answer = search(viewer, {"fields": [within, "width"], "sort": sort})
    assert (answer.status, answer.body["items"]) == (200, [{"asset_id": asset["_id"], "width": 640}])


def test_filter_of_many_labels_and_many_values_finds_its_assets(database: Database[Document], viewer: Client) -> None:
    database.assets.insert_many([labelled(f"l{n}", attributes={"x": f"{n}"}) for n in range(3)])
    labels = {"annotations": {"any": {"label": [f"l{n}" for n in range(50)]}}}
    others = {"field": "attributes.x", "not_in": ["0", *(f"{n}{'x' * 900}" for n in range(999))]}
    assert len(ids(search(viewer, {"filter": {"and": [labels, others]}}))) == 2


def test_place_is_searched_by_distance_and_by_area(database: Database[Document], viewer: Client) -> None:
    def at(longitude: float, latitude: float) -> Document:
        return an_asset(location={"type": "Point", "coordinates": [longitude, latitude]})

    harbour, far = at(9.97, 53.54), at(13.4, 52.5)
    database.assets.insert_many([harbour, far, an_asset()])
    near = {"near": {"longitude": 9.98, "latitude": 53.54, "metres": 2000}}
    assert ids(search(viewer, {"filter": near})) == [harbour["_id"]]
    ring = [[13, 52], [14, 52], [14, 53], [13, 53], [13, 52]]
    assert ids(search(viewer, {"filter": {"within": ring}})) == [far["_id"]]
    crossing = [[0, 0], [2, 2], [2, 0], [0, 1], [0, 0]]
    answer = search(viewer, {"filter": {"within": crossing}})
    assert (answer.status, "crosses itself" in answer.body["detail"]) == (400, True)


def test_query_string_finds_the_same_as_the_filter(database: Database[Document], viewer: Client) -> None:
    wanted = labelled("car", 0.9, size_bytes=5_000, tags=["night"], attributes={"speed": 3, "sky": "3"})
    database.assets.insert_many([wanted, labelled("car", 0.5), labelled("boat", 0.95), an_asset()])
    for query in (
        {"label": "car", "confidence.gte": "0.8"},
        {"size_bytes.lt": "6000", "size_bytes.gte": "5000"},
        {"tags": "night", "status.in": "ready,failed"},
        {"attributes.speed.gte": "2"},
        {"attributes.sky": '"3"'},
        {"attributes.sky.exists": "true", "media_type": "image", "sort": "size_bytes", "limit": "5"},
    ):
        assert ids(viewer.call(LIST, {"project": PROJECT}, query=query)) == [wanted["_id"]], query
    chosen = viewer.call(LIST, {"project": PROJECT}, query={"label": "car", "fields": "width,tags", "limit": "1"})
    assert set(chosen.body["items"][0]) == {"asset_id", "width", "tags"}
    assert chosen.body["next_token"]


def test_repeated_conditions_of_a_query_string_must_all_hold(database: Database[Document], viewer: Client) -> None:
    wanted = an_asset(tags=["night", "rain"])
    database.assets.insert_many([wanted, an_asset(tags=["night"]), an_asset(tags=["night,rain"])])
    both = [("tags", "night"), ("tags", "rain")]
    assert ids(viewer.call(LIST, {"project": PROJECT}, query=both)) == [wanted["_id"]]


@pytest.mark.parametrize("name", ["label", "sort", "confidence.gte"])
def test_repeated_name_is_refused_when_only_one_value_can_hold(name: str, viewer: Client) -> None:
    answer = viewer.call(LIST, {"project": PROJECT}, query=[(name, "0.1"), (name, "0.2")])
    assert (answer.status, answer.body["detail"].partition(";")[0]) == (400, f"{name}: may be given once")


@pytest.mark.parametrize(
    "query",
    [
        {"nonsense": "1"},
        {"limit": "ten"},
        {"width.gte": "wide"},
        {"$where": "1"},
        {"checksums.verified": "yes"},
        {"width.gte": "nan"},
        {"confidence": "0.5"},
        {"created_at.gte": "yesterday"},
        {"created_at.gte": "2026"},
        {"created_at.lt": "1700000000"},
        {"width.gte": "1_000"},
        {"width.gte": " 5"},
        {"width.gte": "\u0665"},
        {"limit": "0"},
    ],
)
def test_query_string_is_refused_when_a_name_or_value_is_wrong(query: dict[str, str], viewer: Client) -> None:
    assert viewer.call(LIST, {"project": PROJECT}, query=query).status == 400


def nested(depth: int) -> Any:
    filter_: Any = {"field": "width", "eq": 1}
    for _ in range(depth):
        filter_ = {"not": filter_}
    return filter_


HOSTILE: list[Any] = [
    {"$where": "sleep(1000)"},
    {"$expr": {"$gt": ["$width", 1]}},
    {"and": [{"$function": {"body": "1", "args": [], "lang": "js"}}]},
    {"field": "width", "eq": {"$gt": 0}},
    {"field": "width", "gt": {"$numberLong": "1"}},
    {"field": "width", "$ne": 1},
    {"field": "file_name", "eq": {"$regex": ".*"}},
    {"field": "file_name", "regex": ".*"},
    {"field": "$where", "eq": 1},
    {"field": "attributes.$where", "eq": 1},
    {"field": "attributes.a.b", "eq": 1},
    {"field": "attributes.a\u0000b", "eq": 1},
    {"field": "attributes.", "eq": 1},
    {"field": "s3.sequencer", "eq": "1"},
    {"field": "pending_events", "exists": True},
    {"field": "project", "eq": OTHER_PROJECT},
    {"field": "file_name", "eq": "a\u0000b"},
    {"field": "file_name", "eq": "x" * 5000},
    {"field": "file_name", "eq": None},
    {"field": "file_name", "in": None},
    {"field": "file_name", "ne": "x", "exists": None},
    {"field": "width", "eq": 10**400},
    {"field": "width", "eq": 2**63},
    {"field": "width", "eq": "640"},
    {"field": "width", "eq": True},
    {"field": "width"},
    {"field": "width", "in": list(range(1001))},
    {"field": "created_at", "gt": "0000-00-00"},
    {"field": "created_at", "gt": 1767225600},
    {"field": "created_at", "gt": "1767225600"},
    {"field": "created_at", "in": ["2026"]},
    {"field": ["width"], "eq": 1},
    {"annotations": {"any": {"label": {"$ne": "car"}}}},
    {"annotations": {"any": {"confidence": {"$gte": 0}}}},
    {"annotations": {"any": {"confidence": {}}}},
    {"annotations": {"any": {}, "none": {}}},
    {"annotations": {"any": {"label": "a\u0000"}}},
    {"near": {"longitude": 181, "latitude": 0, "metres": 1}},
    {"near": {"longitude": 0, "latitude": 0, "metres": 1e300}},
    {"within": [[0, 0], [1, 1], [0, 0]]},
    {"within": [[0, 0], [1, 0], [1, 1], [0, 1]]},
    {"or": []},
    {"or": [{"field": "width", "eq": 1}] * 65},
    nested(30),
    [],
    "all",
    {},
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: str(value)[:60])
def test_filter_outside_the_language_is_refused(database: Database[Document], viewer: Client, hostile: Any) -> None:
    database.assets.insert_one(an_asset())
    answer = search(viewer, {"filter": hostile})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert len(answer.text) < 4000


@pytest.mark.parametrize(
    "raw",
    [
        '{"filter": {"field": "file_name", "eq": "\\ud800"}}',
        '{"filter": {"field": "width", "eq": 1e999}}',
        '{"filter": {"field": "width", "eq": NaN}}',
        '{"filter": ' + '{"not": ' * 10_000 + "1" + "}" * 10_000 + "}",
        "[" * 100_000,
        '{"filter": {"field": "width", "eq": ' + "9" * 5000 + "}}",
        "",
        "[]",
        '{"sort": "width"}',
        '{"sort": {"$meta": "textScore"}}',
        '{"limit": 501}',
        '{"limit": 0}',
        '{"limit": "5"}',
        '{"fields": ["$where"]}',
        '{"fields": ["_found_0"]}',
        '{"more": 1}',
    ],
    ids=lambda raw: raw[:40],
)
def test_body_is_refused_when_it_is_no_search(raw: str, viewer: Client) -> None:
    answer = viewer.call(SEARCH, {"project": PROJECT}, raw=raw)
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")


def test_search_that_takes_too_long_names_the_conditions_to_narrow(
    database: Database[Document], viewer: Client
) -> None:
    database.assets.insert_one(an_asset())
    fault = {"errorCode": 50, "failCommands": ["aggregate"]}  # MaxTimeMSExpired
    database.client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=fault)
    answer = search(viewer, {"filter": {"field": "width", "gte": 1}})
    assert (answer.status, answer.body["code"]) == (422, "QueryTooExpensive")
    assert "width" in answer.body["detail"]
    assert "label" in answer.body["narrow"]


@pytest.mark.parametrize("key", [SEARCH, "POST /v1/projects/{project}/assets/aggregate"])
def test_query_carries_its_time_limit_to_the_server(
    database: Database[Document], asset: Document, viewer: Client, key: str
) -> None:
    database.command("profile", 2)
    try:
        body = {} if key == SEARCH else {"aggregates": {"a": {"histogram": {"field": "size_bytes"}}}}
        assert viewer.call(key, {"project": PROJECT}, body).status == 200
    finally:
        database.command("profile", 0)
    asked = list(database.system.profile.find({"op": "command", "command.aggregate": "assets"}))
    database.system.profile.drop()
    assert asked
    assert all(0 < each["command"]["maxTimeMS"] <= 5000 for each in asked)


@pytest.mark.parametrize(
    ("value", "said"),
    [("x" * 1025, "at most 1024 characters"), (2**63, "less than or equal to 9223372036854775807"), (1e308, None)],
    ids=["text", "integer", "float"],
)
def test_error_of_a_value_that_is_too_large_is_not_that_of_another_kind(
    viewer: Client, value: Any, said: str | None
) -> None:
    answer = search(viewer, {"filter": {"field": "attributes.x", "eq": value}})
    assert answer.status == (400 if said else 200)
    assert said is None or said in answer.body["detail"]


def test_value_in_a_query_string_is_text_unless_it_is_a_json_number(
    database: Database[Document], viewer: Client
) -> None:
    asset = an_asset(attributes={"state": "NaN"})
    database.assets.insert_one(asset)
    assert ids(viewer.call(LIST, {"project": PROJECT}, query={"attributes.state": "NaN"})) == [asset["_id"]]
