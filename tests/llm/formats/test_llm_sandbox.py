"""A stranger's template is rendered in bounds: it reaches nothing and takes nothing for ever."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from jinja2.exceptions import UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from docqa.llm.formats.sandbox import Unrenderable, render

_ASKED = [{"role": "user", "content": "b?"}]


def rendered(template: str, **values: str) -> str:
    return render(template, _ASKED, values)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ bos_token }}{% if tools %}tools{% endif %}{{ messages[0]['content'] }}", "<s>b?"),
        ("{% if add_generation_prompt and not enable_thinking %}yes{% endif %}", "yes"),
        ("{%- set n = namespace(i=1) -%}\n  {% for m in messages %}\n"
         "    {% set n.i = n.i + 2 %}\n  {% endfor %}\n{{ n.i * 2 % 4 }}", "2"),
        ("{% macro say(x, y='!') %}{{ x ~ y }}{% endmacro %}{{ say('a') ~ say('b', 1) }}", "a!b1"),
        ("{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}"
         "{% if loop.last or i == 3 %}{{ i }}{% break %}{% endif %}"
         "{{ i }}{{ ',' if not loop.first }}{% endfor %}", "02,3"),
        ("{{ messages | map(attribute='role') | join(',') }}", "user"),
        ("{{ {'ä': [1, 'x']} | tojson }}", '{"ä": [1, "x"]}'),
        ("{% generation %}{{ 'x' }}{% endgeneration %}", "x"),
        ("{% set a, b = (1, 2) %}{% set x | trim %} {{ b }} {% endset %}{{ a }}{{ x }}", "12"),
        ("{{ strftime_now('%d %b %Y') }}", "01 Jan 2025"),
        ("{{ nothing }}{{ none is none }}{{ messages[0].content.split('?')[0].upper() }}", "TrueB"),
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_what_templates_use_works(template: str, expected: str) -> None:
    assert rendered(template, bos_token="<s>") == expected


def test_each_rendering_has_steps_of_its_own() -> None:
    many = "{% for a in range(9) %}{% for i in range(1000) %}{% endfor %}{% endfor %}"
    for _ in range(12):
        assert rendered(many) == ""


def test_a_template_may_refuse() -> None:
    with pytest.raises(Unrenderable):
        rendered("{{ raise_exception('tools only') }}")


def test_too_long_a_template_is_not_looked_at() -> None:
    with pytest.raises(Unrenderable, match="too long"):
        rendered("x" * 200_000)


@pytest.mark.parametrize(
    "chat",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__()[0] }}",
        "{{ messages.append(1) or 'x' }}",
        "{{ raise_exception.__globals__['_TODAY'].year }}",
        "{% if cycler.__init__.__globals__.os is undefined %}{{ 1 / 0 }}{% endif %}",
    ],
)
def test_nothing_outside_can_be_reached(chat: str) -> None:
    with pytest.raises(Unrenderable):
        rendered(chat)


@pytest.mark.parametrize(
    ("chat", "refused"),
    [
        ("{% include '/etc/passwd' %}", "statement include"),
        ("{% import 'os' as os %}", "statement import"),
        ("{% from 'os' import path %}", "statement fromimport"),
        ("{% extends 'base' %}", "statement extends"),
        ("{% block b %}{% endblock %}", "statement block"),
        ("{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}", "statement callblock"),
        ("{% for a in messages recursive %}{% endfor %}", "recursive loop"),
        ("{{ 2 ** 3 }}", "expression Pow"),
        ("{{ 'a' * 3 }}", "operator"),
        ("{{ '%s' % 1 }}", "operator %"),
        ("{{ 'a'.encode() }}", "attribute encode"),
        ("{{ messages.append(1) }}", "attribute append"),
        ("{{ messages[0].update }}", "attribute update"),
        ("{% for a in [1] %}{{ loop.cycle(1) }}{% endfor %}", "loop.cycle"),
        ("{{ 'a' | pprint }}", "filter pprint"),
        ("{{ 'a' is filter }}", "test filter"),
        ("{{ range(*[1]) }}", "operands from a list"),
        ("{{ 'x'() }}", "no function"),
        ("{{ nothing.at.all }}", "attribute of nothing"),
        ("{{ nothing[0] }}", "item of nothing"),
        ("{{ nothing + 'x' }}", r"operator \+"),
        ("{{ {[1]: 2} }}", "odd key"),
        ("{% macro m() %}{% endmacro %}{{ m(1) }}", "operands than its own"),
        ("{% set messages.x = 1 %}", "no namespace's"),
    ],
)
def test_what_is_not_known_is_refused_by_name(chat: str, refused: str) -> None:
    with pytest.raises(Unrenderable, match=refused):
        rendered(chat)


def test_it_is_refused_only_where_it_is_reached() -> None:
    assert rendered("{% if tools %}{% include 'x' %}{{ 1 | pprint ** 2 }}{% endif %}b") == "b"


# -- the same as jinja2 ----------------------------------------------------------------------------

_SAME = [
    # Whitespace.
    "a\n  {% if true %}\n  b\n  {% endif %}\nc\n",
    "a {%- if true %} b {%- endif %} c\n\n",
    "  {{ 'x' -}}  \n y {# note #}\n z",
    "{% raw %}{{ no }}{% endraw %}",
    # Expressions.
    "{{ 1 + 2 * 3 - 4 // 3 }} {{ 7 / 2 }} {{ 7 % 4 }} {{ -3 }} {{ +3 }}",
    "{{ 'a' + 'b' }} {{ [1] + [2] }} {{ 1 ~ 'x' ~ none ~ nothing ~ [1, 'a'] }}",
    "{{ 1 < 2 <= 2 != 3 }} {{ 'a' in 'cab' }} {{ 3 not in [1] }} {{ 'r' in nothing }}",
    "{{ 0 or 'x' }} {{ 0 and 'x' }} {{ not 0 }} {{ 'y' if 0 }} {{ 'y' if 1 else 'n' }}",
    "{{ {'a': 1, 'b': {'c': (1, 2)}} }} {{ {'a': 1}.a }} {{ {'items': 3}['items'] }}",
    "{{ [1, 2, 3][1:] }} {{ 'abc'[::-1] }} {{ 'abc'[-1] }} {{ 'abc'[9] }} {{ [1][5] }}",
    "{{ range(3) }} {{ range(2, 9, 3) | list }} {{ dict(a=1) }} {{ dict([('a', 2)]) }}",
    "{{ true }} {{ none }} {{ 1.5 }} {{ nothing }} {{ none.x }} {{ nothing == other }}",
    # Methods.
    "{{ ' x '.strip() }}|{{ 'xay'.lstrip('x') }}|{{ 'xay'.rstrip('y') }}|{{ 'aXa'.strip('a') }}",
    "{{ 'a b'.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a\nb'.splitlines() }}",
    "{{ 'ab'.startswith('a') }} {{ 'ab'.endswith(('b', 'c')) }} {{ 'ab'.find('b') }}",
    "{{ 'ab'.upper() }} {{ 'AB'.lower() }} {{ 'a b'.title() }} {{ 'a b'.capitalize() }}",
    "{{ 'aab'.replace('a', 'xy') }} {{ 'aab'.replace('a', 'xy', 1) }} {{ 'ab'.replace('', '-') }}",
    "{{ ','.join(['a', 'b']) }} {{ 'aab'.count('a') }} {{ [1, 1].count(1) }} {{ '1'.isdigit() }}",
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}",
    "{{ {'a': 1}.get('a') }} {{ {'a': 1}.get('b') }} {{ {'a': 1}.get('b', 3) }}",
    "{{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }} {{ 'keys' in {'keys': 1} }}",
    # Filters.
    "{{ ' x ' | trim }}|{{ 'axa' | trim('a') }} {{ none | trim }} {{ 12 | string | length }}",
    "{{ 'aB c-d' | title }} {{ 'aB' | capitalize }} {{ 'aB' | upper }} {{ 'aB' | lower }}",
    "{{ [1, none, 'x'] | join('-') }} {{ 'abc' | join(',') }}",
    "{{ [{'a': 1}, {'a': 2}] | join(', ', attribute='a') }}",
    "{{ nothing | default('x') }} {{ '' | d('x', true) }}",
    "{{ none | default('x') }} {{ '' | d('x') }}",
    "{{ [1, 2] | first }} {{ 'ab' | last }} {{ [] | first }} {{ {'a': 1} | length }}",
    "{{ nothing | length }} {{ nothing | list }} {{ nothing | upper }} {{ nothing | join }}",
    "{{ 'aab' | replace('a', 'b', 1) }} {{ 'aab' | replace('a', '') }} {{ 12 | replace(1, 3) }}",
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}",
    "{{ messages | rejectattr('role', 'in', ['user']) | list }}",
    "{{ nothing | selectattr('a') | list }} {{ none | rejectattr('a') | list }}",
    "{{ messages | map(attribute='role') | list }} {{ ['a'] | map('upper') | join }}",
    "{{ messages | map(attribute='content.x', default='d') | list }} {{ none | map('x') | list }}",
    "{{ [3, 1, 2] | select('gt', 1) | list }} {{ [0, 1] | reject | list }}",
    "{{ [1, 2] | select('odd') | list }}",
    "{{ ['b', 'A'] | sort }} {{ [1, 2] | sort(reverse=true) }}",
    "{{ ['b', 'A'] | sort(case_sensitive=true) }} {{ messages | sort(attribute='role') | length }}",
    "{{ ['a', 'A', 'b'] | unique | list }} {{ [2, 1] | min }} {{ [2, 1] | max }} {{ [] | min }}",
    "{{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(by='value') }}",
    "{{ {'a': 1} | items | list }} {{ nothing | items | list }} {{ [1, 2] | reverse | list }}",
    "{{ '12' | int }} {{ '1.7' | int }} {{ 'x' | int }} {{ 'x' | int(5) }} {{ '1.5' | float }}",
    "{{ -3 | abs }} {{ 'a\n\nb' | indent(2) }} {{ 'a\nb' | indent(2, true) }} {{ 'a' | safe }}",
    "{{ {'ä': ['<&\"', 1, none, true, 1.5]} | tojson }} {{ {'b': [1]} | tojson(indent=2) }}",
    # Tests.
    "{{ x is defined }} {{ x is undefined }} {{ none is none }} {{ none is defined }}",
    "{{ 'a' is string }} {{ 1 is string }} {{ {} is mapping }} {{ [] is mapping }}",
    "{{ 'a' is iterable }} {{ 1 is iterable }} {{ x is iterable }} {{ {} is sequence }}",
    "{{ none is sequence }} {{ 1 is number }} {{ true is number }} {{ true is integer }}",
    "{{ true is boolean }} {{ 1 is true }} {{ false is false }} {{ 1.5 is float }} {{ 3 is odd }}",
    "{{ 1 is eq 1 }} {{ 1 is equalto(2) }} {{ 1 is ne 2 }} {{ 1 is in [1] }} {{ 1 is not none }}",
    "{{ 'a' is lower }} {{ 2 is ge 2 }} {{ 2 is lt 2 }} {{ range is callable }} {{ 4 is even }}",
    # Statements.
    "{% if x %}a{% elif 1 %}b{% else %}c{% endif %}",
    "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}"
    "{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ m.role }}{% endfor %}",
    "{% for a in [1, 2, 3] %}{{ loop.previtem }}<{{ a }}>{{ loop.nextitem }}{% endfor %}",
    "{% for a in [1, 2, 3] if a > 1 %}{{ loop.index }}{{ a }}{% else %}none{% endfor %}",
    "{% for a in [] %}{{ a }}{% else %}none{% endfor %}{% for a in nothing %}{{ a }}{% endfor %}",
    "{% for a in 'ab' %}{% for b in [1, 2] %}{{ a }}{{ loop.index }}{% endfor %}{% endfor %}",
    "{% set x = 1 %}{% for a in [1, 2] %}{{ x }}{% set x = a %}{{ x }}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% if true %}{% set x = 2 %}{% set y = 3 %}{% endif %}{{ x }}{{ y }}",
    "{% set n = namespace(a=1) %}{% for i in [1] %}{% set n.a = 2 %}{% endfor %}{{ n.a }}{{ n.b }}",
    "{% set a, (b, c) = 1, [2, 3] %}{{ a }}{{ b }}{{ c }}",
    "{% set x %}a{% set y = 1 %}b{% endset %}{{ x }}{{ y }}",
    "{% set x | upper | trim %} z {% endset %}{{ x }}",
    "{% filter upper | replace('A', '1') %}a{{ 'b' }}{% endfilter %}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% macro m(a, b=2, c=b) %}{{ a }}{{ b }}{{ c }}{{ z }}{% endmacro %}{% set z = 9 %}"
    "{{ m(1) }} {{ m(1, c=3) }} {{ m() }} {{ m(1, 2) | length }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(5) }}",
    "{% for i in range(9) %}{% if i == 1 %}{% continue %}{% elif i == 4 %}{% break %}{% endif %}"
    "{{ i }}{% endfor %}",
]  # fmt: skip


def by_jinja2(chat: str) -> str:
    """The rendering of the real thing, set up as it usually is for chat templates."""
    real = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )

    def to_json(value: object, indent: int | None = None) -> str:
        return json.dumps(value, ensure_ascii=False, indent=indent)

    real.filters["tojson"] = to_json
    return real.from_string(chat).render(messages=_ASKED)


@pytest.mark.parametrize("chat", _SAME, ids=lambda chat: chat[:40])
def test_it_reads_as_by_jinja2(chat: str) -> None:
    assert rendered(chat) == by_jinja2(chat)


@pytest.mark.parametrize(
    "chat", ["{{ nothing.x }}", "{{ nothing[1] }}", "{{ nothing() }}", "{{ nothing + 1 }}"]
)
def test_what_is_not_there_fails_as_by_jinja2(chat: str) -> None:
    with pytest.raises(UndefinedError):
        by_jinja2(chat)
    with pytest.raises(Unrenderable):
        rendered(chat)


# -- bounds ----------------------------------------------------------------------------------------


def looped(body: str, times: int = 1000) -> str:
    return "{% for a in range(" + str(times) + ") %}" + body + "{% endfor %}"


_LONG = "a" * 19_000
_TOO_LONG = "t" * 60_000
_X = "{% set n = namespace(x='ab', y=[]) %}"

_HOSTILE = [
    # Loops and calls without end.
    looped(looped(looped(looped(looped(""))))),
    looped(looped("{{ 1 }}")),
    "{% for a in range(999999999) %}{% endfor %}",
    "{% for a in range(20000) recursive %}{{ loop(range(20000)) }}{% endfor %}",
    "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{{ m(1) }}",
    "{% macro m() %}{{ n() }}{% endmacro %}{% macro n() %}{{ m() }}{% endmacro %}{{ m() }}",
    looped(looped("{% set y = 1|round(999999, 'ceil') %}")),
    looped("{% set y = range(1000)|map(attribute='q')|join|length %}"),
    looped("{% set y = range(1000)|select('odd')|list %}"),
    looped("{% set y = messages|map(attribute='" + "a." * 9_000 + "')|list %}"),
    looped("{% if range(1000)|list == range(1000)|list %}{% endif %}"),
    looped("{% set y = range(1000)|list|sort|unique %}"),
    looped("{% if '" + _LONG + "' in '" + _LONG + "b' %}{% endif %}"),
    looped("{% set y = '" + _LONG + "'.strip('" + "b" * 19_000 + "a') %}"),
    looped("{% set y = '" + _LONG + "'|trim('" + "b" * 19_000 + "a') %}"),
    # Values that grow.
    "{{ range(20000)|list|tojson(indent=1000000) }}",
    "{{ range(1000)|list|tojson(indent=1000000) }}",
    "{{ [1]|tojson(indent='" + _LONG + "') }}",
    "{{ " + "[" * 60 + "]" * 60 + "|tojson }}",
    "{{ (" + "'a\\n' ~ " * 2000 + "'b')|indent(1000000) }}",
    "{{ (" + "'a\\n' ~ " * 500 + "'b')|indent('" + _LONG + "') }}",
    "{{ '\\t'.expandtabs(1000000) }}",
    "{% set x = '" + _TOO_LONG + "' %}{{ x|replace('t', x) }}",
    "{% set x = '" + _LONG + "' %}{{ x|replace('a', x) }}",
    "{% set x = '" + _LONG + "' %}{{ x.replace('', x) }}",
    "{% set x = '" + _LONG + "' %}{{ range(1000)|join(x) }}",
    "{% set x = '" + _LONG + "' %}{{ x.join(x) }}",
    "{% set x = '" + _LONG + "' %}{{ [x, x]|join }}",
    "{% set x = '" + _LONG + "' %}{{ x ~ x }}",
    "{% set x = '" + _LONG + "' %}{{ [x] * 1000 }}",
    "{% set x %}" + looped(_LONG) + "{% endset %}",
    "{% macro m() %}" + looped(_LONG) + "{% endmacro %}{{ m() }}",
    "{% filter upper %}" + looped(_LONG) + "{% endfilter %}",
    looped("{% set n %}" + _LONG + "{% endset %}"),
    looped("{% filter length %}" + _LONG + "{% endfilter %}"),
    looped("0123456789" * 10),
    "{% set n = namespace(x='ab'.encode()) %}" + looped("{% set n.x = n.x + n.x %}"),
    _X + looped("{% set n.x = n.x ~ n.x %}"),
    _X + looped("{% set n.x = n.x + n.x %}"),
    _X + looped("{% set n.x = [n.x, n.x] %}"),
    _X + looped("{% set n.x = (n.x, n.x) %}"),
    _X + looped("{% set n.x = {'a': n.x, 'b': n.x} %}"),
    _X + looped("{% set n.x = dict(a=n.x, b=n.x) %}"),
    _X + looped("{% set n.x = [n.x] %}"),
    _X + looped("{% set n.y = [n.y, [{}, {}, {}, {}]] + [{}, {}] %}"),
    _X + looped("{% set n.y = n.y + [range(1000)|list] %}"),
    _X + looped("{% set n.y = '" + "Ω " * 9_000 + "'.split() %}"),
    _X + looped("{% set n.x = n.x.upper() + 'ŉ'.upper() * 2 %}"),
    "{% set x = 'ab' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 99,
    "{% set x = 'ab' %}" + "{% set x = x | replace('b', x) | replace('a', x) %}" * 99,
    "{{ 'x' * 999999999 }}",
    "{{ 'x'.center(999999999) }}",
    "{{ 'x'.ljust('999999999' | int) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ 'x' | center(999999999) }}",
    "{{ lipsum(99999) }}",
    "{{ strftime_now('%999999999Y') }}",
    # Numbers that grow.
    "{{ 9 ** 9 ** 9 }}",
    "{% set n = namespace(x=9) %}" + looped("{% set n.x = n.x * n.x %}"),
    "{{ 0x" + "f" * 60_000 + " }}",
    "{{ '" + "9" * 4_000 + "' | int }}",
    "{{ '1e300' | float | int }}",
    # What is only read.
    "{{ " + "(" * 20_000 + " }}",
    "{{ " + "-" * 60_000 + "1 }}",
    "{{ 1" + "+1" * 30_000 + " }}",
    "{{ x" + "|e" * 30_000 + " }}",
    "{{ x" + ".a" * 30_000 + " }}",
    "{% if 1 %}" * 6_000,
    "{{ " + "[" * 30_000 + "]" * 30_000 + " }}",
]

_CHILD = """
import json, sys
from docqa.llm.formats.sandbox import Unrenderable, render

if sys.platform == "linux":
    import resource

    with open("/proc/self/statm") as file:
        base = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (base + 256 * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
for chat in json.load(sys.stdin):
    try:
        render(chat, [{"role": "user", "content": "b?"}], {})
        print("rendered", flush=True)
    except Unrenderable as error:
        print(error, flush=True)
"""


def test_no_template_takes_time_or_memory_without_end() -> None:
    """All of them in one child, on Linux with 30 s and 256 MB, and none fails for want of those."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=json.dumps(_HOSTILE),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    answers = done.stdout.splitlines()
    died = "" if len(answers) == len(_HOSTILE) else _HOSTILE[len(answers)][:80]
    assert died == "", done.stderr
    answered = zip(_HOSTILE, answers, strict=True)
    assert [chat[:80] for chat, said in answered if said in ("rendered", "MemoryError")] == []
