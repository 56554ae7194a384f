def f(x: list[int]):
    return x

print(f(1))
