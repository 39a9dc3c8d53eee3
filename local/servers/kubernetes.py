"""The region's Kubernetes control plane: kube-apiserver and kube-controller-manager."""

import json
import secrets
import subprocess
from pathlib import Path

import httpx

from local import process, tools
from local.places import Place

AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "verbs": ["get", "list", "watch"], "users": ["evenkeel-admin"]},
        {"level": "None", "nonResourceURLs": ["/readyz*", "/livez*", "/openapi*"]},
        {"level": "Metadata"},
    ],
}
"""Who asked for what, never a Secret's or a token's content."""


def apiserver(place: Place) -> process.Process:
    """Return the region's API server: RBAC, Pod Security admission, an audit log."""
    host = place.address("kubernetes")
    folder = place.folder("kubernetes")
    _prepare(folder)
    issuer = f"https://oidc.eks.{place.region}.amazonaws.com/id/evenkeel"
    return process.Process(
        name=f"{place.region}-kube-apiserver",
        command=[
            tools.path("kube-apiserver"),
            f"--etcd-servers=http://{place.address('etcd')}:2379",
            f"--bind-address={host}",
            "--secure-port=443",
            f"--tls-cert-file={place.certificate(f'{place.region}-kubernetes')}",
            f"--tls-private-key-file={place.key(f'{place.region}-kubernetes')}",
            f"--service-account-issuer={issuer}",
            f"--service-account-key-file={folder / 'accounts.pub'}",
            f"--service-account-signing-key-file={folder / 'accounts.key'}",
            f"--api-audiences={issuer},vault",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none",
            "--allow-privileged=true",
            f"--audit-policy-file={folder / 'audit-policy.json'}",
            f"--audit-log-path={folder / 'audit.log'}",
            "--audit-log-maxsize=50",
            "--audit-log-maxbackup=2",
        ],
        listens=[(host, 443)],
        ready=lambda: ready(place),
    )


def controllers(place: Place) -> process.Process:
    """Return the controllers; the node agent keeps its own node alive, so that one stays out."""
    folder = place.folder("kubernetes")
    return process.Process(
        name=f"{place.region}-kube-controller-manager",
        command=[
            tools.path("kube-controller-manager"),
            f"--kubeconfig={kubeconfig(place)}",
            f"--service-account-private-key-file={folder / 'accounts.key'}",
            f"--root-ca-file={place.ca}",
            "--leader-elect=false",
            "--controllers=*,-node-lifecycle-controller",
            f"--bind-address={place.address('kubernetes')}",
            "--secure-port=10257",
            "--horizontal-pod-autoscaler-sync-period=5s",
            "--horizontal-pod-autoscaler-downscale-stabilization=30s",
        ],
        listens=[(place.address("kubernetes"), 10257)],
        ready=lambda: process.answers(place.address("kubernetes"), 10257),
    )


def ready(place: Place) -> bool:
    """Tell whether the API server says that it is ready."""
    headers = {"Authorization": f"Bearer {place.kubernetes_token}"}
    answer = httpx.get(
        f"{place.kubernetes_url}/readyz", headers=headers, verify=str(place.ca), timeout=2
    )
    return answer.is_success


def kubeconfig(place: Place) -> Path:
    """Write the administrator's kubeconfig and return its path."""
    path = place.folder("kubernetes") / "admin.kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": place.region,
        "clusters": [
            {
                "name": place.region,
                "cluster": {
                    "server": place.kubernetes_url,
                    "certificate-authority": str(place.ca),
                },
            }
        ],
        "users": [{"name": "admin", "user": {"token": place.kubernetes_token}}],
        "contexts": [{"name": place.region, "context": {"cluster": place.region, "user": "admin"}}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1))
    return path


def _prepare(folder: Path) -> None:
    (folder / "audit-policy.json").write_text(json.dumps(AUDIT_POLICY))
    token = folder / "admin.token"
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_urlsafe(32))
        tokens = folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{token.read_text()},evenkeel-admin,1,"system:masters"\n')
    if not (folder / "accounts.pub").exists():
        _make_account_key(folder)


def _make_account_key(folder: Path) -> None:
    """Make the key that signs service accounts' tokens."""
    key = folder / "accounts.key"
    key.touch(mode=0o600)
    openssl = ["openssl"]
    subprocess.run(
        [*openssl, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out", key],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [*openssl, "pkey", "-in", key, "-pubout", "-out", folder / "accounts.pub"],
        check=True,
        capture_output=True,
    )
