"""What the API server refuses: Gatekeeper's templates, and a constraint of each.

Pod Security (see `namespaces`) already refuses what is privileged; these refuse what it cannot see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra.security.settings import AdmissionSettings

TEMPLATES = Path(__file__).parent / "templates"
OURS = ("payments", "vault", "database", "istio-ingress")

OPERATORS_IMAGES = ("docker.io/istio/", "quay.io/ongres/")
"""Images that operators put into pods: their versions follow the charts', which are pinned."""

_POD = ("", "Pod")


@dataclass(frozen=True, kw_only=True)
class Control:
    """A template, and what it is held against."""

    file: str
    title: str
    kinds: tuple[tuple[str, str], ...]
    namespaces: tuple[str, ...] = OURS
    """Empty: the whole cluster."""
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def kind(self) -> str:
        """The kind of its constraint."""
        return "Evenkeel" + "".join(word.capitalize() for word in self.file.split("_"))


CONTROLS = (
    Control(
        file="image_digest",
        title="Images are named by digest",
        kinds=(_POD,),
        parameters={"exempt": OPERATORS_IMAGES},
    ),
    Control(
        file="no_wildcard",
        title="Roles have no wildcard",
        # Operators' own ClusterRoles need wildcards; the policy pack looks at ours.
        kinds=(("rbac.authorization.k8s.io", "Role"),),
    ),
    Control(
        file="no_outside_service",
        title="Services are reached through the gateway",
        kinds=(("", "Service"),),
    ),
    Control(
        file="in_mesh",
        title="Pods of the payment service are in the mesh",
        kinds=(_POD,),
        namespaces=("payments",),
    ),
    Control(
        file="resources",
        title="Containers say what they need",
        kinds=(_POD,),
        namespaces=("payments", "vault", "istio-ingress"),
    ),
    Control(
        file="no_token",
        title="Pods of the payment service get no token of the API server",
        kinds=(_POD,),
        namespaces=("payments", "vault"),
    ),
    Control(
        file="strict_mesh",
        title="Nothing weakens mutual TLS",
        kinds=(("security.istio.io", "PeerAuthentication"),),
        namespaces=(),
    ),
)


@dataclass(frozen=True, kw_only=True)
class AdmissionArgs:
    """How firmly."""

    settings: AdmissionSettings


class Admission(pulumi.ComponentResource):
    """Templates and constraints; the Gatekeeper that reads them is a chart."""

    def __init__(
        self, name: str, args: AdmissionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:Admission", name, None, opts)
        for control in CONTROLS:
            template = CustomResource(
                f"template-{control.file}",
                api_version="templates.gatekeeper.sh/v1",
                kind="ConstraintTemplate",
                metadata={"name": control.kind.lower()},
                spec=template_spec(control),
                opts=pulumi.ResourceOptions(parent=self),
            )
            CustomResource(
                f"constraint-{control.file}",
                api_version="constraints.gatekeeper.sh/v1beta1",
                kind=control.kind,
                metadata={
                    "name": control.file.replace("_", "-"),
                    "annotations": {"description": control.title},
                },
                spec={
                    "enforcementAction": args.settings.enforcement,
                    "match": _match(control),
                    **({"parameters": dict(control.parameters)} if control.parameters else {}),
                },
                # Gatekeeper makes the constraint's kind once it has read the template.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[template]),
            )
        self.register_outputs({})


def template_spec(control: Control) -> dict[str, Any]:
    """Return the spec of a control's ConstraintTemplate."""
    return {
        "crd": {
            "spec": {
                "names": {"kind": control.kind},
                "validation": {"openAPIV3Schema": _schema(control)},
            }
        },
        "targets": [
            {
                "target": "admission.k8s.gatekeeper.sh",
                "rego": (TEMPLATES / f"{control.file}.rego").read_text(),
            }
        ],
    }


def _schema(control: Control) -> dict[str, Any]:
    """Return the schema of the parameters: lists of texts, where there are any."""
    texts = {"type": "array", "items": {"type": "string"}}
    return {"type": "object", "properties": dict.fromkeys(control.parameters, texts)}


def _match(control: Control) -> dict[str, Any]:
    return {
        "kinds": [{"apiGroups": [group], "kinds": [kind]} for group, kind in control.kinds],
        **({"namespaces": list(control.namespaces)} if control.namespaces else {}),
    }
