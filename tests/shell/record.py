#!/usr/bin/env python3
"""Records what BusyBox ash answers to the scripts of tests/shell/*.scripts, as tests/shell/*.txt.

Run it on a machine with `busybox` 1.35; the .txt files are never edited by hand. Scripts are parted by lines of `%%`. Each is run as
`sh -c` in an empty directory, with a bare environment, and standard input from /dev/null.
"""

import pathlib
import shutil
import subprocess

here = pathlib.Path(__file__).parent
work = pathlib.Path("/tmp/work_shell_record")
for source in sorted(here.glob("*.scripts")):
    blocks = [f"Recorded by record.py from {source.name} with {subprocess.run(['busybox'], capture_output=True, text=True).stdout.splitlines()[0].split(' (')[0]}"]
    for script in source.read_text().split("\n%%\n"):
        script = script.strip("\n")
        if not script:
            continue
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        environment = {"HOME": "/root", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            ["busybox", "sh", "-c", script], cwd=work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=20
        )
        code = done.returncode if done.returncode >= 0 else 128 - done.returncode
        blocks.append(f"=== script\n{script}\n=== stdout\n{done.stdout.decode()}\n=== exit {code}")
    source.with_suffix(".txt").write_text("\n".join(blocks) + "\n")
