import distutils
print("ok")
