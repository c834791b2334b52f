"""The demo user and the sample media: they go in by the public API, exactly as a browser would send them."""

import hashlib
import json
import mimetypes
import secrets
import string
import time
from pathlib import Path
from typing import Any, Final

import httpx2

from local.instance import ROOT, Instance, LocalStackError
from local.processes import emulator_process

PROJECT: Final = "demo"
USERNAME: Final = "demo"
GROUP: Final = f"{PROJECT}:admin"
SAMPLES: Final = ROOT / "local/samples"
READY_WITHIN_SECONDS: Final = 90
PRECONDITION_FAILED: Final = 412
DELETED: Final = "deleted"

Asset = dict[str, Any]


def create_user(instance: Instance, user_pool_id: str) -> dict[str, str]:
    """Create the demo user and its group as needed; return its name and password, which stays what it was.

    Asked for at each `up`: an emulator that was killed after the last one may have lost both.
    """
    kept = json.loads(instance.outputs.read_text()) if instance.outputs.is_file() else {}
    password = kept.get("demo_password") or _password()
    cognito = emulator_process.client(instance, "cognito-idp")
    pool = {"UserPoolId": user_pool_id}
    for create, arguments in (
        (cognito.create_group, {**pool, "GroupName": GROUP}),
        (cognito.admin_create_user, {**pool, "Username": USERNAME, "MessageAction": "SUPPRESS"}),
    ):
        try:
            create(**arguments)
        except (cognito.exceptions.GroupExistsException, cognito.exceptions.UsernameExistsException):
            continue
    cognito.admin_set_user_password(**pool, Username=USERNAME, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(**pool, Username=USERNAME, GroupName=GROUP)
    return {"project": PROJECT, "demo_username": USERNAME, "demo_password": password}


def token(values: dict[str, Any]) -> str:
    """Sign in as the demo user and return the access token, a JWT. Raises LocalStackError."""
    sign_in = {"USERNAME": values["demo_username"], "PASSWORD": values["demo_password"]}
    answer = client().post(
        values["aws_endpoint_url"],
        json={"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": values["client_id"], "AuthParameters": sign_in},
        headers={
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
            "Content-Type": "application/x-amz-json-1.1",
        },
    )
    if answer.status_code != httpx2.codes.OK:
        raise LocalStackError(f"The demo user cannot sign in ({answer.text[:200]}): run `make up` to repair it.")
    access_token: str = answer.json()["AuthenticationResult"]["AccessToken"]
    return access_token


def name_of(asset: Asset) -> str:
    """Return the file name of an asset, or its id: an object of an earlier version, rebuilt, has no name."""
    return str(asset.get("file_name") or asset["asset_id"])


def client() -> httpx2.Client:
    return httpx2.Client(timeout=30, trust_env=False)  # a proxy has no business on the loopback address


class Demo:
    """A signed-in caller of the public API."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values, self._http = values, client()
        self._signed_in = {"Authorization": f"Bearer {token(values)}"}

    def assets(self, instance: Instance) -> list[Asset]:
        """Return the assets of the samples that nobody deleted, uploading those that are not there.

        Raises LocalStackError.
        """
        known: dict[str, str] = _read(instance.state / "samples.json")
        files = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".md")
        present = {file: asset for file in files if (asset := self._asset(known.get(_digest(file), "")))}
        missing = [file for file in files if file not in present]
        if missing:
            known |= self._upload(missing)
            (instance.state / "samples.json").write_text(json.dumps(known, indent=2))
        settled = [self._when_settled(known[_digest(file)]) for file in files]
        return [asset for asset in settled if asset["status"] != DELETED]

    def downloads(self, assets: list[Asset]) -> list[str]:
        """Return a signed URL for each asset, after opening it. Raises LocalStackError when one does not open."""
        if not assets:
            return []
        body = {"asset_ids": [asset["asset_id"] for asset in assets]}
        answer = self._call("POST", f"/v1/projects/{PROJECT}/downloads", json=body)
        urls = [each["url"] for each in answer["downloads"]]
        for url, asset in zip(urls, assets, strict=True):
            opened = self._http.get(url)
            if opened.status_code != httpx2.codes.OK or len(opened.content) != asset["size_bytes"]:
                raise LocalStackError(f"The CDN answered {opened.status_code} for {name_of(asset)}: see `make logs`.")
        return urls

    def _upload(self, files: list[Path]) -> dict[str, str]:
        wanted = [
            {
                "file_name": file.name,
                "content_type": mimetypes.guess_type(file.name)[0] or "video/x-matroska",
                "size_bytes": file.stat().st_size,
                "tags": ["sample"],
                "idempotency_key": f"sample-{_digest(file)}",
                "method": "put",
            }
            for file in files
        ]
        begun = self._call("POST", f"/v1/projects/{PROJECT}/uploads", json={"uploads": wanted})["uploads"]
        for file, ticket in zip(files, begun, strict=True):
            if "problem" in ticket:
                raise LocalStackError(f"{file.name} was refused: {ticket['problem']}")
            sent = self._http.put(ticket["url"], content=file.read_bytes(), headers=ticket["headers"])
            if sent.status_code not in (httpx2.codes.OK, PRECONDITION_FAILED):
                raise LocalStackError(f"The upload of {file.name} was refused ({sent.status_code}): {sent.text[:300]}")
        return {_digest(file): ticket["asset_id"] for file, ticket in zip(files, begun, strict=True)}

    def _when_settled(self, asset_id: str) -> Asset:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            asset = self._asset(asset_id)
            if asset and asset["status"] != "pending":
                return asset
            time.sleep(0.1)
        raise LocalStackError(f"Asset {asset_id} was not ready after {READY_WITHIN_SECONDS} s: `make logs` shows why.")

    def _asset(self, asset_id: str) -> Asset | None:
        answer = self._request("GET", f"/v1/assets/{asset_id}") if asset_id else None
        return answer.json() if answer is not None and answer.status_code == httpx2.codes.OK else None

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        answer = self._request(method, path, **arguments)
        if answer.is_error:
            raise LocalStackError(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    def _request(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        return self._http.request(method, self._values["api_url"] + path, headers=self._signed_in, **arguments)


def _password() -> str:
    """Return a password of every kind of character that the user pool asks for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!")
    characters = [secrets.choice(kind) for kind in kinds for _ in range(6)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:32]


def _read(file: Path) -> Any:
    return json.loads(file.read_text()) if file.is_file() else {}
