# STRICT in the whole mesh is worth nothing where one object can say otherwise.
package evenkeelstrictmesh

violation[{"msg": msg}] {
	input.review.object.kind == "PeerAuthentication"
	mode := input.review.object.spec.mtls.mode
	mode != "STRICT"
	msg := sprintf("mutual TLS is %v", [mode])
}

violation[{"msg": msg}] {
	input.review.object.kind == "PeerAuthentication"
	mode := input.review.object.spec.portLevelMtls[port].mode
	mode != "STRICT"
	msg := sprintf("mutual TLS of port %v is %v", [port, mode])
}
