"""Errors of the journal. Their text names the object, and what to do.

JournalError
├── CatalogLost        the database is not the one that the journal is of
├── NothingJournalled  no complete snapshot for the instant
├── Damaged            an object is missing, or its checksum is wrong
├── JournalGap         changes that nothing has recorded lie before the instant
└── NotEmpty           the database that is to be rebuilt holds documents
"""


class JournalError(Exception):
    pass


class CatalogLost(JournalError):
    pass


class NothingJournalled(JournalError):
    pass


class Damaged(JournalError):
    """`key` is the object."""

    def __init__(self, key: str, fault: str, advice: str) -> None:
        super().__init__(
            f"{key} {fault}. Bring it back from an older version of the object or from the replica of the bucket, "
            f"or {advice}"
        )
        self.key, self.fault = key, fault


class JournalGap(JournalError):
    pass


class NotEmpty(JournalError):
    pass
