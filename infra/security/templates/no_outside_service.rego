# What is reached from outside goes through the gateway, which checks certificates.
package evenkeelnooutsideservice

violation[{"msg": msg}] {
	type := input.review.object.spec.type
	["LoadBalancer", "NodePort", "ExternalName"][_] == type
	msg := sprintf("a Service of type %v goes round the gateway", [type])
}

violation[{"msg": msg}] {
	count(input.review.object.spec.externalIPs) > 0
	msg := "a Service with externalIPs takes other hosts' traffic"
}
