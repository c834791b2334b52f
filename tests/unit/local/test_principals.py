"""Who a session is to a policy."""

import pytest

from local.ministack_patches.iam import role_of


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::111122223333:assumed-role/Ingest/session", "arn:aws:iam::111122223333:role/Ingest"),
        ("arn:aws-us-gov:sts::111122223333:assumed-role/a/b/c", "arn:aws-us-gov:iam::111122223333:role/a"),
        ("arn:aws:iam::000000000000:user/uploader", "arn:aws:iam::000000000000:user/uploader"),
        ("arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:root"),
    ],
)  # fmt: skip
def test_a_session_counts_as_its_role_and_everybody_else_as_themselves(arn: str, role: str) -> None:
    assert role_of(arn) == role
