"""What keeps the house in one style: templates, views, forms and services look alike wherever one opens them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.template import engines
from django.template.library import import_library

from tests.addresses import addresses

ROOT: Path = settings.BASE_DIR
PACKAGES = ("jasenpalvelu", "members", "communications", "billing")
TEMPLATES = ROOT / "templates"
MOST_LINES, LONGEST_FUNCTION = 400, 60
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the project but migrations, by its path from the root."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    }


@cache
def templates() -> dict[str, str]:
    return {str(path.relative_to(TEMPLATES)): path.read_text() for path in sorted(TEMPLATES.rglob("*.*"))}


def in_room(path: str, room: str) -> bool:
    return f"/{room}/" in path or path.endswith(f"/{room}.py")


# --- size -------------------------------------------------------------------------------------------------------------
def test_files_stay_short() -> None:
    lines = {path: (ROOT / path).read_text().count("\n") for path in sources()}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_functions_stay_short() -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": length
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


# --- code -------------------------------------------------------------------------------------------------------------
def test_nothing_prints_but_commands() -> None:
    speaking = ("management/commands/", "jasenpalvelu/serve.py")
    assert [
        f"{path}:{node.lineno}"
        for path, tree in sources().items()
        if not any(part in path for part in speaking)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ] == []


def test_no_fault_is_swallowed_unseen() -> None:
    """No bare `except`, and no `except Exception` that neither raises nor logs."""
    found = []
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
            )
            seen = any(
                isinstance(inner, ast.Raise)
                or (isinstance(inner, ast.Call) and ast.unparse(inner.func).startswith(("log.", "logger.")))
                for inner in ast.walk(node)
            )
            if node.type is None or (broad and not seen):
                found.append(f"{path}:{node.lineno}")
    assert found == []


def public_services() -> Iterator[tuple[str, Function]]:
    for path, tree in sources().items():
        if "/services/" in path:
            for node in tree.body:
                if isinstance(node, Function) and not node.name.startswith("_"):
                    yield f"{path}:{node.lineno} {node.name}", node


def test_acts_take_keyword_arguments_only() -> None:
    """Where somebody does something to the register, the call says what each value is."""
    found = []
    for place, node in public_services():
        acts = any(
            isinstance(inner, ast.Call) and ast.unparse(inner.func) == "mutation" for inner in ast.walk(node)
        )
        by_somebody = "actor" in {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
        if (acts or by_somebody) and node.args.posonlyargs + node.args.args:
            found.append(place)
    assert found == []


def test_services_say_what_they_do() -> None:
    """Every public function of a service has a docstring, but where the name and two lines say all."""
    assert [
        place
        for place, node in public_services()
        if ast.get_docstring(node) is None and (node.end_lineno or 0) - node.lineno > 12
    ] == []
    assert [
        path
        for path, tree in sources().items()
        if "/services/" in path and tree.body and not ast.get_docstring(tree) and "__init__" not in path
    ] == []


WRITING = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}


def services_named_in(tree: ast.Module) -> set[str]:
    """Names under which the module has imported modules of services."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        alias.asname or alias.name
        for node in imports
        if (node.module or "").endswith("services") or ".services" in (node.module or "")
        for alias in node.names
    }


def test_only_services_write() -> None:
    """Views, forms, tables and filters ask services; they change no row themselves."""
    rooms = (
        "views",
        "forms",
        "filters",
        "tables",
        "tabs",
        "panels",
        "panel",
        "reading",
        "presenting",
        "permissions",
    )
    assert [
        f"{path}:{node.lineno} {ast.unparse(node.func)}"
        for path, tree in sources().items()
        if any(in_room(path, room) for room in rooms)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITING
        and ast.unparse(node.func.value) not in services_named_in(tree)
    ] == []


def test_services_know_no_request_and_no_clock() -> None:
    """The day is given, so that anything can be done as of any day; nothing of the web reaches a service."""
    # Logging in and working jobs off happen now; the login asks who an address belongs to without saying on which day.
    allowed = ("jasenpalvelu/accounts/services/", "jasenpalvelu/jobs/services/", "members/services/logins.py")
    found = []
    for path, tree in sources().items():
        if "/services/" not in path or path.startswith(allowed):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in {
                "django.http",
                "django.shortcuts",
                "django.contrib",
            }:
                found.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "clock.today":
                found.append(f"{path}:{node.lineno}")
    assert found == []


# --- views ------------------------------------------------------------------------------------------------------------
def own_views() -> list[tuple[str, Callable]]:
    found = [(a.name, a.view) for a in addresses() if a.view.__module__.split(".")[0] in PACKAGES]
    return [(name, view) for name, view in found if not view.__module__.startswith("jasenpalvelu.accounts")]


def test_every_view_is_a_function() -> None:
    """Those of the login are the library's own classes, dressed."""
    assert [
        name
        for name, view in own_views()
        if hasattr(view, "view_class") or not inspect.isfunction(inspect.unwrap(view))
    ] == []


def test_every_view_says_which_methods_it_takes() -> None:
    found = []
    for name, view in own_views():
        function = inspect.unwrap(view)
        text = inspect.getsource(function)
        if not re.search(r"^@require_(safe|GET|POST|http_methods)", text, re.MULTILINE):
            found.append(f"{function.__module__}.{function.__name__} ({name})")
    assert found == []


# --- forms ------------------------------------------------------------------------------------------------------------
# The library's own fields get theirs when the form is made; the others are drawn with a label by their templates.
LABELLED_ELSEWHERE = {
    "jasenpalvelu.accounts.forms.ReauthenticateCodeForm.code",
    "jasenpalvelu.accounts.forms_mfa.RenamePasskeyForm.name",
    "jasenpalvelu.accounts.forms_mfa.AddPasskeyForm.name",
    "billing.forms.payments.MatchForm.target",
    "billing.forms.payments.MatchForm.search",
    "members.forms.join.JoinForm.website",
}


def form_classes() -> list[type[forms.BaseForm]]:
    for app in apps.get_app_configs():
        if app.name.split(".")[0] in PACKAGES:
            package = importlib.import_module(app.name)
            for module in pkgutil.walk_packages(package.__path__, f"{app.name}."):
                if ".forms" in module.name or module.name.endswith("filters"):
                    importlib.import_module(module.name)
    found: list[type[forms.BaseForm]] = []
    waiting = [forms.Form]
    while waiting:
        for subclass in waiting.pop().__subclasses__():
            waiting.append(subclass)
            if subclass.__module__.split(".")[0] in PACKAGES:
                found.append(subclass)
    return found


def test_every_field_has_a_label() -> None:
    """A name made up from the variable's would be English, and hidden fields need none."""
    without = []
    for form in form_classes():
        for name, form_field in form.base_fields.items():
            place = f"{form.__module__}.{form.__qualname__}.{name}"
            if not form_field.widget.is_hidden and not form_field.label and place not in LABELLED_ELSEWHERE:
                without.append(place)
    assert without == []


# --- templates --------------------------------------------------------------------------------------------------------
LIBRARY_FOLDERS = [
    Path(app.path) / "templates" for app in apps.get_app_configs() if app.name.split(".")[0] not in PACKAGES
] + [Path(importlib.import_module("django").__path__[0]) / "forms" / "templates"]
# Django's own, and the confirmation every frame offers.
KIT = {
    "portal/confirm.html",
    "public/confirm.html",
    "403.html",
    "404.html",
    "400.html",
    "500.html",
    "403_csrf.html",
    "429.html",
}


def test_every_template_is_used() -> None:
    """Named somewhere in the code or in another template, or standing in for a library's."""
    everything = "\n".join([*templates().values(), *((ROOT / path).read_text() for path in sources())])
    unused = [
        name
        for name in templates()
        if name not in KIT
        and f'"{name}' not in everything
        and not any((folder / name).exists() for folder in LIBRARY_FOLDERS)
        and not _by_parts(name, everything)
    ]
    assert unused == []


def _by_parts(name: str, everything: str) -> bool:
    """Names put together from a stem and an ending, as letters are: account/email/login_code + _subject.txt."""
    stem = re.sub(r"_(subject|message)\.(txt|html)$", "", name)
    return stem != name and (stem.startswith(("account/email/", "mfa/email/")) or f'"{stem}' in everything)


def test_one_place_puts_error_before_a_title() -> None:
    """The base page does it for every refused form; a page that does it as well says it twice."""
    assert [path for path, text in templates().items() if "error_prefix" in text] == ["base.html"]


def test_templates_load_only_what_they_use() -> None:
    libraries = {name: import_library(path) for name, path in engines["django"].engine.libraries.items()}
    found = []
    for name, text in templates().items():
        for loaded in re.findall(r"{%-?\s*load ([^%]+?)\s*-?%}", text):
            for library in loaded.split():
                tags, filters = libraries[library].tags, libraries[library].filters
                used = re.findall(r"{%\s*(\w+)", text.replace("{% load", ""))
                if not set(used) & set(tags) and not any(re.search(rf"\|\s*{f}\b", text) for f in filters):
                    found.append(f"{name}: {library}")
    assert found == []


BLOCKS = [
    r"{%\s*comment.*?endcomment\s*%}",
    r"{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%}",
    r"{#.*?#}",
    r"{%\s*block body_class\s*%}.*?{%\s*endblock body_class\s*%}",
    r"<(script|style)\b.*?</\1>",
    r"<!--.*?-->",
]
SPOKEN = re.compile(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"]*)\"")
# Names that are the same in every language, and words of the living page, which shows the components with invented texts.
NAMES = {"Jäsenpalvelu", "CSV", "XLSX", "PDF", "ZIP", "IBAN", "BIC", "KTL", "TOTP"}
NAMES |= {"Tilastokeskus", "Posti", "THL", "Sotkanet", "Adobe", "SIL", "OFL"}
# The living page shows the components with invented texts; the giro form speaks Finnish and Swedish to everyone.
SPEAKING = {"ui/components.html", "documents/_slip.html"}


def literals(text: str) -> list[str]:
    """Words a reader would see that no translator has."""
    for pattern in BLOCKS:
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    code = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
    text = code.sub(" ", text)
    spoken = SPOKEN.findall(text)
    plain = re.sub(r"<[^>]*>", " ", text, flags=re.DOTALL)
    plain = re.sub(r"&\w+;|\w+(?:\.\w+)+", " ", plain)
    words = re.findall(r"[A-Za-zÅÄÖåäö]{3,}", " ".join([plain, *spoken]))
    return [word for word in words if word not in NAMES]


@pytest.mark.parametrize("folder", sorted({name.split("/")[0] for name in templates() if "/" in name}))
def test_every_text_can_be_translated(folder: str) -> None:
    found = {
        name: words
        for name, text in templates().items()
        if name.startswith(f"{folder}/")
        and name.endswith(".html")
        and name not in SPEAKING
        and (words := literals(text))
    }
    assert found == {}


def test_the_search_for_words_finds_them() -> None:
    assert literals('<p title="Add">Add member {{ name }}</p>') == ["Add", "member", "Add"]
    assert (
        literals(
            '<p>{% translate "Add member" %} <b>{{ name }}</b></p>{% blocktranslate %}Hi{% endblocktranslate %}'
        )
        == []
    )
