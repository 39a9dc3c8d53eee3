# A pod without a sidecar neither proves who it is nor is asked.
package evenkeelinmesh

violation[{"msg": msg}] {
	places := ["labels", "annotations"]
	input.review.object.metadata[places[_]]["sidecar.istio.io/inject"] == "false"
	msg := "the pod opts out of the mesh"
}

violation[{"msg": msg}] {
	key := [
		"traffic.sidecar.istio.io/excludeInboundPorts",
		"traffic.sidecar.istio.io/excludeOutboundPorts",
		"traffic.sidecar.istio.io/excludeOutboundIPRanges",
	][_]
	input.review.object.metadata.annotations[key]
	msg := sprintf("%v lets traffic round the sidecar", [key])
}
