"""The upload of a folder as a process that can be killed: `python -m tests.folder_uploads.program SETTINGS`.

SETTINGS is JSON: url, root, journal, and `settings` of the upload. Prints the sum as JSON.
"""

import json
import sys
from pathlib import Path

from foveal.client import Foveal
from foveal.client.folders import UploadSettings, upload_folder
from foveal.client.folders.journal import Journal


def main() -> None:
    given = json.loads(sys.argv[1])
    journal = Journal(Path(given["journal"]))
    with Foveal(given["url"], "token") as client:
        settings = UploadSettings(**given["settings"])
        summary = upload_folder(client.api, "zoo", Path(given["root"]), journal, settings)
    journal.close()
    print(json.dumps(summary.document()))


if __name__ == "__main__":
    main()
