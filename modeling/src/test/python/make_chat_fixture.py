"""Writes templates and what jinja2 makes of them in the environment that transformers uses for chat templates.

    python make_chat_fixture.py OUT_FILE        (transformers 4.57.6, jinja2 3.1.6)

{"cases": [{"name", "template", "variables", "expected"}]}
"""

import json
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template

THINKING = '''{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "These functions exist:\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools>\\nCall one with {\\"name\\": <name>}<|im_end|>\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(searching=true, last_question=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == "user" and message.content is string and not(message.content.startswith('<result>') and message.content.endswith('</result>')) %}
        {%- set ns.searching = false %}
        {%- set ns.last_question = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_question %}
            {%- if loop.last or (not loop.last and reasoning) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<call>\\n{"name": "' }}
                {{- tool_call.name }}
                {{- '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<result>\\n' }}
        {{- content }}
        {{- '\\n</result>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
'''

CONVERSATIONS = [
    [{"role": "user", "content": "2 + 3?"}],
    [{"role": "system", "content": "Be brief. é中"}, {"role": "user", "content": "Hi\n"},
     {"role": "assistant", "content": "<think>\n\nhm\n</think>\n\nHello"}, {"role": "user", "content": "Bye"}],
    [{"role": "user", "content": "weather?"},
     {"role": "assistant", "content": "", "tool_calls": [
         {"function": {"name": "weather", "arguments": {"city": "Köln \"x\"", "days": 3, "f": 1.5, "n": None, "ok": True, "l": []}}},
         {"name": "time", "arguments": "{\"zone\": 1}"}]},
     {"role": "tool", "content": "sunny"}, {"role": "tool", "content": "noon"},
     {"role": "assistant", "content": "<think>both</think>Sunny at noon"}],
    [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "reasoning_content": "why"},
     {"role": "user", "content": "<result>c</result>"}, {"role": "assistant", "content": "d</think>\n\ne"}],
]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]

SMALL = {
    "plain text": "a {b} c\n",
    "final newline is dropped once": "a\n\n",
    "carriage returns": "a\r\nb\r{% if true %}\r\nc{% endif %}",
    "trim and lstrip": "x\n  {% if true %}\n  y\n  {% endif %}\nz",
    "lstrip only at line start": "x {% if true %}\n y {% endif %}\nz",
    "output is not trimmed": "  {{ 1 }}\n  {{ 2 }}\n",
    "minus": "a \n {{- 1 -}} \n b {%- if true -%} \n c {%- endif %} d",
    "plus": "a\n  {%+ if true +%}\nb{% endif %}",
    "comments": "a\n  {# x\n y #}\nb {#- c -#} d",
    "raw": "{% raw %}\n{{ x }} {% if %}{% endraw %}\nb",
    "adjacent tags": "  {% if true %}  {% if true %}\n a{% endif %}{% endif %}",
    "strings": r"""{{ 'a\n\t\\\'"\x41\u00e9\q' }}{{ "b" 'c' }}""",
    "numbers": "{{ 1 }} {{ 1.0 }} {{ 1e20 }} {{ 1.5e-7 }} {{ 123456789012345678 }} {{ 1_000 }} {{ 0.1 + 0.2 }} {{ 1e16 }} {{ 123456.789 }} {{ -0.0 }}",
    "arithmetic": "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % -3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 2 ** 3 ** 2 }} {{ (-2) ** 2 }} {{ -2 ** 2 }} {{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 'ab' * 3 }} {{ [1] + [2, 3] }} {{ true + 1 }}",
    "comparisons": "{{ 1 < 2 }} {{ 1 < 2 < 2 }} {{ 'a' < 'b' }} {{ 1 == 1.0 }} {{ true == 1 }} {{ none == false }} {{ [1, 2] == [1, 2.0] }} {{ 'a' != 'b' }} {{ 3 >= 3 }} {{ 'Z' < 'a' }}",
    "in": "{{ 'b' in 'abc' }} {{ 2 in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 3 not in [1] }} {{ not 3 in [1] }} {{ 'x' in nothing }}",
    "logic": "{{ 1 and 0 }} {{ '' or 'x' }} {{ not '' }} {{ none or [] }} {{ true and not false }} {{ 0 or none }}",
    "conditional": "{{ 'a' if 1 else 'b' }} {{ 'a' if 0 }}|{{ 1 if 0 else 2 if 0 else 3 }}",
    "concatenation": "{{ 1 ~ 'a' ~ none ~ true ~ 1.5 ~ nothing }} {{ 'a' ~ (1 + 2) }}",
    "printing": "{{ none }} {{ true }} {{ [1, 'a', none, \"it's\", 'q\"', 'b\\n\\\\'] }} {{ {'a': {'b': 1.0}} }} {{ () }} {{ 'é' }} {{ ['é\u00a0\u200b\u007f'] }} {{ nothing }}",
    "items and slices": "{{ l[0] }}{{ l[-1] }}{{ l[1:] }}{{ l[:-1] }}{{ l[::-1] }}{{ l[::2] }}{{ l[5:1:-2] }}{{ l[9] }}{{ 'héllo'[1] }}{{ 'h😀llo'[1:3] }}{{ 'abc'[::-1] }}{{ l[-9:2] }}",
    "attributes": "{{ d.a }} {{ d['a'] }} {{ d.nothing }} {{ d['nothing'] }} {{ d.items }}" .replace(" {{ d.items }}", "") + " {{ d.b.c[1].e }} {{ d.get('a') }} {{ d.get('z') }} {{ d.get('z', 5) }} {{ d['get'] is defined }}",
    "dictionaries": "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{{ d.keys()|list }}{{ d.values()|list|length }}{% for k in d %}{{ k }}{% endfor %}{% for k, v in d|items %}{{ k }}{% endfor %}{% for k, v in {'b': 1, 'A': 2}|dictsort %}{{ k }}{{ v }}{% endfor %}",
    "loops": "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }} {% endfor %}",
    "loop filter and else": "{% for x in l if x > 1 %}{{ loop.index }}:{{ x }}/{{ loop.length }} {% else %}none{% endfor %}{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}{% for x in nothing %}x{% else %}empty{% endfor %}",
    "loop controls": "{% for x in l %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "nested loops": "{% for x in [1, 2] %}{% for y in 'ab' %}{{ loop.index }}{{ x }}{{ y }} {% endfor %}{{ loop.index }}{% endfor %}",
    "unpacking": "{% for a, b in [[1, 2], (3, 4)] %}{{ a }}{{ b }}{% endfor %}{% set x, y = 5, 6 %}{{ x }}{{ y }}{% set t = 1, 2 %}{{ t|length }}",
    "scopes": "{% set x = 1 %}{% for i in l %}{{ x }}{% set x = i %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 9 %}{% endif %}{{ x }}{% for i in [1] %}{% set y = 1 %}{% endfor %}{{ y is defined }}",
    "tuples": "{{ (1,) }} {{ (1, 'a')[::-1] }} {{ (1,) + (2,) }} {{ (1, 2) == [1, 2] }} {{ d.items()|list|first }} {{ 1, 2 }} {{ (1, 2)|tojson }}",
    "namespace": "{% set ns = namespace(a=1, found=false) %}{% for i in l %}{% set ns.a = ns.a + i %}{% if i == 2 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.a }}{{ ns.found }}{{ ns.nothing is defined }}",
    "block set": "{% set x %}a{{ 1 }}\n b{% endset %}[{{ x }}]{{ x|length }}",
    "macros": "{% macro m(a, b='x', c=none) %}<{{ a }}{{ b }}{{ c }}{{ z }}>{% endmacro %}{% set z = 7 %}{{ m(1) }}{{ m(1, 2) }}{{ m(a=3, c=4) }}{{ m() }}{% macro r(n) %}{{ n }}{% if n > 0 %}{{ r(n - 1) }}{% endif %}{% endmacro %}{{ r(3)|length }}{{ r(2) }}",
    "generation": "a{% generation %}b{{ 1 }}{% endgeneration %}c",
    "string methods": "{{ ' a b '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'xyaxy'.lstrip('yx') }}|{{ 'ab\\n\\n'.rstrip('\\n') }}|{{ 'a,b,c'.split(',') }}|{{ 'a,b,c'.split(',', 1) }}|{{ ' a  b '.split() }}|{{ 'aXb'.upper() }}|{{ 'aXb'.lower() }}|{{ 'hello wORLD it\\'s'.title() }}|{{ 'hELLO'.capitalize() }}|{{ 'aaa'.replace('a', 'b') }}|{{ 'aaa'.replace('a', 'b', 2) }}|{{ '-'.join(['a', 'b']) }}|{{ 'abcb'.find('b') }}|{{ 'abc'.find('x') }}|{{ 'abab'.count('ab') }}|{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'a\\nb\\n'.splitlines() }}|{{ '12'.isdigit() }}|{{ 'abc'.removeprefix('a') }}|{{ 'abc'.removesuffix('c') }}|{{ '  '.isspace() }}|{{ 'a b c'.split(none, 1) }}",
    "filters": "{{ ' a '|trim }}|{{ 'xax'|trim('x') }}|{{ 'ab'|upper }}|{{ 'AB'|lower }}|{{ 'ab cd'|capitalize }}|{{ 'aab'|replace('a', 'c') }}|{{ l|length }}|{{ l|count }}|{{ l|first }}|{{ l|last }}|{{ l|join(', ') }}|{{ 'abc'|list }}|{{ l|reverse|list }}|{{ 'abc'|reverse }}|{{ nothing|default('d') }}|{{ ''|default('d', true) }}|{{ ''|d('d') }}|{{ '42'|int + 1 }}|{{ 'x'|int }}|{{ 'x'|int(7) }}|{{ 3.9|int }}|{{ '1.5'|float }}|{{ 5|string + 'a' }}|{{ -3|abs }}|{{ (-3)|abs }}|{{ l|sum }}|{{ l|max }}|{{ l|min }}|{{ []|first }}|{{ ['b', 'a', 'B']|unique|list }}|{{ nothing|length }}",
    "list filters": "{{ m|map(attribute='role')|list }}|{{ m|map(attribute='x', default=0)|list }}|{{ m|selectattr('role', 'equalto', 'user')|list|length }}|{{ m|rejectattr('role', 'eq', 'user')|map(attribute='role')|join(',') }}|{{ l|select('odd')|list }}|{{ l|reject('odd')|list }}|{{ ['a', 'b']|map('upper')|list }}|{{ m|selectattr('x')|list|length }}|{{ m|selectattr('x', 'defined')|list|length }}",
    "tojson": "{{ d|tojson }}|{{ d|tojson(indent=2) }}|{{ [1, 1.0, 1e20, none, true, 'é\"\\n\\u0001<>&']|tojson }}|{{ {}|tojson }}|{{ []|tojson(indent=4) }}|{{ {'b': 1, 'a': [1, {}]}|tojson(indent=1, sort_keys=true) }}|{{ [1, 2]|tojson(separators=(',', ':')) }}|{{ 'x'|tojson }}",
    "tests": "{{ 1 is defined }}{{ nothing is defined }}{{ nothing is undefined }}{{ none is none }}{{ 1 is not none }}{{ 'a' is string }}{{ 1 is string }}{{ d is mapping }}{{ l is sequence }}{{ l is iterable }}{{ 'a' is iterable }}{{ 1 is iterable }}{{ 1 is number }}{{ 1.0 is float }}{{ 1 is integer }}{{ true is integer }}{{ true is boolean }}{{ true is true }}{{ 1 is true }}{{ false is false }}{{ 3 is odd }}{{ 4 is even }}{{ 9 is divisibleby 3 }}{{ 9 is divisibleby(2) }}{{ 2 is in [1, 2] }}{{ 1 is eq 1 }}{{ 1 is ne(1) }}{{ 3 is gt 2 }}{{ 1 is lt 1 }}{{ not 1 is none }}{{ d.q is defined and d.q }}{{ 'a' is lower }}{{ 'A' is upper }}",
    "functions": "{{ range(3)|list }}{{ range(1, 3)|list }}{{ range(5, 0, -2)|list }}{{ dict(a=1, b=2) }}{% for i in range(2) %}{{ i }}{% endfor %}",
    "precedence": "{{ 1 + 2|abs }} {{ -1|abs }} {{ not 1 == 2 }} {{ 1 if 0 or 1 else 2 }} {{ 'a' + 'b'|upper }} {{ 2 * 3 ~ 4 }} {{ [1, 2][0] + 1 }} {{ ('a', 'b')[1] }} {{ {'x': 1}['x'] }} {{ {'x': [1, 2]}.x[1] }} {{ 1 in [1] and 2 in [1] }} {{ 'a'|upper is string }} {{ l|length > 2 }}",
    "elif": "{% if 0 %}a{% elif [] %}b{% elif 1 %}c{% else %}d{% endif %}{% if nothing %}a{% else %}b{% endif %}",
    "indent": "{{ 'a\\nb\\n\\nc'|indent }}|{{ 'a\\nb'|indent(2, true) }}|{{ 'a\\n\\nb'|indent(1, blank=true) }}",
    "unused else names": "{% set else_ = 1 %}{{ else_ }}{% set _x1 = 2 %}{{ _x1 }}",
}
VARIABLES = {"l": [1, 2, 3, 4], "d": {"a": 1, "b": {"c": [0, {"e": "f"}]}, "q": ""}, "m": [{"role": "user", "x": 1}, {"role": "tool"}, {"role": "user"}]}


def main(out):
    cases = []

    def add(name, template, variables):
        try:
            expected = _compile_jinja_template(template).render(**variables)
        except Exception as e:
            raise RuntimeError(name) from e
        cases.append({"name": name, "template": template, "variables": variables, "expected": expected})

    for name, template in SMALL.items():
        add(name, template, VARIABLES)
    for number, messages in enumerate(CONVERSATIONS):
        for tools in (None, TOOLS):
            for options in ({"add_generation_prompt": True}, {"add_generation_prompt": False},
                            {"add_generation_prompt": True, "enable_thinking": False}):
                add(f"thinking {number} {tools is not None} {options}", THINKING, {"messages": messages, "tools": tools, **options})
    thinking = [c for c in cases if c["template"] == THINKING]
    for case in thinking:
        case["template"] = "THINKING"
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"thinking": THINKING, "cases": cases}, file, ensure_ascii=False, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
