"""The platform's components, one noun a file.

Each is a `pulumi.ComponentResource` with a frozen, keyword-only args dataclass right above it. It
decides, and its caller gives only what it cannot know. An argument that may come from another
resource is a `pulumi.Input`; what is needed to decide (counts, versions, CIDRs) is a plain type, so
that a wrong value is refused before anything is declared. Children have the component as parent and
outputs are annotated on the class. Nothing is looked up: zones, accounts and versions are settings.
"""
