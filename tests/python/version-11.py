command = "go"
match command:
    case "go":
        print("went")
