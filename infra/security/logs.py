"""Every log of every node: card numbers masked first, then to the locked bucket and to Elastic."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra.storage import LOGS

MASK = Path(__file__).parent / "mask_pan.lua"
ELASTIC = "https://evenkeel-es-http.logging.svc:9200"

_INPUT = """\
[INPUT]
    Name tail
    Path /var/log/containers/*.log
    multiline.parser cri
    Tag kube.*
    DB /var/log/fluent-bit.db
    Mem_Buf_Limit 64MB
    storage.type filesystem
    Skip_Long_Lines On
"""
# The mask stands before every output, and nothing is sent where it fails.
_FILTERS = """\
[FILTER]
    Name lua
    Match *
    script /fluent-bit/scripts/mask_pan.lua
    call mask_pan
    protected_mode false
[FILTER]
    Name kubernetes
    Match kube.*
    Merge_Log On
    Keep_Log Off
    K8S-Logging.Exclude Off
"""


def _bucket(bucket: str, region: str) -> str:
    return f"""\
[OUTPUT]
    Name s3
    Match *
    bucket {bucket}
    region {region}
    s3_key_format /logs/%Y/%m/%d/$TAG/%H%M%S-$UUID.gz
    compression gzip
    total_file_size 50M
    upload_timeout 1m
    send_content_md5 true
    storage_class STANDARD_IA
    retry_limit 20
"""


_ELASTIC = """\
[OUTPUT]
    Name es
    Match *
    Host evenkeel-es-http.logging.svc
    Port 9200
    Index logs
    tls On
    tls.verify On
    tls.ca_file /etc/elastic/ca.crt
    HTTP_User collector
    HTTP_Passwd ${ELASTIC_PASSWORD}
    Suppress_Type_Name On
    Replace_Dots On
    Retry_Limit 20
"""


def values(bucket: pulumi.Input[str], region: str, *, elastic: bool) -> dict[str, Any]:
    """Return the values of the collector's chart."""
    outputs = pulumi.Output.from_input(bucket).apply(
        lambda name: _bucket(name, region) + (_ELASTIC if elastic else "")
    )
    return {
        "luaScripts": {"mask_pan.lua": MASK.read_text()},
        "config": {"inputs": _INPUT, "filters": _FILTERS, "outputs": outputs},
        "tolerations": [{"operator": "Exists"}],
        "serviceAccount": {"name": "collector"},
        "securityContext": {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "500m", "memory": "256Mi"},
        },
        **(_elastic_mounts() if elastic else {}),
    }


def _elastic_mounts() -> dict[str, Any]:
    return {
        "env": [
            {
                "name": "ELASTIC_PASSWORD",
                "valueFrom": {"secretKeyRef": {"name": "collector", "key": "password"}},
            }
        ],
        "extraVolumes": [
            {"name": "elastic-ca", "secret": {"secretName": "evenkeel-es-http-certs-public"}}
        ],
        "extraVolumeMounts": [
            {"name": "elastic-ca", "mountPath": "/etc/elastic", "readOnly": True}
        ],
    }


@dataclass(frozen=True, kw_only=True)
class LogStoreArgs:
    """How much of the logs can be searched; the bucket has all of them."""

    volume: str = "200Gi"


class LogStore(pulumi.ComponentResource):
    """Elasticsearch over three zones, run by its operator.

    The life cycle of its indices is set through its own interface: the operator takes one as an
    object only under a licence that is paid for. The locked bucket has every log in any case.
    """

    def __init__(
        self, name: str, args: LogStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:LogStore", name, None, opts)
        CustomResource(
            "elasticsearch",
            api_version="elasticsearch.k8s.elastic.co/v1",
            kind="Elasticsearch",
            metadata={"name": "evenkeel", "namespace": "logging"},
            spec={
                "version": "9.1.3",
                "volumeClaimDeletePolicy": "DeleteOnScaledownOnly",
                "auth": {"fileRealm": [{"secretName": "collector"}]},
                "nodeSets": [_nodes(args)],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _nodes(args: LogStoreArgs) -> dict[str, Any]:
    return {
        "name": "default",
        "count": 3,
        "config": {
            "node.store.allow_mmap": False,
            "xpack.security.audit.enabled": True,
        },
        "podTemplate": {
            "spec": {
                "automountServiceAccountToken": False,
                "securityContext": {
                    "runAsNonRoot": True,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "topologySpreadConstraints": [
                    {
                        "maxSkew": 1,
                        "topologyKey": "topology.kubernetes.io/zone",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {
                            "matchLabels": {"elasticsearch.k8s.elastic.co/cluster-name": "evenkeel"}
                        },
                    }
                ],
            }
        },
        "volumeClaimTemplates": [
            {
                "metadata": {"name": "elasticsearch-data"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": LOGS,
                    "resources": {"requests": {"storage": args.volume}},
                },
            }
        ],
    }
