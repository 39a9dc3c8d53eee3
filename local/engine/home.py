"""The engine's home: the CLI, the language host and the stand-in plugins, below the cloud's own.

A user's own `~/.pulumi`, plugins and stacks are never touched.
"""

import os
import secrets
import shutil
import sys
from importlib import metadata
from pathlib import Path

from local import environment, places, tools

PLUGINS = ("aws", "kubernetes", "vault", "postgresql")

_SCRIPT = """\
#!/bin/sh
export PYTHONPATH='{repository}' PYTHONSAFEPATH=1
exec '{python}' -m {module} "$@"
"""


def path() -> Path:
    """Return the engine's home."""
    return places.home() / "engine"


def make() -> Path:
    """Make what is missing of the home and return the CLI's path."""
    binaries = path() / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    pulumi = binaries / "pulumi"
    _place(tools.path("pulumi"), pulumi)
    _script(binaries / "pulumi-language-python", "local.engine.language")
    for plugin in PLUGINS:
        _install(plugin)
    (path() / "state").mkdir(exist_ok=True)
    _passphrase()
    return pulumi


def _place(built: Path, binary: Path) -> None:
    """Have the CLI and the language host in one folder, else the engine warns at each run."""
    if binary.exists() and binary.stat().st_size == built.stat().st_size:
        return
    binary.unlink(missing_ok=True)
    try:
        binary.hardlink_to(built)
    except OSError:  # the cache is on another disk
        shutil.copy2(built, binary)


def settings() -> dict[str, str]:
    """Return the environment that makes the engine use this home and nothing of the user's."""
    return environment.inherited() | {
        "PATH": f"{path() / 'bin'}:{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
        "PULUMI_HOME": str(path()),
        "PULUMI_BACKEND_URL": f"file://{path() / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase()),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        # Without it the CLI does not know --event-log.
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "NO_COLOR": "1",
    }


def _passphrase() -> Path:
    file = path() / "passphrase"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file


def _install(plugin: str) -> None:
    """Lay a stand-in where the engine looks for the plugin that the SDK asks for."""
    version = metadata.version(f"pulumi-{plugin}")
    folder = path() / "plugins" / f"resource-{plugin}-v{version}"
    for stale in (path() / "plugins").glob(f"resource-{plugin}-v*"):
        if stale != folder:
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    _script(folder / f"pulumi-resource-{plugin}", f"local.plugins.{plugin}")


def _script(script: Path, module: str) -> None:
    text = _SCRIPT.format(repository=places.REPOSITORY, python=sys.executable, module=module)
    if not script.exists() or script.read_text() != text:
        script.write_text(text)
        script.chmod(0o755)
