"""JSON values, to be walked and changed."""

import copy
import json


def places(value, path=()):
    """Every path to something inside a JSON value."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        return
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


def replaced(value, path, new):
    made = copy.deepcopy(value)
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return made


def plain(props):
    """Examples may be written with tuples and shared parts; a message has neither."""
    return json.loads(json.dumps(props))
