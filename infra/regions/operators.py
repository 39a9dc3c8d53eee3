"""The cluster's operators, installed in order from their charts."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from infra.charts import Chart, ChartsArgs, charts


@dataclass(frozen=True, kw_only=True)
class OperatorsArgs:
    """What the charts' values depend on."""

    charts: ChartsArgs


class Operators(pulumi.ComponentResource):
    """A release of each chart; objects of the kinds that they bring have to wait for this."""

    releases: dict[str, k8s.helm.v3.Release]
    """By name."""

    def __init__(
        self, name: str, args: OperatorsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Operators", name, None, opts)
        self.releases = {}
        for chart in charts(args.charts):
            self.releases[chart.name] = self._release(chart)
        self.register_outputs({})

    def _release(self, chart: Chart) -> k8s.helm.v3.Release:
        return k8s.helm.v3.Release(
            chart.name,
            name=chart.name,
            chart=chart.chart,
            version=chart.version,
            namespace=chart.namespace,
            repository_opts={"repo": chart.repository},
            values=dict(chart.values),
            timeout=900,
            # A release that fails half-way is taken back, so that the next `up` starts clean.
            atomic=True,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[self.releases[each] for each in chart.after]
            ),
        )
