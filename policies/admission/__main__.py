"""Print every admission policy: `python -m policies.admission | kubectl apply -f -`."""

import argparse

import yaml

from policies.admission.policy import objects


def main() -> None:
    """Print the objects as YAML."""
    parser = argparse.ArgumentParser(prog="python -m policies.admission", description=__doc__)
    parser.add_argument("--action", choices=("Deny", "Warn", "Audit"), default="Deny")
    parser.add_argument("--exempt", action="append", default=[], metavar="NAMESPACE")
    given = parser.parse_args()
    print(yaml.safe_dump_all(objects(given.action, tuple(given.exempt)), sort_keys=False))


if __name__ == "__main__":
    main()
