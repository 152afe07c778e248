#!/usr/bin/env python3
"""Writes tests/tokenizer/golden: tiny tokenizers of every supported pipeline, and what the reference makes of a corpus.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install tokenizers==0.23.3 transformers==5.24.0 gguf==0.19.0 jinja2==3.1.6
    /tmp/oracle/bin/python scripts/golden/make_tokenizer_golden.py
    build/release/cohort export --model models/SmolLM2-135M-Instruct.Q4_1.gguf --out /tmp/smollm2     # optional, for:
    /tmp/oracle/bin/python scripts/golden/make_tokenizer_golden.py --smollm2 /tmp/smollm2

All text in here was written for this file. Ids, texts and renderings come from the packages above, never from cohort.
"""

import argparse
import hashlib
import json
import pathlib
import random

import gguf
import jinja2.ext
import tokenizers
import transformers
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "tokenizer" / "golden"

PROSE = """The quick brown fox jumps over the lazy dog, and nobody asked why. Numbers such as 12, 345 and 6789 stand between
words; so do names: Ada, Emmy and Sofia. A policy samples a group of answers, a rule grades them, and the better half becomes
more likely. It isn't magic: we've measured it, they'll measure it, and I'd do it again. What is 17 + 25? It is 42.
Der schnelle Fuchs springt über den faulen Hund. Le café est fermé à midi. El niño comió piñas. Привет, мир! Это проверка.
def add(left, right):
    return left + right
for (int i = 0; i < n; ++i) { total += values[i]; }
The answer is \\boxed{42}, since \\frac{84}{2} = 42 and $x^2 = 1764$. <think>Let me see.</think> <answer>42</answer>
"""

L3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
Q2 = L3.replace(r"\p{N}{1,3}", r"\p{N}")
D3 = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"
      r" ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def corpus():
    """Texts that part tokenizers: spaces, Unicode's corners, digits, code, special tokens in odd places."""
    texts = ["", "a", "Hello, world!", "hello  world   again    and     again", " leading", "trailing ", "\t", "a\tb\t\tc",
             "one\ntwo\n\nthree\n\n\n", "windows\r\nlines\r\n\r\n", " \n \t\n  x", "\n", "  ", "   ", "1 12 123 1234 12345 123456 1234567",
             "3.14 3..14 1,000,000 -5 +7 1e10", "It's, IT'S, it\u2019s; we'll WE'LL they've I'd I'm you're can't",
             "it\u017f'\u017f \u212aelvin '\u017f", "\u180ea\u180eb \u180e", "no\u00a0break\u3000wide\u2028line\u2029par\u0085nel",
             "nul\x00byte\x01\x1f\x7f", "caf\u00e9 cafe\u0301 \u212b \u1e9b\u0323 \ufb01 \u0344", "\u0301lone mark", "\u200bzero\u200dwidth\ufeff",
             "private \ue000\uf8ff\U0010fffd", "emoji \U0001f642 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f",
             "\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8\u3067\u3059\u3002", "\u6211\u60f3\u5403\u82f9\u679c123\u4e2a", "\ud55c\uad6d\uc5b4 \uc2dc\ud5d8",
             "\u0643\u062a\u0627\u0628 \u0661\u0662\u0663", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0967\u0968", "\u1781\u17d2\u1798\u17c2\u179a",
             "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u05e9\u05dc\u05d5\u05dd", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u2160\u00bd\u2075 \u0e53",
             "\\frac{1}{2} + \\sqrt{x^{2}} = \\boxed{42}", "$$\\int_0^1 x\\,dx$$", "def add(left, right):\n    return left + right\n",
             "if (a<=b && c!=d) { x[i]->y = \"z\"; }  // done\n", '{"key": [1, 2.5, null], "s": "\\u00e9"}', "http://a.b/c?d=e&f=%20",
             "snake_case camelCase SCREAMING kebab-case", "....!!!!????----====____", "''''\"\"\"\"````", "<think>2+2</think><answer>4</answer>",
             "\u2581already \u2581marked\u2581", "<0x41> <0xZZ> <unk>", "<s>bos</s>", "<|im_start|>user\nhi<|im_end|>\n", "x<|im_end|>y",
             " <|im_end|> ", "<|im_end|><|im_end|>", "<|im_end", "<|im_<|im_end|>", "a <special> b", "a<special>b", "left   <l>   right",
             "left   <r>   right", "left \t<lr>\n right", "<l><l>  <l>", "word wordy sword word, (word) \u00e9word word\u0301", "Norm norm NORM",
             "e\u0301t\u00e9 \u00e9t\u00e9 ete", "tool<tool>tool</tool>", "aaaa" * 20, "ab" * 40, " " * 70, "0" * 33, "\u00e9" * 30, "\U0001f642" * 9]
    generator = random.Random(7)
    pool = ([chr(c) for c in range(32, 127)] * 3 + list(" \n\t'") * 8 + [chr(c) for c in range(0xa0, 0x180)] +
            list("\u017f\u212a\u180e\u00a0\u3000\u2028\u0085\u200d\u0301\u2581\ufffd\U0001f642\u65e5\u672c\u0416\u0639\u0e01\u1100"))
    texts += ["".join(generator.choice(pool) for _ in range(generator.randint(2, 40))) for _ in range(60)]
    return texts


def train(tokenizer, vocab_size, alphabet, special=()):
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([PROSE] * 2, trainer)
    return tokenizer


def bos_template(bos, identifier):
    return processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, identifier)])


def byte_level(pre_tokenizer, special=(), normalizer=None, first=False):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normalizer, pre_tokenizer, decoders.ByteLevel()
    train(tokenizer, 440, pre_tokenizers.ByteLevel.alphabet(), special if first else ())
    if not first:
        tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    return tokenizer


def sentence_piece(normalizer, pre_tokenizer, decoder):
    """Byte-fallback BPE: <unk>, <s>, </s>, 256 bytes, then what training found."""
    trained = Tokenizer(models.BPE())
    trained.normalizer, trained.pre_tokenizer = normalizer, pre_tokenizer or pre_tokenizers.Split(Regex(r"(?=\u2581)"), "isolated")
    train(trained, 200, [])
    found = json.loads(trained.to_str())["model"]
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    pieces += sorted(found["vocab"], key=found["vocab"].get)
    vocab = {piece: identifier for identifier, piece in enumerate(pieces)}
    model = models.BPE(vocab, [tuple(merge) for merge in found["merges"]], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer, tokenizer.decoder = normalizer, decoder
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in pieces[:3]])
    tokenizer.post_processor = bos_template("<s>", 1)
    return tokenizer


def pipelines():
    """Name -> tokenizer; the names are those of the families that have the pipeline."""
    chat = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    mark, to_space = normalizers.Replace(" ", "\u2581"), decoders.Replace("\u2581", " ")
    split = pre_tokenizers.Split
    plain_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    with_regex = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    built = {
        "gpt2": byte_level(with_regex, ["<|endoftext|>"]),
        "prefix_space": byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), ["<|endoftext|>"]),
        "smollm": byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(True), with_regex]), chat, first=True),
        "llama3": byte_level(pre_tokenizers.Sequence([split(Regex(L3), "isolated"), plain_bytes]), ["<s>", "</s>"]),
        "qwen2": byte_level(pre_tokenizers.Sequence([split(Regex(Q2), "isolated"), plain_bytes]), chat, normalizers.NFC()),
        "deepseek": byte_level(pre_tokenizers.Sequence([
            split(Regex(r"\p{N}{1,3}"), "isolated"), split(Regex("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"), "isolated"),
            split(Regex(D3), "isolated"), plain_bytes]), ["<s>", "</s>"], normalizers.Sequence([])),
        "gemma": sentence_piece(mark, split(" ", "merged_with_previous"), decoders.Sequence([to_space, decoders.ByteFallback(), decoders.Fuse()])),
        "llama2": sentence_piece(normalizers.Sequence([normalizers.Prepend("\u2581"), mark]), None, decoders.Sequence([
            to_space, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])),
        "metaspace": sentence_piece(None, pre_tokenizers.Metaspace("\u2581", "first"), decoders.Sequence([
            decoders.ByteFallback(), decoders.Metaspace("\u2581", "first")])),
    }
    built["llama3"].post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), bos_template("<s>", 440)])
    built["deepseek"].post_processor = bos_template("<s>", 440)
    built["qwen2"].add_tokens([AddedToken("<tool>", normalized=False), AddedToken("</tool>", normalized=False), AddedToken("<think>", normalized=False)])
    built["gemma"].add_tokens([AddedToken("\n\n", normalized=False), AddedToken("  ", normalized=False)])
    # Added tokens of every kind, in a pipeline that normalises.
    odd = byte_level(with_regex, ["<special>"], normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex("[Nn]orm"), "NORM")]))
    odd.add_tokens([AddedToken("<l>", lstrip=True, normalized=False), AddedToken("<r>", rstrip=True, normalized=False),
                    AddedToken("<lr>", lstrip=True, rstrip=True), AddedToken("word", single_word=True, normalized=False),
                    AddedToken("NORM", normalized=True), AddedToken("\u00e9t\u00e9", normalized=True)])
    built["added"] = odd
    # Every behaviour of Split, inverted and not; no unk, so what the vocabulary lacks vanishes.
    for name, pattern, behavior, invert in [("removed", "a", "removed", False), ("contiguous", Regex("[0-9 ]"), "contiguous", False),
                                            ("with_previous", Regex("[,.;]"), "merged_with_previous", False),
                                            ("with_next", Regex("[A-Z]"), "merged_with_next", False),
                                            ("inverted", Regex(r"\S+"), "removed", True), ("empty", Regex("x*"), "isolated", False)]:
        built["split_" + name] = Tokenizer(models.BPE({"a": 0, "b": 1, "aa": 2, "0": 3, " ": 4, "e": 5, ",": 6, ", ": 7, " a": 8, "n": 9, "an": 10}, [
            ("a", "a"), (",", " "), (" ", "a"), ("a", "n")]))
        built["split_" + name].pre_tokenizer = split(pattern, behavior, invert)
    unk = Tokenizer(models.BPE({"<unk>": 0, "a": 1, "b": 2, "ab": 3, " ": 4}, [("a", "b")], unk_token="<unk>", fuse_unk=False))
    built["unk"] = unk
    return built


def expectations(tokenizer, texts):
    """[ids with special tokens, ids of untrusted text or null where equal, text or null where equal to the input, text with special tokens or null]"""
    rows = []
    for text in texts:
        tokenizer.encode_special_tokens = False
        ids = tokenizer.encode(text).ids
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        decoded = tokenizer.decode(ids, skip_special_tokens=True)
        kept = tokenizer.decode(ids, skip_special_tokens=False)
        rows.append([ids, None if plain == ids else plain, None if decoded == text else decoded, None if kept == decoded else kept])
    return rows


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_smollm_gguf(tokenizer, file):
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHATS["default_system"])
    close(writer)


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def sentence_piece_by_score(tokens, scores, text):
    """The definition: join the adjacent pair with the best score, leftmost on a tie, until no pair is a piece."""
    index = {token: identifier for identifier, token in enumerate(tokens)}
    text = "\u2581" + text.replace(" ", "\u2581") if text else text
    pieces = list(text)
    while True:
        joined = [(scores[index[a + b]], -i) for i, (a, b) in enumerate(zip(pieces, pieces[1:])) if a + b in index and index[a + b] > 258]
        if not joined:
            break
        i = -max(joined)[1]
        pieces[i:i + 2] = [pieces[i] + pieces[i + 1]]
    ids = []
    for piece in pieces:
        ids += [index[piece]] if piece in index else [3 + byte for byte in piece.encode()]
    return ids


def write_llama_gguf(tokenizer, file, texts):
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    scores = [0.0 if i < 259 else -float(i - 259) for i in range(len(tokens))]
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types([2] + [3, 3] + [6] * 256 + [1] * (len(tokens) - 259))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    close(writer)
    return [sentence_piece_by_score(tokens, scores, text) for text in texts]


CHATS = {
    "plain": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
             "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "spread": "{#- ChatML -#}\n{%- for message in messages %}\n    {{- \"<|im_start|>\" + message.role + \"\\n\" }}\n"
              "    {{- message.content + \"<|im_end|>\\n\" }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n"
              "    {{- \"<|im_start|>assistant\\n\" }}\n{%- endif %}\n",
    "data": "{% for message in messages %}\n<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}\n"
            "{% if add_generation_prompt %}\n<|im_start|>assistant\n{% endif %}\n\n",
    "default_system": "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
                      "{{ '<|im_start|>system\\nYou are a test\\'s helper.<|im_end|>\\n' }}{% endif %}"
                      "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
                      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "tools": "{%- if tools %}\n    {%- for tool in tools %}\n        {%- if tool %}{{- tool | tojson }}\n        {%- else %}none{%- endif %}\n"
             "    {%- endfor %}\n{%- else %}\n    {%- if messages[0]['role'] == 'system' %}\n"
             "        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}\n    {%- else %}\n"
             "        {{- '<|im_start|>system\\nYou are another helper.<|im_end|>\\n' }}\n    {%- endif %}\n{%- endif %}\n"
             "{%- for message in messages %}\n    {%- if (message.role == \"user\") or (message.role == \"system\" and not loop.first)"
             " or (message.role == \"assistant\" and not message.tool_calls) %}\n"
             "        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n"
             "    {%- elif message.role == \"assistant\" %}\n        {{- 'never' }}\n    {%- endif %}\n{%- endfor %}\n"
             "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n",
}


def conversations():
    texts = {"system": "Be brief.", "user": "What's 2 + 2?\n <|im_end|>", "assistant": " 4 \U0001f642"}
    return [[{"role": role, "content": texts[role]} for role in roles.split()] for roles in [
        "user", "system user", "user assistant user", "system user assistant user", "system", "user system user", "assistant"]]


def render(template, messages):
    """As transformers does it."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
    return environment.from_string(template).render(messages=messages, add_generation_prompt=True)


def write_chats():
    chats = [{"name": name, "template": template, "rendered": [render(template, messages) for messages in conversations()]}
             for name, template in CHATS.items()]
    (GOLDEN / "chat.json").write_text(json.dumps({"conversations": conversations(), "chats": chats}, ensure_ascii=False, indent=1) + "\n")


def write_smollm2(directory):
    """Ids of the real tokenizer, from the tokenizer.json that cohort wrote out of the GGUF file, read by transformers."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    # The text that llama.cpp's convert_hf_to_gguf.py tells tokenizers apart with, and the hash it records for SmolLM2.
    check = ("\n \n\n \n\n\n \t \t\t \t\n  \n   \n    \n     \n\U0001f680 (normal) \U0001f636\u200d\U0001f32b\ufe0f (multiple emojis concatenated) \u2705 \U0001f999\U0001f999 "
             "3 33 333 3333 33333 333333 3333333 33333333 3.3 3..3 3...3 \u1780\u17b6\u1793\u17cb\u178f\u17c2\u1796\u17b7\u179f\u17c1\u179f\u17a2\u17b6\u1785\U0001f601 "
             "?\u6211\u60f3\u5728apple\u5de5\u4f5c1314151\u5929\uff5e ------======= \u043d\u0435\u0449\u043e \u043d\u0430 \u0411\u044a\u043b\u0433\u0430\u0440\u0441\u043a\u0438 "
             "''''''```````\"\"\"\"......!!!!!!?????? I've been 'told he's there, 'RE you sure? 'M not sure I'll make it, 'D you like some tea? We'Ve a'lL")
    assert hashlib.sha256(check.encode()).hexdigest() == "a36179c1e2b1cfcfbfad1dc779addad2ffc778201e4cf0d538bddeafa2c526da"
    ids = tokenizer.encode(check)
    assert hashlib.sha256(str(ids).encode()).hexdigest() == "855059429035d75a914d1eda9f10a876752e281a054a7a3d421ef0533e5b6249"
    rows = [[check, ids]] + [[text, tokenizer.encode(text)] for text in corpus() + PROSE.splitlines()]
    chats = [[messages, tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)] for messages in conversations()]
    (GOLDEN / "smollm2.json").write_text(dump({"ids": rows, "chats": chats}) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--smollm2", help="a directory with SmolLM2's tokenizer.json; writes smollm2.json only")
    arguments = parser.parse_args()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    if arguments.smollm2:
        return write_smollm2(arguments.smollm2)
    texts = corpus()
    (GOLDEN / "corpus.json").write_text(dump(texts) + "\n")
    built = pipelines()
    for name, tokenizer in built.items():
        folder = GOLDEN / name
        folder.mkdir(exist_ok=True)
        document = json.loads(tokenizer.to_str())
        if name == "llama3":
            document["model"]["ignore_merges"] = True
        if name == "gpt2":  # the older spelling of merges
            document["model"]["merges"] = [" ".join(merge) for merge in document["model"]["merges"]]
        (folder / "tokenizer.json").write_text(dump(document) + "\n")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        (folder / "expected.json").write_text("[\n" + ",\n".join(dump(row) for row in expectations(tokenizer, texts)) + "\n]\n")
    write_smollm_gguf(built["smollm"], GOLDEN / "smollm.gguf")
    by_score = write_llama_gguf(built["llama2"], GOLDEN / "llama2.gguf", texts)
    (GOLDEN / "llama2_by_score.json").write_text(dump(by_score) + "\n")
    write_chats()
    (GOLDEN / "versions.json").write_text(json.dumps({
        "tokenizers": tokenizers.__version__, "transformers": transformers.__version__, "gguf": "0.19.0",
        "jinja2": jinja2.__version__}, indent=1) + "\n")


if __name__ == "__main__":
    main()
