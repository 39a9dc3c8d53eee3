"""Which versions AWS supports, as its pages said in December 2026.

Written down rather than reckoned from today's date, so that a verdict changes when the program
does, or when somebody brings this page up to date; it is due with every release of the pack.
"""

from typing import Final

OLDEST_KUBERNETES: Final = (1, 35)
"""In standard support on Amazon EKS. Support of 1.33 ended on 29 July 2026, and that of 1.34 on
2 December 2026: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"""

OLDEST_KAFKA: Final = (3, 6)
"""On Amazon MSK. Support of 3.5 ended on 23 October 2025:
https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html"""

DEPRECATED_RUNTIMES: Final = frozenset(
    {
        "dotnet5.0",
        "dotnet6",
        "dotnet7",
        "dotnet8",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs16.x",
        "nodejs18.x",
        "nodejs20.x",
        "provided",
        "provided.al2",
        "python2.7",
        "python3.6",
        "python3.7",
        "python3.8",
        "python3.9",
        "python3.10",
        "ruby2.5",
        "ruby2.7",
        "ruby3.2",
    }
)
"""On AWS Lambda: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""


def numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version such as `1.35` or `3.8.x`; () for what is none."""
    parts = version.strip().lower().removeprefix("v").split(".")[:2]
    return tuple(int(each) for each in parts) if all(each.isdecimal() for each in parts) else ()
