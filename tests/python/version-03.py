import graphlib
print("ok")
