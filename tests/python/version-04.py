import imp
print("ok")
