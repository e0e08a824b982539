"""A page of HTML as its elements, for tests of what it holds."""

from html.parser import HTMLParser

VOID = {"meta", "path", "use", "rect", "link", "br", "img", "input", "wbr"}


class Page(HTMLParser):
    """Elements of a page with their attributes and words, and whether each is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts, self.words = [], [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, len(self.elements) - 1))

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.texts.append(data)
        for _, place in self.open:
            self.words[place] = self.words.get(place, "") + data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self):
        """All ids, in order."""
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    def words_of(self, tag, **attributes):
        """The words in each element of a kind that has some attributes, `class_` for class."""
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}
        return [
            " ".join(self.words.get(place, "").split())
            for place, (name, found) in enumerate(self.elements)
            if name == tag and wanted.items() <= found.items()
        ]
