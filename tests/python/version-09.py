print("prefix-x".removeprefix("prefix-"))
