"""One comment a pull request, renewed and never repeated."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.comment import LONGEST, CommentError, place
from ops.preview_summary import MARKER


class GitHub(ThreadingHTTPServer):
    """As much of the comments API as there is to it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.comments = {number: f"comment {number}" for number in range(130)}
        self.status = 200
        self.tokens = set()


class Answering(BaseHTTPRequestHandler):
    def _answer(self, value):
        self.server.tokens.add(self.headers["Authorization"])
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def _body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]

    def do_GET(self):
        assert self.path.startswith("/repos/acme/pay/issues/7/comments?")
        page = int(self.path.rsplit("page=", 1)[-1])
        found = list(self.server.comments.items())[100 * (page - 1) : 100 * page]
        self._answer([{"id": number, "body": body} for number, body in found])

    def do_POST(self):
        assert self.path == "/repos/acme/pay/issues/7/comments"
        number = max(self.server.comments) + 1
        self.server.comments[number] = self._body()
        self._answer({"html_url": f"made/{number}"})

    def do_PATCH(self):
        number = int(self.path.removeprefix("/repos/acme/pay/issues/comments/"))
        self.server.comments[number] = self._body()
        self._answer({"html_url": f"renewed/{number}"})

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def github():
    server = GitHub()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(github):
    return {
        "GITHUB_TOKEN": "t0ken",
        "GITHUB_REPOSITORY": "acme/pay",
        "PULL_REQUEST": "7",
        "GITHUB_API_URL": f"http://127.0.0.1:{github.server_port}",
    }


def test_a_first_comment_is_made_and_the_next_renews_it(github, environment):
    assert place(f"{MARKER}\nfirst", environment) == "made/130"
    assert place(f"{MARKER}\nsecond", environment) == "renewed/130"
    assert github.comments[130] == f"{MARKER}\nsecond"
    assert len(github.comments) == 131
    assert github.tokens == {"Bearer t0ken"}


def test_a_comment_beyond_the_limit_is_cut_and_says_so(github, environment):
    place(MARKER + "x" * 100_000, environment)
    assert len(github.comments[130]) < 65_536
    assert github.comments[130].endswith("the rest)")
    assert len(github.comments[130]) > LONGEST


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "GITHUB_REPOSITORY", "PULL_REQUEST"])
def test_what_is_not_set_is_named(environment, missing):
    with pytest.raises(CommentError, match=missing):
        place("x", environment | {missing: ""})


def test_a_refusal_is_an_error(github, environment):
    github.status = 403
    with pytest.raises(CommentError, match="GitHub answers 403"):
        place("x", environment)
