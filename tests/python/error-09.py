def f(a):
    return g(a)

def g(a):
    raise RuntimeError("deep")

f(1)
