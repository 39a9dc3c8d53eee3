# An image is named by its digest: a tag can be moved to something that nobody scanned.
package evenkeelimagedigest

violation[{"msg": msg}] {
	container := containers[_]
	not regex.match("@sha256:[0-9a-f]{64}$", container.image)
	not exempt(container.image)
	msg := sprintf("container %v: image %v names no digest", [container.name, container.image])
}

exempt(image) {
	startswith(image, input.parameters.exempt[_])
}

containers[c] {
	c := input.review.object.spec[["containers", "initContainers", "ephemeralContainers"][_]][_]
}
