# Without limits one pod can starve all others of its node.
package evenkeelresources

violation[{"msg": msg}] {
	container := input.review.object.spec[["containers", "initContainers"][_]][_]
	wanted := [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]][_]
	not container.resources[wanted[0]][wanted[1]]
	msg := sprintf("container %v: no %v of %v", [container.name, wanted[0], wanted[1]])
}
