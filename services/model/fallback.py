"""A chat format for a model file that brings none, by the markers its vocabulary knows. The encoder adds BOS."""

from services.model.pieces import Tokenizer

_CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_LLAMA3 = (
    "{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n'"
    " + m['content'] + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
_GEMMA = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else 'user') + '\n' + m['content']"
    " + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
_INST = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}"
    "{% elif m['role'] == 'user' %}{{ '[INST] ' + m['content'] + '[/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)
_PLAIN = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ 'System: ' + m['content'] + '\n\n' }}"
    "{% elif m['role'] == 'user' %}{{ 'User: ' + m['content'] + '\n' }}"
    "{% else %}{{ 'Assistant: ' + m['content'] + '\n\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
_BY_MARKER = (
    ("<|im_start|>", _CHATML),
    ("<|start_header_id|>", _LLAMA3),
    ("<start_of_turn>", _GEMMA),
    ("[INST]", _INST),
)


def fallback_template(tokenizer: Tokenizer) -> str:
    """ChatML, Llama 3, Gemma or Mistral where their marker is one token of the vocabulary, else plain text."""
    for marker, template in _BY_MARKER:
        if len(tokenizer.tokenize(marker, special=True)) == 1:
            return template
    return _PLAIN
