# A token of the API server in a pod that never calls it helps only a thief.
package evenkeelnotoken

violation[{"msg": msg}] {
	not input.review.object.spec.automountServiceAccountToken == false
	msg := "automountServiceAccountToken is not false"
}
