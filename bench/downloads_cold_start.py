"""Import and first call of `downloads` in a fresh process, against the same handler written with boto3.

    python -m bench.downloads_cold_start [--rounds 9]

Both read the private key from Secrets Manager (a small server here answers for it), look the asset up in a real
mongod, check the role, and sign one URL. The boto3-based one is written as its documentation has it: a boto3 client,
botocore's CloudFrontSigner, Powertools' resolver and Logger, pydantic, pymongo. CPU of the whole process, user and
system, less that of an interpreter that does nothing; the two take turns, the best round counts. Prints one JSON
object a line.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from bench.cloudfront import ECDSA_KEY, RSA_KEY, event_of, fill, mongod, pem, settings
from bench.lines import compare

ROOT = Path(__file__).resolve().parent.parent
OURS = """
import json, sys
sys.modules["pymongo.pyopenssl_context"] = None  # not in the bundle: infra.bundling.UNUSED_MODULES
from functions.downloads.handler import handler
answer = handler(json.loads(sys.argv[1]), None)
assert "Signature=" in answer["body"], answer
"""
PEER = """
import datetime, json, os, sys
import boto3, pymongo
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, Field

logger = Logger()
app = APIGatewayHttpResolver()
secrets = boto3.client("secretsmanager")
secret = secrets.get_secret_value(SecretId=os.environ["SIGNING_KEY_SECRET_ARN"])["SecretString"]
key = load_pem_private_key(secret.encode(), None)
signer = CloudFrontSigner(os.environ["SIGNING_KEY_ID"], lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA1()))
assets = pymongo.MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]].assets

class Wanted(BaseModel):
    asset_ids: list[str] = Field(min_length=1, max_length=1000)

@app.post("/v1/projects/<project>/downloads")
def downloads(project: str):
    claims = app.current_event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert f"{project}:viewer" in claims["cognito:groups"]
    wanted = Wanted.model_validate(app.current_event.json_body)
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    found = assets.find({"_id": {"$in": wanted.asset_ids}, "project": project, "status": "ready"})
    return {"downloads": [
        {"asset_id": each["_id"], "url": signer.generate_presigned_url(
            f"{os.environ['CDN_URL']}/{each['s3']['key']}?versionId={each['s3']['version_id']}", until)}
        for each in found
    ]}

@logger.inject_lambda_context
def handler(event, context):
    return app.resolve(event, context)

class Context:
    function_name = function_version = invoked_function_arn = aws_request_id = "x"
    memory_limit_in_mb = 1024

event = json.loads(sys.argv[1])
event |= {"version": "2.0", "rawPath": "/v1/projects/cats/downloads", "headers": {}, "isBase64Encoded": False}
event["requestContext"] |= {"http": {"method": "POST", "path": "/v1/projects/cats/downloads"}, "stage": "$default"}
answer = handler(event, Context())
assert "Signature=" in answer["body"], answer
"""


class SecretsManager(BaseHTTPRequestHandler):
    """Answers GetSecretValue with an ECDSA or an RSA key, as the secret's name says."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["SecretId"]
        body = json.dumps({"Name": asked, "SecretString": pem(RSA_KEY if asked == "rsa" else ECDSA_KEY)}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def cpu_milliseconds(program: str, event: str, environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", program, event], check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main(rounds: int) -> None:
    server = HTTPServer(("127.0.0.1", 0), SecretsManager)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with mongod() as uri:
        event = json.dumps(event_of(fill(uri)[:1]))
        environment = {**os.environ, **settings(uri), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        environment |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "LOG_LEVEL": "INFO"} | {
            "AWS_DEFAULT_REGION": "us-east-1"
        }
        best = {"bare": float("inf"), "ours": float("inf"), "peer": float("inf")}
        for _ in range(rounds):
            best["bare"] = min(best["bare"], cpu_milliseconds("pass", event, environment))
            best["ours"] = min(best["ours"], cpu_milliseconds(OURS, event, environment))
            rsa = {**environment, "SIGNING_KEY_SECRET_ARN": "rsa"}
            best["peer"] = min(best["peer"], cpu_milliseconds(PEER, event, rsa))
    ours, peer = best["ours"] - best["bare"], best["peer"] - best["bare"]
    compare("downloads_cold_start", ours, peer, "CPU ms", better="less", goal=2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    main(parser.parse_args().rounds)
