#!/usr/bin/env python3
"""Records what BusyBox and GNU tools answer to the lines of tests/tools/*.lines, as tests/tools/*.busybox.txt and *.gnu.txt.

Run it as root on Debian 12 with `busybox-static` 1.35 and GNU coreutils, grep, sed, findutils, tar, diffutils; the .txt files are never
edited by hand. Each line is run as `sh -c` in an empty directory, with a bare environment, standard input from /dev/null, and standard
error joined to standard output. A line that begins with `busybox:` or `gnu:` is for that one alone.
"""

import pathlib
import shutil
import subprocess

here = pathlib.Path(__file__).parent
work = pathlib.Path("/tmp/work_tools_record")
applets = pathlib.Path("/tmp/work_tools_applets")
shutil.rmtree(applets, ignore_errors=True)
applets.mkdir()
for name in subprocess.run(["busybox", "--list"], capture_output=True, text=True).stdout.split():
    (applets / name).symlink_to(shutil.which("busybox"))
kinds = {"busybox": (f"{applets}/sh", f"{applets}"), "gnu": ("/bin/dash", "/usr/bin:/bin")}
for source in sorted(here.glob("*.lines")):
    for kind, (shell, path) in kinds.items():
        blocks = [f"Recorded by record.py from {source.name}"]
        for line in source.read_text().splitlines():
            other = next((known for known in kinds if line.startswith(known + ":")), None)
            if not line.strip() or line.startswith("#") or (other and other != kind):
                continue
            script = line.removeprefix(f"{kind}:").strip()
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            done = subprocess.run(
                ["sh", "-c", f"exec 2>&1; {script}"], executable=shell, cwd=work,
                env={"HOME": "/root", "PATH": path, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL, capture_output=True, timeout=20, umask=0o022,
            )
            code = done.returncode if done.returncode >= 0 else 128 - done.returncode
            blocks.append(f"=== {script}\n{done.stdout.decode()}\n=== exit {code}")
        source.with_suffix(f".{kind}.txt").write_text("\n".join(blocks) + "\n")
