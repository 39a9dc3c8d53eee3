"""The packs' server: pulumi-policy's analyzer, made to look at each message once.

The runtime of pulumi-policy decodes a resource anew for each policy, which for hundreds of rules
costs more than the preview. This one decodes it once, asks only the rules about its type, and
keeps every verdict for the report. All else (what the engine is told about the pack, its
configuration, levels) is the runtime's own.
"""

# pyright: reportPrivateUsage=false
# The runtime's analyzer has no public name.

import os
import sys
from collections.abc import Iterable
from concurrent import futures
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies import report, requirements, settings, wire
from policies.pack import VERSION, Pack
from policies.run import Finding, Occasion, Run
from policies.settings import Settings, SettingsError
from policies.stack import Stack
from policies.verdict import Verdict
from policies.waivers import WaiverError
from policies.waivers import load as load_waivers

WAIVERS: Final = Path(__file__).parent / "waivers.toml"
MESSAGE_LIMIT: Final = 400 * 1024 * 1024
"""Bytes; the engine's own."""


class Analyzer(_PolicyAnalyzerServicer):
    """Answers the engine."""

    def __init__(self, pack: Pack, other_rules: frozenset[str] = frozenset()) -> None:
        about = pack.about()
        policies = pack.policies()
        super().__init__(
            pack.name, VERSION, [about, *policies], EnforcementLevel.MANDATORY, None, pack.title
        )
        self._pack = pack
        self._other_rules = other_rules
        self._policies = {each.name: each for each in policies}
        self._about = about
        self._settings = Settings()
        self._occasion = Occasion()
        self._off: frozenset[str] = frozenset()
        self._run = self._fresh()

    @property
    def run(self) -> Run:
        """The run that is going on."""
        return self._run

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC
        """Learn which stack it is, and whether this is a preview."""
        self._occasion = Occasion(request.project, request.stack, preview=request.dry_run)
        self._run = self._fresh()
        return super().ConfigureStack(request, context)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC
        """Take the user's configuration, or refuse it by the key that is wrong."""
        given = {
            name: json_format.MessageToDict(each.properties)
            for name, each in request.policyConfig.items()
        }
        answer = super().Configure(request, context)
        try:
            settings.check_names(given, frozenset(self._policies))
            self._settings = Settings.read(given.get(settings.NAME, {}))
            self._run = self._fresh()
        except (SettingsError, WaiverError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{self._pack.name}: {error}")
        self._off = frozenset(
            name for name in self._policies if self._level(name) is EnforcementLevel.DISABLED
        )
        return answer

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC
        """Judge one resource."""
        return self._answer(self._run.resource(wire.resource(request), self._off))

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC
        """Judge the whole, write the reports, and say in a line how it stands."""
        stack = Stack(tuple(wire.resource(each) for each in request.resources))
        answer = self._answer(self._run.stack(stack, self._off))
        for complaint in self._run.complaints:
            self._say(answer, EnforcementLevel.MANDATORY, f"waiver: {complaint.sentence}")
        self._say(answer, EnforcementLevel.ADVISORY, report.line(self._run))
        self._write()
        return answer

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC
        """Write what there is, marked incomplete, when the engine gives up."""
        del request, context
        if not self._run.complete and self._run.urns:
            self._write()
        return empty_pb2.Empty()

    def _fresh(self) -> Run:
        """A new run.

        Raises:
            WaiverError: The file of waivers cannot be read as such.

        """
        named = self._settings.waivers
        path = Path(named) if named else WAIVERS
        if named and not path.exists():
            raise WaiverError(f"{settings.NAME}.waivers names {named}, and there is no such file")
        waivers = tuple(each for each in load_waivers(path) if each.rule not in self._other_rules)
        return Run(
            self._pack.rules,
            requirements=requirements.load(),
            settings=self._settings,
            waivers=waivers,
            occasion=self._occasion,
        )

    def _write(self) -> None:
        folder = os.environ.get(report.VARIABLE)
        if folder:
            report.write(self._run, Path(folder) / self._pack.name, self._pack)

    def _answer(self, findings: Iterable[Finding]) -> Any:
        answer = proto.AnalyzeResponse()
        for each in findings:
            if each.verdict is Verdict.FAIL:
                for sentence in each.sentences:
                    self._add(answer, each, self._level(each.rule.id), sentence)
            elif each.verdict is Verdict.WAIVED and each.waiver:
                note = f"waived until {each.waiver.expires} by {each.waiver.owner}: "
                for sentence in each.sentences:
                    self._add(answer, each, EnforcementLevel.ADVISORY, note + sentence)
            elif each.verdict is Verdict.UNDECIDABLE and self._settings.undecidable != "summary":
                level = EnforcementLevel(self._settings.undecidable)
                self._add(answer, each, level, f"undecidable: {'; '.join(each.sentences)}")
            elif each.verdict is Verdict.NOT_APPLICABLE:
                answer.not_applicable.append(
                    proto.PolicyNotApplicable(
                        policy_name=each.rule.id, reason="; ".join(each.sentences)
                    )
                )
        return answer

    def _level(self, rule: str) -> EnforcementLevel:
        """The level of a rule: its own if the user set one, else that of its severity."""
        policy = self._policies[rule]
        level = self._get_enforcement_level(policy)
        if level is policy.enforcement_level and policy.severity:
            return self._settings.levels[policy.severity]
        return EnforcementLevel.MANDATORY if level is EnforcementLevel.REMEDIATE else level

    def _add(self, answer: Any, found: Finding, level: EnforcementLevel, sentence: str) -> None:
        """One diagnostic about a resource."""
        proves = f" [PCI DSS {', '.join(found.rule.pci)}]" if found.rule.pci else ""
        policy = self._policies[found.rule.id]
        self._create_report_violation(
            answer, policy.name, f"{policy.description}{proves}", level, policy.severity
        )(sentence, found.urn)

    def _say(self, answer: Any, level: EnforcementLevel, sentence: str) -> None:
        """One diagnostic about the run."""
        self._create_report_violation(answer, self._about.name, self._about.description, level)(
            sentence, None
        )


def start(analyzer: Analyzer) -> tuple[grpc.Server, int]:
    """A running server on a loopback port of its own choice, and that port."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=4),
        options=[("grpc.max_receive_message_length", MESSAGE_LIMIT)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)  # pyright: ignore[reportUnknownMemberType] - untyped by its generator
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve(pack: Pack, other_rules: frozenset[str]) -> None:
    """Serve until the engine ends the process; its first line of output is the port."""
    server, port = start(Analyzer(pack, other_rules))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
