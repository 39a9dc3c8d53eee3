"""Serves the reliability pack to Pulumi."""

import sys
from pathlib import Path


def main() -> None:
    """Serve it; Pulumi's argument is the engine's address."""
    if not __package__:
        # Run as a folder, which is then first on the path: the root of the project belongs there.
        sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)
    from policies import command  # noqa: PLC0415 - not to be found before

    sys.exit(command.main(sys.argv[1:], "reliability"))


if __name__ == "__main__":
    main()
