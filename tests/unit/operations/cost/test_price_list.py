"""Price list: tiers and free parts against hand-computed charges, files, ages."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.operations.cost import price_list
from foveal.operations.cost.price_list import Price, PriceListError, built_in

INF = float("inf")
PRICES = built_in()


def price(tiers: tuple[tuple[float, float], ...] = ((INF, 1.0),), *, per: float = 1, free: float = 0) -> Price:
    return Price("m", "S", "Title", "unit", tiers, "source", date(2026, 11, 1), per=per, free=free)


@pytest.mark.parametrize(
    ("meter", "quantity", "usd"),
    [
        # one tier: 100 GB × 0.023
        ("s3.standard", 100, 2.30),
        # 2 PB of 2^30 bytes: 51,200 × 0.023 + 460,800 × 0.022 + (2,097,152 - 512,000) × 0.021
        ("s3.standard", 2_097_152, 1_177.60 + 10_137.60 + 33_288.192),
        # 950 million objects / 1,000 × 0.0025
        ("s3.tiering.monitoring", 950_000_000, 2_375.00),
        # a billion tags / 10,000 × 0.0065: the 650 of the note
        ("s3.tags", 1e9, 650.00),
        # a month of daily inventories of a billion: 30e9 / 1e6 × 0.0025
        ("s3.inventory", 30e9, 75.00),
        # the first TB is free, and is part of the first tier: (10,240 - 1,024) × 0.085 + 760 × 0.080
        ("cloudfront.out", 11_000, 783.36 + 60.80),
        # nothing within the free part
        ("cloudfront.requests", 10_000_000, 0.00),
        # 5 million beyond it / 10,000 × 0.01
        ("cloudfront.requests", 15_000_000, 5.00),
        # (1,600,000 - 400,000) GB-s × 0.0000133334
        ("lambda.duration", 1_600_000, 16.00008),
        # a billion events
        ("events.published", 1e9, 1_000.00),
        # 300 million × 1.00 + 100 million × 0.90
        ("api.requests", 400e6, 300.00 + 90.00),
        # malware scan of a billion objects: (1e9 - 1,000) / 1,000 × 0.215
        ("malware.objects", 1e9, 214_999.785),
    ],
)
def test_charge_is_that_of_the_hand_computed_case(meter: str, quantity: float, usd: float) -> None:
    assert PRICES[meter].charge(quantity) == pytest.approx(usd, abs=1e-6)


LADDERS = st.lists(st.floats(0.01, 1e9), min_size=0, max_size=4, unique=True).flatmap(
    lambda bounds: st.lists(st.floats(0, 100), min_size=len(bounds) + 1, max_size=len(bounds) + 1).map(
        lambda prices: tuple(zip([*sorted(bounds), INF], prices, strict=True))
    )
)


@given(LADDERS, st.floats(0, 1e6), st.floats(0.001, 1e6), st.floats(0, 1e10), st.floats(0, 1e10))
def test_charge_grows_with_the_quantity_and_is_never_negative(
    tiers: tuple[tuple[float, float], ...], free: float, per: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    charged = price(tiers, per=per, free=free)
    assert 0 <= charged.charge(low) <= charged.charge(high) * (1 + 1e-9) + 1e-9
    assert charged.charge(min(low, free)) == 0


@given(LADDERS, st.floats(0, 1e10))
def test_charge_lies_between_the_cheapest_and_the_dearest_tier(
    tiers: tuple[tuple[float, float], ...], quantity: float
) -> None:
    amounts = [amount for _, amount in tiers]
    charge = price(tiers).charge(quantity)
    assert min(amounts) * quantity * (1 - 1e-9) <= charge <= max(amounts) * quantity * (1 + 1e-9)


@pytest.mark.parametrize(
    "tiers", [(), ((10.0, 1.0),), ((10.0, 1.0), (5.0, 1.0), (INF, 1.0)), ((0.0, 1.0), (INF, 1.0)), ((INF, -1.0),)]
)
def test_price_is_refused_when_its_tiers_are_no_ladder(tiers: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(PriceListError, match=r"^m: "):
        price(tiers)


def test_built_in_prices_name_a_source_and_what_is_from_memory() -> None:
    for listed in (PRICES, built_in("alternatives")):
        for each in listed.values():
            assert each.source
            assert "memory" not in each.source or each.unverified, each.meter
    assert [each.meter for each in PRICES.values() if each.unverified] == []


def test_tiers_of_lambda_are_ten_and_twenty_percent_off() -> None:
    (_, first), (_, second), (_, third) = PRICES["lambda.duration"].tiers
    assert (second, third) == pytest.approx((first * 0.9, first * 0.8), rel=1e-4)


def test_file_replaces_prices_meter_by_meter(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    own = price_list.PriceList({"s3.write": price(((INF, 0.004),), per=1000)})
    file.write_text(price_list.dump(own).replace('meter = "m"', 'meter = "s3.write"'))
    merged = price_list.load(file).over(PRICES)
    assert merged["s3.write"].charge(1000) == 0.004
    assert merged["s3.read"] == PRICES["s3.read"]
    assert list(merged) == list(PRICES)


def test_dumped_prices_are_read_back_the_same(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(price_list.dump(PRICES))
    assert dict(price_list.load(file)) == dict(PRICES)
    assert "price" in tomllib.loads(file.read_text())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("price = 1", "tables"),
        ("[[price]]\nmeter = 'a'", "needs `service`"),
        ("[[price]]\nmeter = 'a'\ncolour = 'red'", "unknown member colour"),
        ("[[price]", "Expected"),
        ("price = [3]", "tables"),
    ],
)
def test_file_with_faults_is_refused_in_words(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(PriceListError, match=told):
        price_list.load(file)


def test_old_prices_are_named_from_the_day_after_the_limit() -> None:
    newest = max(each.as_of for each in PRICES.values())
    assert PRICES.older_than(180, date(2024, 12, 28)) == []
    old = PRICES.older_than(180, date(2024, 12, 29))
    assert {each.as_of for each in old} == {date(2024, 7, 1)}
    assert len(PRICES.older_than(0, newest)) < len(PRICES)


def test_words_name_every_tier_and_the_free_part() -> None:
    assert PRICES["s3.standard"].words() == "0.023 a GB-month to 51,200, then 0.022 to 512,000, then 0.021"
    assert PRICES["sqs.requests"].words() == "0.4 a million requests, first 1,000,000 free"
    assert PRICES["api.requests"].brief() == "1 a million requests, tiered"
    assert PRICES["s3.tags"].brief() == "0.0065 for 10,000 tags"
