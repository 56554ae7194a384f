print("buffered")
raise ValueError
