def f(x: int | None):
    return x

print(f(1))
