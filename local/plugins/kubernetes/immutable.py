"""Which fields of an object the API server never changes, so that a change makes a new object.

From the validation of each kind in Kubernetes 1.36 (`pkg/apis/*/validation`).
"""

_ALWAYS = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace"})

_BY_KIND: dict[str, frozenset[str]] = {
    "ClusterRoleBinding": frozenset({"roleRef"}),
    "DaemonSet": frozenset({"spec.selector"}),
    "Deployment": frozenset({"spec.selector"}),
    "Job": frozenset(
        {
            "spec.backoffLimitPerIndex",
            "spec.completionMode",
            "spec.completions",
            "spec.podFailurePolicy",
            "spec.selector",
            "spec.successPolicy",
            "spec.template",
        }
    ),
    "PersistentVolumeClaim": frozenset(
        {"spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeMode"}
    ),
    "PriorityClass": frozenset({"preemptionPolicy", "value"}),
    "ReplicaSet": frozenset({"spec.selector"}),
    "RoleBinding": frozenset({"roleRef"}),
    "Secret": frozenset({"immutable", "type"}),
    "Service": frozenset({"spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.type"}),
    "StatefulSet": frozenset(
        {
            "spec.podManagementPolicy",
            "spec.selector",
            "spec.serviceName",
            "spec.volumeClaimTemplates",
        }
    ),
    "StorageClass": frozenset({"parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"}),
}


def fields(kind: str) -> frozenset[str]:
    """Return the dotted paths whose change replaces an object of that kind."""
    return _ALWAYS | _BY_KIND.get(kind, frozenset())
