class Namespace:
    pass


class ArgumentParser:
    def __init__(self, *_, **__):
        self.options = {}
        self.places = []
        self.defaults = {}
        self.commands = {}
        self.command = None

    def add_argument(self, *names, **about):
        last = names[-1]
        for name in names:
            if name.startswith("--"):
                last = name
        target = about.get("dest", last.strip("-").replace("-", "_"))
        about["target"] = target
        if names[0].startswith("-"):
            for name in names:
                self.options[name] = about
        else:
            self.places.append(about)
        action = about.get("action", "")
        if action == "store_true":
            self.defaults[target] = about.get("default", False)
        elif action == "store_false":
            self.defaults[target] = about.get("default", True)
        else:
            self.defaults[target] = about.get("default", None)

    def add_argument_group(self, *_, **__):
        return self

    def add_mutually_exclusive_group(self, *_, **__):
        return self

    def set_defaults(self, **given):
        for name in given:
            self.defaults[name] = given[name]

    def add_subparsers(self, **about):
        self.command = about.get("dest", "command")
        return self

    def add_parser(self, name, **_):
        parser = ArgumentParser()
        self.commands[name] = parser
        return parser

    def parse_known_args(self, words=None):
        return self.parse_args(words), []

    def parse_args(self, words=None):
        found = Namespace()
        if words is None:
            words = given
        self.read(list(words), found)
        return found

    def read(self, words, found):
        for name in self.defaults:
            setattr(found, name, self.defaults[name])
        given = {}
        places = list(self.places)
        while words:
            word = words.pop(0)
            value = None
            if word.startswith("--") and "=" in word:
                word, value = word.split("=", 1)
            if word in self.options:
                about = self.options[word]
                action = about.get("action", "store")
                several = about.get("nargs", None)
                if action == "store_true":
                    setattr(found, about["target"], True)
                elif action == "store_false":
                    setattr(found, about["target"], False)
                elif several in ("*", "+"):
                    taken = []
                    while words and not words[0].startswith("-"):
                        taken.append(words.pop(0))
                    setattr(found, about["target"], taken)
                else:
                    if value is None and words:
                        value = words.pop(0)
                    kind = about.get("type", str)
                    value = kind(value)
                    if action == "append":
                        target = about["target"]
                        given[target] = given.get(target, []) + [value]
                        value = given[target]
                    setattr(found, about["target"], value)
            elif word in self.commands:
                setattr(found, self.command, word)
                self.commands[word].read(words, found)
                return
            elif places:
                about = places[0]
                several = about.get("nargs", None)
                kind = about.get("type", str)
                if several in ("*", "+", "..."):
                    taken = given.get(about["target"], [])
                    taken.append(kind(word))
                    given[about["target"]] = taken
                    setattr(found, about["target"], taken)
                else:
                    setattr(found, about["target"], kind(word))
                    places.pop(0)
