"""HTML without the line breaks of its templates."""

import re


def squeeze(html: str) -> str:
    """Drop line breaks beside tags, which templates have for their readers; make any other one a space."""
    html = re.sub(r"\s*\n\s*(?=</?[a-z])|(?<=[a-z0-9\"'/]>)\s*\n\s*", "", html)
    return re.sub(r"\s*\n\s*", " ", html)
