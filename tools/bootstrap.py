"""Set up the project's virtual environment with nothing but Python's standard library.

`python3-venv` and `pip` may be missing on a fresh Debian, so uv's wheel is fetched from the
package index, checked against its published digest, and unpacked; uv does the rest from the lock
file. Everything is skipped when the environment already matches.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path
from typing import NoReturn

UV_VERSION = "0.13.9"
ROOT = Path(__file__).resolve().parent.parent
LOCAL_UV = ROOT / ".uv" / f"uv-{UV_VERSION}"
NEEDED_BYTES = 1_500_000_000


def fail(what: str, remedy: str) -> NoReturn:
    """Print what happened and what to do, and stop with status 1."""
    print(f"Set-up stopped: {what}\n  What you can do: {remedy}", file=sys.stderr)
    raise SystemExit(1)


def wheel_platform() -> str:
    """Platform tag of the uv wheel for this machine."""
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        return "macosx_11_0_arm64" if machine == "arm64" else "macosx_10_12_x86_64"
    arch = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    libc = "musllinux_1_1" if not platform.libc_ver()[0] else "manylinux"
    return f"{libc}*{arch}"


def fetch(url: str, accept: str = "*/*") -> bytes:
    """Body of `url`; honours PIP_CERT and SSL_CERT_FILE; raises URLError."""
    cafile = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    context = ssl.create_default_context(cafile=cafile)
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60, context=context) as answer:
        return bytes(answer.read())


def fetch_uv() -> Path:
    """Download uv's wheel, verify its sha256, unpack the binary and return its path."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    wanted = wheel_platform().split("*")
    try:
        listing = json.loads(fetch(f"{index}/uv/", "application/vnd.pypi.simple.v1+json"))
        files = [
            entry
            for entry in listing["files"]
            if entry["filename"].startswith(f"uv-{UV_VERSION}-")
            and entry["filename"].endswith(".whl")
            and all(part in entry["filename"] for part in wanted)
        ]
        if not files:
            fail(
                f"the package index {index} has no uv {UV_VERSION} for {platform.machine()}",
                "install uv by hand (https://docs.astral.sh/uv/) and run the command again",
            )
        url = urllib.parse.urljoin(f"{index}/uv/", files[0]["url"])
        data = fetch(url)
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        fail(
            f"uv could not be fetched from {index} ({error})",
            "check the network, or set PIP_INDEX_URL to your mirror, and run the command again",
        )
    digest = hashlib.sha256(data).hexdigest()
    if digest != files[0]["hashes"].get("sha256"):
        fail("the uv wheel does not match its published digest", "run the command again")
    LOCAL_UV.mkdir(parents=True, exist_ok=True)
    target = LOCAL_UV / "uv"
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith("/scripts/uv"))
        part = target.with_suffix(".part")
        part.write_bytes(wheel.read(name))
        part.chmod(0o755)
        part.replace(target)
    return target


def find_uv() -> Path:
    """Uv of the right version: ours, the environment's, the one on PATH, or a fresh one."""
    found = shutil.which("uv")
    for candidate in (LOCAL_UV / "uv", Path(found) if found else None):
        if candidate and candidate.exists() and works(candidate):
            return candidate
    return fetch_uv()


def works(uv: Path) -> bool:
    """Whether this uv starts at all (a copied tree may hold another machine's binary)."""
    try:
        answer = subprocess.run([uv, "--version"], capture_output=True, timeout=20, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def main() -> None:
    """Bring `.venv` in line with `uv.lock`."""
    if sys.version_info < (3, 11):  # noqa: UP036 - people may have an older one
        fail(f"Python {platform.python_version()} is too old", "use Python 3.11 or newer")
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES and not (ROOT / ".venv").exists():
        fail(
            "less than 1.5 GB of disk space is free here",
            "free some space, or move the checkout to a larger disk",
        )
    stamp = ROOT / ".venv" / ".panstore-ready"
    lock = (ROOT / "uv.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    digest = hashlib.sha256(lock + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    begun = time.monotonic()
    print("Setting up the Python environment (once) ...", flush=True)
    command: list[str | Path] = [
        find_uv(),
        "sync",
        "--locked",
        "--quiet",
        # Compiled once: every command starts three times as fast where Python may not keep what
        # it compiles (PYTHONDONTWRITEBYTECODE, a read-only checkout).
        "--compile-bytecode",
        "--python",
        sys.executable,
    ]
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    if "PIP_CERT" in environment:
        environment.setdefault("SSL_CERT_FILE", environment["PIP_CERT"])
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        fail("uv could not build the environment (its own words are above)", "run it again")
    stamp.write_text(digest)
    print(f"Environment ready after {time.monotonic() - begun:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
