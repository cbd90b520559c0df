"""Addresses of e-mail that belong to a person: a first and a last name at a domain in use."""

import re
from collections.abc import Iterator

from checks.values import PLACEHOLDER_WORDS, is_reserved_host

_ADDRESS = re.compile(
    r"(?<![\w.+@/:-])([A-Za-z]+)([._])([A-Za-z]+)(\d{0,4})@((?:[a-z0-9-]+\.)+[a-z]{2,})(?![\w@-])",
    re.IGNORECASE,
)
# Where millions of people have their mail: here, an initial and a last name are enough.
_PROVIDERS_LIST = """
gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de hotmail.com hotmail.co.uk
hotmail.fr outlook.com live.com msn.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.com
gmx.at gmx.ch web.de t-online.de freenet.de posteo.de mailbox.org protonmail.com proton.me
fastmail.com zoho.com mail.ru yandex.ru yandex.com bk.ru inbox.ru qq.com 163.com 126.com sina.com
naver.com hanmail.net daum.net wp.pl onet.pl o2.pl interia.pl seznam.cz orange.fr wanadoo.fr
free.fr laposte.net libero.it virgilio.it alice.it uol.com.br bol.com.br terra.com.br
rediffmail.com comcast.net verizon.net att.net sbcglobal.net btinternet.com bluewin.ch
"""
_PROVIDERS = frozenset(_PROVIDERS_LIST.split())
_ENDINGS = frozenset(
    [
        *("com", "org", "net", "edu", "gov", "info", "biz", "name", "pro", "dev", "app", "cloud"),
        *("tech", "online"),
    ]
)
# What is no part of a name of somebody: roles, parts of addresses, people of stories, and those
# that stand for everybody in their country.
_NOBODY_LIST = """
abuse account accounts activity address alert alerts alpha amazing anon api app apps article author
awesome backup baz beta billing blog board bot bounce build cc bcc bloggs bond build builds bugs
business buyer campaign captain chief ci clerk client cloud club code commit committer community
company contact contributor core customer customers data def deploy dept desk dev devel developer
developers devnull digest director dist donald donotreply dr duck dupont editor editors email
emails engineer engineering enquiries erika event events expert family fan feedback finance
first firstname fiction foundation frankenstein friend friends from full fullname gandalf general
git github given group groups gui hacker harry head helpdesk help hello hi holmes home homer hq
human info infra inquiries internal issue issues it jobs journal juan kent kowalski lab labs last
lastname laura lead legal lang letter lists live logs luke machine mail mailer mailing main
maintainer maintainers manager managers mario market marketing max member members mike
mickey minnie mouse mr mrs ms music mustermann my name netlify news newsletter noreply notification
notifications office official online open operations ops order orders org oss other owner package
packages page parker partner patch people perez person peter potter press primary product project
projects public python qa recipient registered registrar reply report reports research reviewer
robot role rossi sales sample school science secondary security self sender service services shop
simpson site skywalker smith software some someone source spam staff stark state status store
strange student subscriber super support surname sysadmin system target teacher team tech temp
tester tony tool tools trash tyler unknown unused update updates upper user users utils vader
validator vendor verify vip visitor voldemort watson wayne web webmaster wick winner wonder work
worker writer you young zero
"""
_NOBODY = frozenset(_NOBODY_LIST.split()) | PLACEHOLDER_WORDS
_STAND_INS = frozenset(
    ["email", "mail", "evil", "something", "address", "users", "people", "person"]
)
_VOWEL = re.compile("[aeiouy]")
_NO_NAME = re.compile("[bcdfghjklmnpqrstvwxz]{5}")


def persons_in(text: str) -> Iterator[str]:
    """The addresses in *text* that seem to be those of a person."""
    for found in _ADDRESS.finditer(text):
        first, _, last, _, domain = found.groups()
        if _is_in_use(domain.lower()) and _is_name(last) and len(last) > 2:
            is_initial = len(first) == 1 and domain.lower() in _PROVIDERS and len(last) > 3
            if is_initial or (len(first) > 2 and _is_name(first)):
                yield found[0]


def _is_name(word: str) -> bool:
    lower = word.lower()
    return lower not in _NOBODY and bool(_VOWEL.search(lower)) and not _NO_NAME.search(lower)


def _is_in_use(domain: str) -> bool:
    *_, second, ending = domain.split(".")
    if is_reserved_host(domain) or second in _STAND_INS:
        return False
    return len(ending) == 2 or ending in _ENDINGS
