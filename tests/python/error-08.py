open("/nosuch.txt")
