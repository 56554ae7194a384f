import math


def area(radius, unit="cm"):
    if radius < 0:
        raise ValueError("negative")
    return f"{math.pi * radius ** 2:.1f} {unit}"


print(area(1), area(2, unit="m"))
total = 0
for i in range(10):
    if i == 3:
        continue
    if i == 7:
        break
    total += i
print(total)
n = 0
while n < 3:
    n += 1
else_seen = n
print(n, else_seen)
try:
    area(-1)
except ValueError as error:
    print("caught", error)
finally:
    print("finally")
try:
    {}["k"]
except (KeyError, IndexError) as error:
    print("key", error)
try:
    open("/nosuch")
except OSError as error:
    print(error)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print([fib(i) for i in range(10)])
match total:
    case 1:
        print("one")
    case 18:
        print("eighteen")
    case _:
        print("other")
with open("out.txt", "w") as f:
    f.write("first\n")
    f.write("second\n")
print(open("out.txt").read(), end="")
for line in open("out.txt"):
    print(line.strip())
