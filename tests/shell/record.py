#!/usr/bin/env python3
"""Records what BusyBox ash and dash answer to the scripts of tests/shell/*.scripts, as tests/shell/*.ash.txt and *.dash.txt.

Run it on a machine with `busybox` 1.35 and `dash` 0.5.12; the .txt files are never edited by hand. Scripts are parted by lines of `%%`. Each is run as
`sh -c` in an empty directory, with a bare environment, and standard input from /dev/null.
"""

import pathlib
import shutil
import subprocess

here = pathlib.Path(__file__).parent
work = pathlib.Path("/tmp/work_shell_record")
shells = {"ash": (["busybox", "sh", "-c"], "BusyBox 1.35"), "dash": (["dash", "-c"], "dash 0.5.12")}
# Scripts call `sh`: each shell must find itself under that name.
commands = pathlib.Path("/tmp/work_shell_commands")
for source in sorted(here.glob("*.scripts")):
    for name, (command, version) in shells.items():
        shutil.rmtree(commands, ignore_errors=True)
        commands.mkdir()
        (commands / "sh").symlink_to(shutil.which(command[0]))
        blocks = [f"Recorded by record.py from {source.name} with {version}"]
        for script in source.read_text().split("\n%%\n"):
            script = script.strip("\n")
            if not script:
                continue
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            environment = {"HOME": "/root", "PATH": f"{commands}:/usr/bin:/bin"}
            done = subprocess.run(
                ["sh", "-c", script], executable=f"{commands}/sh", cwd=work, env=environment,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
            )
            code = done.returncode if done.returncode >= 0 else 128 - done.returncode
            blocks.append(f"=== script\n{script}\n=== stdout\n{done.stdout.decode()}\n=== exit {code}")
        source.with_suffix(f".{name}.txt").write_text("\n".join(blocks) + "\n")
