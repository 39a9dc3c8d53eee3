"""`python -m local.acquirer --host ADDRESS --port PORT`: serves until SIGTERM."""

import argparse

import uvicorn

from local.acquirer.book import Book
from local.acquirer.server import application


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="local.acquirer", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--certificate", help="PEM; TLS where it is given, with --key")
    parser.add_argument("--key")
    args = parser.parse_args()
    uvicorn.run(
        application(Book()),
        host=args.host,
        port=args.port,
        ssl_certfile=args.certificate,
        ssl_keyfile=args.key,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
