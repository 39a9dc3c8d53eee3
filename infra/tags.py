"""What every resource of a region carries: who owns it, who pays, what data it may hold.

Set by one transformation on the Region, so no component passes tags and none forgets.
"""

import pulumi

from infra.names import PROJECT
from infra.settings import Settings


def tags(settings: Settings) -> dict[str, str]:
    """List the tags of a region's resources; a resource's own tags come before them."""
    return {
        "project": PROJECT,
        "region": settings.region,
        "owner": settings.owner,
        "cost-centre": settings.cost_centre,
        # All of a region is connected to the card data environment, thus in scope (PCI DSS 12.5.2).
        "pci-scope": "in",
        "data-classification": "confidential",
    }


def tagging(settings: Settings) -> pulumi.ResourceTransformation:
    """Make the transformation that tags whatever of AWS can be tagged."""
    ours = tags(settings)

    def transformation(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("aws:") or "tags" not in args.props:
            return None
        own = args.props["tags"] or {}
        tagged = pulumi.Output.from_input(own).apply(lambda given: {**ours, **given})
        return pulumi.ResourceTransformationResult(
            props={**args.props, "tags": tagged if own else ours}, opts=args.opts
        )

    return transformation
