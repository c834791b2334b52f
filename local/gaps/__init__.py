"""What MiniStack 1.5.33 accepts but does not carry out, and Foveal needs. One module a group, each gap with its reason.

A module declares in `USES` the names of MiniStack that it reads or replaces (checked by local/selfcheck.py), and has
`install()`, called once before the first request.
"""

from typing import Final

from local.gaps import buckets, cdn, http_api, objects, origins, principals, queues, sessions, templates

MODULES: Final = (
    templates,
    buckets,
    http_api,
    objects,
    queues,
    sessions,
    principals,
    origins,
    cdn,
)  # the cache goes around the origins


def install() -> None:
    for module in MODULES:
        module.install()
