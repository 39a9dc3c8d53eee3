# A role with a wildcard allows what nobody has thought of yet.
package evenkeelnowildcard

violation[{"msg": msg}] {
	rule := input.review.object.rules[i]
	field := ["verbs", "resources", "apiGroups"][_]
	rule[field][_] == "*"
	msg := sprintf("rule %v: %v is a wildcard", [i, field])
}

violation[{"msg": msg}] {
	rule := input.review.object.rules[i]
	rule.verbs[_] == ["escalate", "bind", "impersonate"][_]
	msg := sprintf("rule %v gives a way to more rights than it says", [i])
}
