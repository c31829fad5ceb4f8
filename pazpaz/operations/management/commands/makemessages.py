from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages
from django.template import engines


def calls_of_jinja(source: str) -> str:
    """Return the texts of a Jinja2 template as calls in Python, which xgettext reads."""
    lines = []
    for _line, function, texts in engines["jinja2"].env.extract_translations(source):  # type: ignore[attr-defined]
        arguments = texts if isinstance(texts, tuple) else (texts,)
        lines.append(f"{function}({', '.join(repr(text) for text in arguments if text is not None)})\n")
    return "".join(lines)


class BuildFile(makemessages.BuildFile):
    """A file with texts to translate."""

    def preprocess(self) -> None:
        if not self.path.endswith(".jinja"):
            super().preprocess()
            return
        Path(self.work_path).write_text(calls_of_jinja(Path(self.path).read_text(encoding="utf-8")), "utf-8")


class Command(makemessages.Command):
    """Django's command; it reads Jinja2 templates as well."""

    build_file_class = BuildFile

    def handle(self, *args: Any, **options: Any) -> None:
        options["extensions"] = options["extensions"] or ["html", "jinja", "py", "txt"]
        super().handle(*args, **options)
