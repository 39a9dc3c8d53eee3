"""Until when AWS supports a version, as its pages said in the autumn of 2026.

A version that is newer than all those named is taken as supported.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

KUBERNETES: Final[Mapping[tuple[int, ...], date]] = {
    (1, 30): date(2025, 7, 23),
    (1, 31): date(2025, 11, 26),
    (1, 32): date(2026, 3, 23),
    (1, 33): date(2026, 7, 29),
    (1, 34): date(2026, 12, 2),
    (1, 35): date(2027, 3, 27),
}
"""End of standard support on Amazon EKS: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html."""

KAFKA: Final[Mapping[tuple[int, ...], date]] = {
    (3, 5): date(2025, 9, 30),
    (3, 6): date(2026, 6, 1),
    (3, 7): date(2027, 6, 1),
}
"""End of support on Amazon MSK: https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html."""

RUNTIMES: Final[Mapping[str, date]] = {
    "dotnet6": date(2024, 12, 20),
    "dotnet8": date(2026, 11, 10),
    "dotnetcore3.1": date(2023, 4, 3),
    "go1.x": date(2024, 1, 8),
    "java8": date(2024, 1, 8),
    "nodejs14.x": date(2023, 12, 4),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "provided": date(2024, 1, 8),
    "provided.al2": date(2026, 7, 31),
    "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "python3.10": date(2026, 10, 31),
    "ruby2.7": date(2023, 12, 7),
    "ruby3.2": date(2026, 3, 31),
}
"""Deprecation on AWS Lambda: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html."""


def numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version such as `1.34` or `3.8.x`; () for what is none."""
    parts = version.strip().lower().removeprefix("v").split(".")[:2]
    return tuple(int(each) for each in parts) if all(each.isdecimal() for each in parts) else ()


def ended(version: tuple[int, ...], ends: Mapping[tuple[int, ...], date]) -> bool:
    """Whether support of a version has ended; it has for all older than those named."""
    return version < min(ends) or past(ends.get(version, date.max))


def past(day: date) -> bool:
    """Whether a day is over."""
    return datetime.now(UTC).date() > day
