from collections import Mapping
print("ok")
