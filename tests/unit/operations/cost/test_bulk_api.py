"""Refresh of prices from files in the form of AWS's Price List, served on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foveal.cli.operations import cost
from foveal.cli.root import build
from foveal.operations.cost import bulk_api, price_list
from foveal.operations.cost.price_list import built_in


def dimension(begin: str, end: str, usd: str) -> dict[str, Any]:
    return {"beginRange": begin, "endRange": end, "unit": "GB-Mo", "pricePerUnit": {"USD": usd}, "appliesTo": []}


def offer(products: dict[str, tuple[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    """Return a price list file: usage type and price dimensions by SKU."""
    return {
        "formatVersion": "v1.0",
        "offerCode": "AmazonS3",
        "version": "20261101000000",
        "publicationDate": "2026-11-01T12:00:00Z",
        "products": {
            sku: {"sku": sku, "productFamily": "Storage", "attributes": {"servicecode": "AmazonS3", "usagetype": name}}
            for sku, (name, _) in products.items()
        },
        "terms": {
            "OnDemand": {
                sku: {
                    f"{sku}.JRTCKXETXF": {
                        "offerTermCode": "JRTCKXETXF",
                        "sku": sku,
                        "priceDimensions": {f"{sku}.JRTCKXETXF.{n}": each for n, each in enumerate(dimensions)},
                    }
                }
                for sku, (_, dimensions) in products.items()
            }
        },
    }


S3 = offer(
    {
        "A1": (
            "EUC1-TimedStorage-ByteHrs",
            [
                dimension("512000", "Inf", "0.0225000000"),
                dimension("0", "51200", "0.0245000000"),
                dimension("51200", "512000", "0.0235000000"),
            ],
        ),
        "B1": ("EUC1-Requests-Tier1", [dimension("0", "Inf", "0.0000054000")]),
        "C1": ("EUC1-Requests-Tier2", [dimension("0", "Inf", "0.0000004300")]),
        "C2": ("EUC1-Requests-Tier2", [dimension("0", "Inf", "0.0000005000")]),
        "D1": ("EUC1-EUW1-AWS-Out-Bytes", [dimension("0", "Inf", "0.02")]),
    }
)
EMPTY = offer({})


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = json.dumps(S3 if "/AmazonS3/current/eu-central-1/" in self.path else EMPTY).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_refresh_writes_prices_that_the_bill_reads(address: str, tmp_path: Path) -> None:
    file = tmp_path / "eu.toml"
    arguments = ["cost", "refresh", str(file), "--region", "eu-central-1", "--address", address]
    told = CliRunner().invoke(build([cost]), arguments)
    assert told.exit_code == 0, told.output
    assert "2 changed" in told.output
    assert "s3.read stays of 2026-08-07: the list has 2 prices of Requests-Tier2" in told.output
    assert "s3.tags stays of 2025-03-01: the list has no prices of TagStorage-TagHrs" in told.output
    prices = price_list.load(file)
    assert prices["s3.standard"].tiers == ((51200, 0.0245), (512000, 0.0235), (float("inf"), 0.0225))
    assert prices["s3.standard"].as_of.isoformat() == "2026-11-01"
    assert prices["s3.standard"].unverified == ""
    assert prices["s3.write"].charge(1_000) == pytest.approx(0.0054)
    assert prices["atlas.M10"] == built_in()["atlas.M10"]


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"{}", b'{"publicationDate": 3}'])
def test_refresh_refuses_a_file_of_another_form(content: bytes) -> None:
    with pytest.raises(bulk_api.BulkApiError, match="is no price list file"):
        bulk_api.refresh(built_in(), lambda _: content, "us-east-1")
