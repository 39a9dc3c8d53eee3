"""The stand-in for KMS and STS, asked by AWS's own client."""

import threading
from http.server import ThreadingHTTPServer

import boto3
import pytest
from botocore.exceptions import ClientError

from local.servers import aws


@pytest.fixture
def url(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), aws.handler(aws.Kms(tmp_path, "us-east-1")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def client(url, service):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def test_what_was_encrypted_is_decrypted(url):
    kms = client(url, "kms")
    sealed = kms.encrypt(KeyId="alias/x", Plaintext=b"recovery", EncryptionContext={"for": "vault"})

    opened = kms.decrypt(
        CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"for": "vault"}
    )

    assert b"recovery" not in sealed["CiphertextBlob"]
    assert opened["Plaintext"] == b"recovery"


def test_another_context_does_not_decrypt(url):
    kms = client(url, "kms")
    sealed = kms.encrypt(KeyId="alias/x", Plaintext=b"recovery", EncryptionContext={"for": "vault"})

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])


def test_the_deployer_is_told_who_it_is(url):
    assert client(url, "sts").get_caller_identity()["Arn"] == aws.DEPLOYER


def test_what_is_not_served_is_refused_by_name(url):
    with pytest.raises(ClientError, match="not"):
        client(url, "kms").create_key()
