import json
import os
import sys
import platform
import tomllib
from math import sqrt, floor

print(json.dumps({"a": [1, 2.5, None, True], "b": "x\"y"}), json.loads('{"k": [1, {"z": null}]}'))
print(os.environ.get("NOSUCH"), os.getenv("NOSUCH", "default"), "NOSUCH" in os.environ)
print(tomllib.loads("[server]\nport = 8000\nname = 'churn'\n"))
print(sqrt(16), floor(2.7), os.path.join("a", "b"), os.path.exists("/nosuch"))
print(sys.version_info[0], platform.system(), sys.argv[1:], __name__)
print("to stderr", file=sys.stderr)
sys.exit(3)
