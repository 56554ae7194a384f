print(nosuch)
