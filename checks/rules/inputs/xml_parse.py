"""XML is parsed by a parser that expands the entities of the document.

The parsers of the standard library expand entities, so a small document can fill the memory;
those of `lxml` also resolve entities that name files, unless told otherwise. In a test the
XML is nearly always the test's own, so this is reported in the `strict` profile only, for
teams that review helper and production code with it.

A parser of `lxml` with `resolve_entities=False` and the parsers of `defusedxml` are not
findings.

Use `defusedxml.ElementTree.fromstring(text)`, or for `lxml`
`etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context

_ETREE = ("parse", "iterparse", "fromstring", "fromstringlist", "XML", "XMLID", "XMLParser")
_LXML = (*_ETREE, "parseid", "XMLDTDID", "ETCompatXMLParser", "XMLPullParser", "XMLTreeBuilder")
_LXML_OWN = ("RestrictedElement", "GlobalParserTLS", "getDefaultParser", "check_docinfo")
_STANDARD = {
    "xml.etree.ElementTree": (*_ETREE, "XMLPullParser", "XMLTreeBuilder", "ElementTree.parse"),
    "xml.etree.cElementTree": (*_ETREE, "XMLPullParser", "XMLTreeBuilder"),
    "cElementTree": _ETREE,
    "elementtree.ElementTree": _ETREE,
    "xml.dom.minidom": ("parse", "parseString"),
    "xml.dom.pulldom": ("parse", "parseString"),
    "xml.dom.expatbuilder": ("parse", "parseFragment", "parseString", "parseFragmentString"),
    "xml.sax": ("parse", "parseString", "make_parser"),
    "xml.sax.expatreader": ("create_parser", "ExpatParser"),
    "xml.parsers.expat": ("ParserCreate",),
}
STANDARD = tuple(f"{module}.{name}" for module, names in _STANDARD.items() for name in names)
LXML = (
    *(f"lxml.etree.{name}" for name in (*_LXML, *_LXML_OWN)),
    *(f"lxml.objectify.{name}" for name in ("parse", "fromstring", "XML")),
)

rule = Rule(
    id="xml-parse",
    profile="strict",
    severity="low",
    cwe=611,
    bad=[
        Bad("import xml.etree.ElementTree as ET\nET.fromstring('<a/>')", profile="strict"),
        Bad("from xml.etree import cElementTree as E\nE.parse('a.xml')", profile="strict"),
        Bad("from xml.dom.minidom import parseString as p\np('<a/>')", profile="strict"),
        Bad("import xml.sax\nxml.sax.make_parser()", profile="strict"),
        Bad("from xml.sax import parse\nparse('a.xml', None)", profile="strict"),
        Bad("from xml.dom import pulldom, expatbuilder\npulldom.parse('a')", profile="strict"),
        Bad("import xml.dom.expatbuilder as b\nb.parseString('<a/>')", profile="strict"),
        Bad("from lxml import etree as e\ne.fromstring('<a/>')", profile="strict"),
        Bad("import lxml.etree\nlxml.etree.XMLParser(huge_tree=True)", profile="strict"),
        Bad("from xml.dom import minidom as m\nlist(map(m.parseString, texts))", profile="strict"),
    ],
    good=[
        "import xml.etree.ElementTree as ET\ndef test_a(text):\n    ET.fromstring(text)",
        Good(
            "from defusedxml import ElementTree\nElementTree.fromstring('<a/>')",
            profile="strict",
        ),
        Good(
            "from lxml import etree\nsafe = etree.XMLParser(resolve_entities=False)\n"
            "etree.fromstring('<a/>', parser=safe)\netree.parse('a.xml', safe)",
            profile="strict",
        ),
        Good(
            "import xml.etree.ElementTree as ET\nET.tostring(ET.Element('a'))",
            profile="strict",
        ),
        Good("def a(etree, text):\n    return etree.fromstring(text)", profile="strict"),
    ],
)


@rule.on_call(*STANDARD)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield rule.finding(call, f"`{ctx.name(call.func)}` expands the entities of a document.")


@rule.on_call(*LXML)
def visit_lxml(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    parser = ctx.argument(call, 1, "parser")
    chosen = ctx.origin(parser) or parser
    for each in (call, chosen):
        if isinstance(each, ast.Call):
            resolves = ctx.keyword(each, "resolve_entities")
            if resolves is not None and ctx.is_false(resolves.value):
                return
    yield rule.finding(
        call, f"`{ctx.name(call.func)}` resolves entities, also those that name files."
    )


rule.on_value(*STANDARD, *LXML)
