"""The script of the stage `report`, its templates, and the library that its page carries."""
