"""A stranger's template is rendered in bounds: it reaches nothing and takes nothing for ever."""

from __future__ import annotations

import pytest

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
    many = "{% for i in range(20000) %}{% endfor %}"
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
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% if cycler.__init__.__globals__.os is undefined %}{{ 1 / 0 }}{% endif %}",
    ],
)
def test_nothing_outside_can_be_reached(chat: str) -> None:
    with pytest.raises(Unrenderable):
        rendered(chat)


_LOOP = "{% for a in range(9999) %}"
_END = "{% endfor %}"


@pytest.mark.parametrize(
    "chat",
    [
        _LOOP * 5 + _END * 5,
        "{% for a in range(999999999) %}{% endfor %}",
        "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{{ m(1) }}",
        "{% set n = namespace(x='ab') %}" + _LOOP + "{% set n.x = n.x ~ n.x %}" + _END,
        "{% set n = namespace(x='ab') %}" + _LOOP + "{% set n.x = n.x + n.x %}" + _END,
        "{% set n = namespace(x='ab') %}" + _LOOP + "{% set n.x = [n.x, n.x] %}" + _END,
        "{% set x = 'ab' %}"
        + "{% set x = namespace(a=x, b=x) %}" * 99
        + "{{ (x | string)[0] / 1 }}",
        "{% set x = 'ab' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 99,
        "{% set x = 'ab' %}" + "{% set x = x | replace('b', x) | replace('a', x) %}" * 99,
        "{{ 'x' * 999999999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ 'x'.center(999999999) }}",
        "{{ 'x'.center('999999999' | int) }}",
        "{{ lipsum(99999) }}",
        "{{ strftime_now('%999999999Y') }}",
        _LOOP + "0123456789" + _END,
    ],
    ids=lambda chat: chat[:40],
)
def test_a_template_cannot_take_time_or_memory_without_end(chat: str) -> None:
    with pytest.raises(Unrenderable):
        rendered(chat)
