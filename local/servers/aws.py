"""A stand-in for the two AWS APIs that servers call at run time: KMS and STS.

`python -m local.servers.aws --region us-east-1` serves what Vault's seal and its AWS sign-in need.
A key's material is made on first use and kept below the region's folder.
"""

import argparse
import base64
import json
import os
import secrets
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from local import process
from local.places import Place

ACCOUNT = "111122223333"
DEPLOYER = f"arn:aws:sts::{ACCOUNT}:assumed-role/provisioner/local"
NONCE_BYTES = 12


def server(place: Place) -> process.Process:
    """Return the region's stand-in."""
    host = place.address("aws")
    return process.Process(
        name=f"{place.region}-aws",
        command=[sys.executable, "-m", "local.servers.aws", "--region", place.region],
        listens=[(host, 4566)],
        ready=lambda: process.answers(host, 4566),
    )


class Kms:
    """Symmetric keys by id: AES-256-GCM, the encryption context as associated data."""

    def __init__(self, folder: Path, region: str) -> None:
        self._folder = folder
        self._region = region

    def answer(self, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer Encrypt, Decrypt or DescribeKey, as the KMS API reference has them.

        Raises:
            KeyError: something that the action needs was not given.
            ValueError: another action.
            InvalidTag: what is to be decrypted was not encrypted here, or in another context.

        """
        served = {
            "Encrypt": self._encrypt,
            "Decrypt": self._decrypt,
            "DescribeKey": self._describe,
        }
        if action not in served:
            raise ValueError(f"the stand-in for KMS serves {', '.join(served)} and not this")
        return served[action](asked)

    def _encrypt(self, asked: dict[str, Any]) -> dict[str, Any]:
        key = asked["KeyId"].removeprefix("alias/")
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._material(key)).encrypt(
            nonce, base64.b64decode(asked["Plaintext"]), _context(asked)
        )
        blob = f"{key}:".encode() + nonce + sealed
        return {"CiphertextBlob": base64.b64encode(blob).decode(), "KeyId": self._arn(key)}

    def _decrypt(self, asked: dict[str, Any]) -> dict[str, Any]:
        key, _, rest = base64.b64decode(asked["CiphertextBlob"]).partition(b":")
        name = key.decode()
        plain = AESGCM(self._material(name)).decrypt(
            rest[:NONCE_BYTES], rest[NONCE_BYTES:], _context(asked)
        )
        return {"Plaintext": base64.b64encode(plain).decode(), "KeyId": self._arn(name)}

    def _describe(self, asked: dict[str, Any]) -> dict[str, Any]:
        key = asked["KeyId"].removeprefix("alias/")
        return {"KeyMetadata": {"KeyId": key, "Arn": self._arn(key), "Enabled": True}}

    def _arn(self, key: str) -> str:
        return f"arn:aws:kms:{self._region}:{ACCOUNT}:key/{key}"

    def _material(self, key: str) -> bytes:
        path = self._folder / f"{base64.urlsafe_b64encode(key.encode()).decode()}.key"
        if not path.exists():
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(AESGCM.generate_key(256))
        return path.read_bytes()


def _context(asked: dict[str, Any]) -> bytes:
    return json.dumps(asked.get("EncryptionContext", {}), sort_keys=True).encode()


IDENTITY = f"""\
<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>{DEPLOYER}</Arn>
    <UserId>AROAEVENKEELPROVISION:local</UserId>
    <Account>{ACCOUNT}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>local</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>
"""


def handler(kms: Kms) -> type[BaseHTTPRequestHandler]:
    """Return a request handler that serves KMS's JSON protocol and STS's query protocol."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            target = self.headers.get("X-Amz-Target", "")
            if target.startswith("TrentService."):
                self._kms(target.removeprefix("TrentService."), json.loads(body))
            elif b"Action=GetCallerIdentity" in body:
                self._send(HTTPStatus.OK, IDENTITY.encode(), "text/xml")
            else:
                text = {
                    "message": f"the stand-in serves KMS and STS GetCallerIdentity, not {target}"
                }
                self._send(HTTPStatus.BAD_REQUEST, json.dumps(text).encode())

        def _kms(self, action: str, asked: dict[str, Any]) -> None:
            try:
                answer = kms.answer(action, asked)
            except (KeyError, InvalidTag, ValueError) as error:
                text = {"__type": "InvalidCiphertextException", "message": f"{action}: {error!r}"}
                self._send(HTTPStatus.BAD_REQUEST, json.dumps(text).encode())
                return
            self._send(HTTPStatus.OK, json.dumps(answer).encode())

        def _send(
            self, status: HTTPStatus, body: bytes, kind: str = "application/x-amz-json-1.1"
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing: what is asked for may be a secret."""

    return Handler


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="python -m local.servers.aws")
    parser.add_argument("--region", required=True)
    place = Place(parser.parse_args().region)
    kms = Kms(place.folder("kms"), place.region)
    ThreadingHTTPServer((place.address("aws"), 4566), handler(kms)).serve_forever()


if __name__ == "__main__":
    main()
