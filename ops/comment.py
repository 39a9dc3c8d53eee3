"""Puts the one comment on a pull request, or renews it.

    python -m ops.comment preview/comment.md

Reads GITHUB_TOKEN, GITHUB_REPOSITORY (owner/name), GITHUB_API_URL and PULL_REQUEST (its number).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from ops.preview_summary import MARKER

LONGEST: Final = 65_000
"""Characters; GitHub takes 65,536."""


class CommentError(Exception):
    """The comment could not be placed; the sentence says why."""


def place(body: str, environment: Mapping[str, str]) -> str:
    """Renew our comment, or make it; return its address.

    Raises:
        CommentError: A variable is missing, or GitHub refuses.

    """
    for key in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "PULL_REQUEST"):
        if not environment.get(key):
            raise CommentError(f"{key} is not set")
    if len(body) > LONGEST:
        body = body[:LONGEST] + "\n\n(cut here; the reports have the rest)"
    base = environment.get("GITHUB_API_URL", "https://api.github.com")
    issues = f"{base}/repos/{environment['GITHUB_REPOSITORY']}/issues"
    headers = {
        "Authorization": f"Bearer {environment['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
    }
    with httpx.Client(headers=headers, timeout=30) as client:
        ours = _ours(client, f"{issues}/{environment['PULL_REQUEST']}/comments")
        if ours:
            answer = client.patch(f"{issues}/comments/{ours}", json={"body": body})
        else:
            answer = client.post(
                f"{issues}/{environment['PULL_REQUEST']}/comments", json={"body": body}
            )
    return _checked(answer)["html_url"]


def _ours(client: httpx.Client, address: str) -> int | None:
    """The id of the comment with our mark, if there is one."""
    page = 1
    while True:
        found = _checked(client.get(address, params={"per_page": 100, "page": page}))
        for each in found:
            if (each.get("body") or "").startswith(MARKER):
                return each["id"]
        if not found:
            return None
        page += 1


def _checked(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise CommentError(f"GitHub answers {answer.status_code} to {answer.request.url}")
    return answer.json()


def main() -> int:
    """Place the comment of a file."""
    try:
        print(place(Path(sys.argv[1]).read_text(encoding="utf-8"), os.environ))
    except (CommentError, httpx.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
