"""Records what jinja2, set up as `transformers` sets it up, makes of chat templates.

    pip install jinja2==3.1.6
    python make_chat_template_fixtures.py        # writes tokenizer/chat_templates.json beside this file
"""

import json
from pathlib import Path

from jinja2.exceptions import TemplateError, UndefinedError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

CHATML = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)

TEMPLATES = {
    "chatml": CHATML,
    "chatml-default-system": """\
{% for message in messages %}
    {% if loop.first and messages[0]['role'] != 'system' %}
{{ '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}
    {% endif %}
{{ '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>' }}
    {# a comment, dropped with its line feed #}
{% endfor %}
{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}
""",
    "tools-and-turns": """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- for tool in tools %}{{- tool | tojson }}{%- endfor %}
{%- elif messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- message.tool_calls[0].function | tojson }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- message.content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "headers": """\
{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start|>' + message['role'] + '<|end|>\\n\\n' + message['content'] | trim + '<|eot|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start|>assistant<|end|>\\n\\n' }}{% endif %}""",
    "alternating": """\
{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] | trim %}{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}{% for message in rest %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + (system + '\\n\\n' if loop.first and system else '') + message['content'] + ' [/INST]' }}{% else %}{{ ' ' + message.content.strip() + eos_token }}{% endif %}{% endfor %}""",
    "namespace": """\
{%- set ns = namespace(last_user=-1, seen=[]) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.last_user < 0 and message.role == "user" and not(message.content.startswith('<') and message.content.endswith('>')) %}
        {%- set ns.last_user = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if '</think>' in content %}
        {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
        {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {{- '[' + thought.strip() + ']' if loop.index0 > ns.last_user else '' }}
    {%- endif %}
    {{- message.role | upper ~ loop.index ~ '/' ~ loop.length ~ ': ' ~ content | replace('a', '<a>') }}
    {%- if not loop.last %}{{- '\\n' }}{%- endif %}
{%- else %}nothing{%- endfor %} ({{ ns.last_user }})
""",
    "whitespace": """
  {% if true %}
  a  
  {% endif %}
b {%- if true -%}   c   {%- endif -%}  d
	{%+ if true %} e {% endif +%}
f {# gone #} g
{# gone #}
  {{ 1 }}
  {{- 2 -}}
  {{ 'x' }}
{% for i in range(3) %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}

{%- set text %}
  inner {{ messages|length }}
{% endset %}
[{{ text | trim }}]
{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ loop.revindex }}{{ m.content | length }} {% else %}none{% endfor %}
end

""",
    "expressions": """\
{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 'a' * 3 }} {{ 1.5 + 1 }} {{ 2 * 2.5 }}
{{ 'b' in 'abc' }} {{ 'x' not in ['x'] }} {{ 1 < 2 < 3 }} {{ 1 == 1.0 }} {{ True == 1 }} {{ none is none }} {{ nope is defined }}
{{ messages[-1].role }} {{ messages[0]['role'][0] }} {{ 'héllo'[1:3] }} {{ 'héllo'[::-1] }} {{ messages[1:]|length }} {{ 'abc'[-2:] }}
{{ nope }}|{{ nope | default('d') }}|{{ '' | default('e', true) }}|{{ none }}|{{ [1, 'a', true, none, {'k': 'ü"\\n'}] | tojson }}
{{ ['a', 'b'] | join('-') }} {{ 'a,b' | replace(',', ';') }} {{ 'HeLLo wORLD' | lower }} {{ 'hello wORLD' | capitalize }} {{ ' x ' | trim }}.
{{ (messages | selectattr('role', 'equalto', 'user') | list) | length }} {{ messages | map(attribute='role') | join(',') }} {{ messages | first | tojson }}
{{ 'yes' if messages else 'no' }} {{ 'only' if false }} {{ not false and true or false }} {{ {'a': 1}.a }} {{ {'a': {'b': 2}}['a']['b'] }}
{% for key, value in {'k': 1, 'l': 2}.items() %}{{ key }}={{ value }};{% endfor %}{% set a, b = 1, 2 %}{{ a ~ b }}
{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %} {{ 3 is odd }} {{ 'a' is string }} {{ 2 is not odd }}
{{ "it's" + 'a \\"q\\" \\\\ \\t.' }} {{ 'a' 'b' }} {{ messages[0].content | tojson }}
""",
}

CONVERSATIONS = [
    [{"role": "user", "content": "Hello"}],
    [{"role": "system", "content": "  Be kind.\n"}, {"role": "user", "content": "Why?"}],
    [
        {"role": "user", "content": "  padded question \n"},
        {"role": "assistant", "content": "\n answer with {{ braces }} and {% tags %}\n"},
        {"role": "user", "content": "naïve 世界 👍🏽\r\nnext"},
    ],
    [{"role": "user", "content": "q"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nyes <|im_end|>"}],
    [
        {"role": "user", "content": "call"},
        {"role": "assistant", "content": ""},
        {"role": "tool", "content": "1"},
        {"role": "tool", "content": "2"},
        {"role": "assistant", "content": "three"},
    ],
    [{"role": "assistant", "content": "first"}, {"role": "assistant", "content": "again"}],
]


def environment() -> ImmutableSandboxedEnvironment:
    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    result = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    result.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    result.globals["raise_exception"] = raise_exception
    return result


def main() -> None:
    cases = []
    for name, source in TEMPLATES.items():
        template = environment().from_string(source)
        for messages in CONVERSATIONS:
            for generate in [False, True]:
                case = {"name": name, "template": source, "messages": messages, "generate": generate}
                try:
                    case["text"] = template.render(
                        messages=messages, add_generation_prompt=generate, tools=None, documents=None,
                        bos_token="<s>", eos_token="</s>",
                    )
                except (TemplateError, UndefinedError) as error:
                    case["error"] = str(error)
                cases.append(case)
    path = Path(__file__).parent / "tokenizer" / "chat_templates.json"
    path.write_text("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
