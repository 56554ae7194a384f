print(1, 2.5, "three", None, True, [1, "a", 2.0], (1,), (1, 2), {"a": 1, 2: [3]})
print(7 / 2, 7 // 2, -7 // 2, 7 % 3, -7 % 3, 2 ** 10, 2 ** -1, 10 / 5, 1e16, 1e-7, 0.1 + 0.2)
print(round(2.5), round(3.14159, 2), abs(-3), int("42"), int(3.9), float("1.5"), str(3) + "!")
x = [3, 1, 2]
y = x
y.append(4)
print(x, sorted(x), len(x), max(x), min(x), sum(x), x[-1], x[1:3], x[:2])
d = {"b": 2}
d["a"] = 1
print(d, d.get("z"), d.get("z", 9), list(d.keys()), sorted(d.items()), "a" in d, "z" not in d)
name = "Ada"
print(f"{name} {name!r} {3.14159:.2f} {1234567:,} {0.256:.1%} {5:>4}|{5:<4}|{'x':^5}| {2 + 3 = }")
print("a,b,c".split(","), "  hi ".strip(), "Hi".upper(), "-".join(["x", "y"]), "abc".replace("b", "-"), "abc"[1])
print([i * i for i in range(5) if i % 2 == 0], list(range(3, 0, -1)), list(enumerate(["p", "q"])))
print(1 < 2 < 3, 1 < 2 > 3, not 0, 1 and 2, 0 or "x", "yes" if x else "no", "bc" in "abc")
print("it's", 'say "hi"', "a\tb\\n", repr("it's"), repr("a\nb"))
print("sep", "arated", sep="-", end="!\n")
a, b = 1, 2
a, b = b, a
print(a, b, -a, 10 > 9, "a" < "b", [1, 2] == [1, 2], None is None)
