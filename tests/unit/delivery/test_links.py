from hypothesis import given
from hypothesis import strategies as st

from foveal.delivery.addresses import Address
from foveal.delivery.cloudfront_signer import Signer
from foveal.delivery.links import CdnLinks, shared_expiry
from tests.unit.delivery.test_cloudfront_signer import ECDSA_KEY, pem

SECONDS = st.integers(10, 604_800)


@given(SECONDS, st.integers(1, 86_400), st.floats(1.7e9, 2e9))
def test_shared_expiry_is_at_least_the_requested_and_less_than_twice(ttl: int, window: int, now: float) -> None:
    left = shared_expiry(ttl, window, now) - int(now)
    assert ttl <= left < ttl + min(window, ttl)


@given(st.integers(0, 899), st.integers(0, 899))
def test_viewers_share_an_expiry_when_they_ask_within_one_window(first: int, second: int) -> None:
    start = 1_800_000_001 - 1_800_000_001 % 900 + 1
    assert shared_expiry(3600, 900, start + min(first, 898)) == shared_expiry(3600, 900, start + min(second, 898))


def test_expiry_moves_on_when_the_window_is_over() -> None:
    assert shared_expiry(3600, 900, 1_800_000_000) + 900 == shared_expiry(3600, 900, 1_800_000_900)


def test_another_url_is_signed_when_address_or_expiry_differ() -> None:
    links, signer = (CdnLinks("https://cdn.example", Signer("K1", pem(ECDSA_KEY))), Signer("K1", pem(ECDSA_KEY)))
    addresses = [Address("media/a"), Address("media/a", (("versionId", "1"),)), Address("media/b")]
    asked = [(address, expires_at) for address in addresses for expires_at in (100, 200)] * 2
    signed = [links.url(*each) for each in asked]
    assert signed == [signer.url(f"https://cdn.example{each.path_and_query()}", until) for each, until in asked]
    assert len(set(signed)) == len(asked) / 2
