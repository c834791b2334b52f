"""Real Uppy from npm in a real browser: every mode of the current major, and the functions of the one before."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.page_server import listed_page, unlisted_page
from tests.e2e.stack import Caller, Stack, eventually
from tests.e2e.uppy.browser import Outcome, UppyPage, content, files

MIB = 1024 * 1024
Open = Callable[..., UppyPage]


@pytest.fixture
def open_page(browser: Browser, stack: Stack, editor: Caller, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens a page with one version of Uppy, of an origin that the stage allows or of none."""
    with ExitStack() as opened:

        def run(version: str = "v6", *, is_listed: bool = True) -> UppyPage:
            served = listed_page(files(version), "localhost") if is_listed else unlisted_page(files(version))
            page = UppyPage(browser, stack, editor, opened.enter_context(served).origin, tmp_path)
            opened.callback(page.page.context.close)
            return page

        yield run


def hang() -> Outcome:
    return "hang"


def named(suffix: str = "jpg") -> str:
    return f"{uuid.uuid4().hex}.{suffix}"


def companion_endpoint(stack: Stack, editor: Caller) -> str:
    answer = editor.call("POST", "/v1/projects/demo/uploads/companion", {})
    assert answer.status_code == 201, answer.text
    return f"{stack.values['api_url']}{answer.json()['companion_endpoint']}"


def test_small_file_arrives_when_uppy_6_asks_for_each_signature(open_page: Open) -> None:
    page, name = open_page(), named()
    page.start("sign")
    page.add(name, "image/jpeg", 100_000)
    page.upload()
    page.succeed()
    page.shot("small-file")
    assert page.stored(name) == content(100_000, 7)


def test_file_is_complete_when_its_asset_is_ready(open_page: Open) -> None:
    page, name = open_page(), named("png")
    page.start("sign", waitsUntilReady=True)
    page.add_photo(name)
    page.upload()
    (file,) = page.wait_for("seen.complete")["complete"]["successful"]
    asset = page.asset(name)
    assert asset is not None
    assert asset["status"] == "ready"
    assert file["response"]["body"]["asset_id"] == asset["_id"]
    assert file["response"]["body"]["status"] == "ready"


@pytest.mark.parametrize("size", [100_000, 40 * MIB])
def test_file_is_an_error_with_its_reason_when_its_bytes_are_no_media(open_page: Open, size: int) -> None:
    page, name = open_page(), named("png")
    page.start("sign", waitsUntilReady=True)
    page.add(name, "image/png", size)
    page.upload()
    seen = page.wait_for("seen.complete")
    page.shot("not-media")
    assert seen["complete"]["successful"] == []
    (file,) = seen["complete"]["failed"]
    asset = page.asset(name)
    assert asset is not None
    assert file["error"].startswith("failed, not_media")
    assert file["response"]["body"] == {**file["response"]["body"], "asset_id": asset["_id"], "status": "failed"}


def test_hundred_megabytes_arrive_when_parts_fail_on_the_way(open_page: Open) -> None:
    page, name, outcomes = open_page(), named("mp4"), list[Outcome](["fail", "fail"])
    page.disturb("*partNumber=3&*", lambda: outcomes.pop() if outcomes else "continue")
    page.start("sign")
    page.add(name, "video/mp4", 100 * MIB)
    page.upload()
    page.succeed()
    page.shot("hundred-megabytes")
    assert outcomes == []
    assert page.seen()["parts"] == 7
    assert page.stored(name) == content(100 * MIB, 7)


def test_only_the_missing_parts_are_sent_when_the_page_is_reloaded_in_the_middle(open_page: Open) -> None:
    page, name, sent = open_page(), named("mp4"), list[str]()
    size = 80 * MIB
    page.page.on("request", lambda request: sent.append(request.url) if "partNumber=" in request.url else None)
    page.disturb("*partNumber=4&*", hang)
    page.start("sign")
    page.add(name, "video/mp4", size)
    page.upload()
    page.wait_for("seen.parts === 3")
    page.page.wait_for_timeout(1_500)  # Golden Retriever writes its state at most every half second
    page.shot("before-reload")
    page.open()
    page.leave_alone()
    sent.clear()
    page.start("sign")
    page.wait_for("seen.restored")
    page.shot("after-reload")
    page.page.evaluate("() => window.uppy.emit('restore-confirmed')")
    page.succeed()
    assert sorted(int(url.partition("partNumber=")[2].partition("&")[0]) for url in sent) == [4, 5]
    assert page.stored(name) == content(size, 7)


def test_no_parts_stay_behind_when_the_upload_is_cancelled(open_page: Open) -> None:
    page, name = open_page(), named("mp4")
    page.disturb("*partNumber=3&*", hang)
    page.start("sign")
    page.add(name, "video/mp4", 80 * MIB)
    page.upload()
    page.wait_for("seen.parts === 2")
    asset = page.asset(name)
    assert asset is not None
    assert asset["s3"]["key"] in page.open_parts()
    page.page.evaluate("() => window.uppy.cancelAll()")
    eventually(lambda: asset["s3"]["key"] not in page.open_parts() or None)
    page.shot("cancelled")


def test_stalled_part_is_sent_again_when_nothing_moves(open_page: Open) -> None:
    page, name, sent = open_page(), named("mp4"), list[Outcome]()

    def stall_once() -> Outcome:
        sent.append("continue" if sent else "hang")
        return sent[-1]

    page.disturb("*partNumber=2&*", stall_once)
    page.start("sign", stalledAfterMs=2_000)
    page.add(name, "video/mp4", 40 * MIB)
    page.upload()
    page.succeed()
    assert sent[:2] == ["hang", "continue"]
    assert page.stored(name) == content(40 * MIB, 7)


def test_upload_goes_on_when_s3_has_forgotten_its_upload_id(open_page: Open) -> None:
    page, name = open_page(), named("mp4")
    page.disturb("*partNumber=2&*", hang)
    page.start("sign")
    page.add(name, "video/mp4", 40 * MIB)
    page.upload()
    page.wait_for("seen.parts === 1")
    page.page.evaluate("() => window.uppy.pauseAll()")
    for found in page.stack.aws("s3").list_multipart_uploads(Bucket=page.stack.values["bucket"])["Uploads"]:
        where = {"Bucket": page.stack.values["bucket"], "Key": found["Key"], "UploadId": found["UploadId"]}
        page.stack.aws("s3").abort_multipart_upload(**where)
    page.open()
    page.leave_alone()
    page.start("sign")
    page.wait_for("seen.restored")
    page.page.evaluate("() => window.uppy.emit('restore-confirmed')")
    page.succeed()
    assert page.stored(name) == content(40 * MIB, 7)


def test_wrong_type_is_refused_by_uppy_and_then_by_the_server_when_uppys_check_is_gone(open_page: Open) -> None:
    page = open_page()
    page.start("sign", restrictions={"allowedFileTypes": ["image/*"]})
    assert "You can only upload: image/*" in page.add(named("html"), "text/html", 100)
    page.open()
    page.start("sign")
    page.add(named("html"), "text/html", 100)
    page.upload()
    seen = page.wait_for("seen.errors.length > 0")
    page.shot("wrong-type")
    assert "text/html is not accepted here" in seen["errors"][0]


def test_nothing_is_answered_when_the_page_comes_from_an_origin_that_is_not_listed(open_page: Open) -> None:
    page, name = open_page(is_listed=False), named()
    page.start("sign")
    page.add(name, "image/jpeg", 1_000)
    page.upload()
    page.wait_for("seen.errors.length > 0")
    page.shot("origin-not-listed")
    assert page.asset(name) is None


@pytest.mark.parametrize("version", ["v5", "v6"])
@pytest.mark.parametrize("size", [50_000, 12 * MIB])
def test_file_arrives_when_uppy_talks_to_a_companion(
    open_page: Open, stack: Stack, editor: Caller, version: str, size: int
) -> None:
    page, name = open_page(version), named()
    page.start("companion", companionEndpoint=companion_endpoint(stack, editor))
    page.add(name, "image/jpeg", size)
    page.upload()
    page.succeed()
    page.shot(f"companion-{version}-{size}")
    assert page.stored(name) == content(size, 7)


@pytest.mark.parametrize("size", [50_000, 40 * MIB])
def test_file_arrives_when_uppy_5_calls_its_functions(open_page: Open, size: int) -> None:
    page, name = open_page("v5"), named()
    page.start("functions")
    page.add(name, "image/jpeg", size)
    page.upload()
    page.succeed()
    assert page.stored(name) == content(size, 7)


def test_error_tells_what_to_do_when_a_companion_upload_is_refused(
    open_page: Open, stack: Stack, editor: Caller
) -> None:
    page = open_page("v5")
    page.start("companion", companionEndpoint=companion_endpoint(stack, editor))
    page.add(named("html"), "text/html", 100)
    page.upload()
    assert "text/html is not accepted here" in page.wait_for("seen.errors.length > 0")["errors"][0]
