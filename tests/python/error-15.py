print("open)
