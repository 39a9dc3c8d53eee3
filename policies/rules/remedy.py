"""The remedy of a rule: Pulumi Python made from property trees, and the page that explains it."""

import re
from collections.abc import Mapping

_PAGES = "https://docs.aws.amazon.com/securityhub/latest/userguide"
_KEYWORDS = frozenset({"lambda"})
_PAGE_NAMES = {"documentdb": "documentdb", "mskconnect": "msk"}


class Code(str):
    """A value that stands in the remedy as code, such as `key.arn`."""

    __slots__ = ()


def hub(control: str) -> str:
    """The page of AWS Security Hub on a control such as `KMS.4`."""
    service, number = control.lower().split(".")
    return f"{_PAGES}/{_PAGE_NAMES.get(service, service)}-controls.html#{service}-{number}"


def snippet(type_: str, props: Mapping[str, object]) -> str:
    """Pulumi Python that declares a resource with these properties.

    >>> snippet("aws:kms/key:Key", {"enableKeyRotation": True})
    'aws.kms.Key(..., enable_key_rotation=True)'
    """
    package, module, name = re.split(r"[:/]", type_)[0], *re.split(r"[:/]", type_)[1::2]
    module = f"{module}_" if module in _KEYWORDS else module
    arguments = ", ".join(f"{snake(key)}={_literal(value)}" for key, value in props.items())
    return f"{package}.{module}.{name}(..., {arguments})"


def snake(name: str) -> str:
    """A property's name as Python writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _literal(value: object) -> str:
    """A value as Python writes it; texts in double quotes, as this project's code has them."""
    if isinstance(value, Mapping):
        pairs = (f'"{snake(str(key))}": {_literal(each)}' for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    if isinstance(value, Code):
        return value
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
