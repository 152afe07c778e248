"""Texts to tokenise: languages, code, LaTeX, emoji, white space, numbers, and random code points."""

import random

LANGUAGES = """\
The quick brown fox jumps over the lazy dog; it's what they've always done, isn't it?
Le cœur déçu mais l'âme plutôt naïve, Louÿs rêva de crapaüter en canoë au delà des îles.
Falsches Üben von Xylophonmusik quält jeden größeren Zwerg. Straße, Maß, Öl.
El pingüino Wenceslao hizo kilómetros bajo exhaustiva lluvia y frío, ¿añoraba a su querido cachorro?
À noite, vovô Kowalsky vê o ímã cair no pé do pinguim queixoso e vovó põe açúcar no chá.
Pchnąć w tę łódź jeża lub ośm skrzyń fig. Zażółć gęślą jaźń.
Příliš žluťoučký kůň úpěl ďábelské ódy.
Съешь же ещё этих мягких французских булок, да выпей чаю.
Чуєш їх, доцю, га? Кумедна ж ти, прощайся без ґольфів!
Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.
Pijamalı hasta yağız şoföre çabucak güvendi. İstanbul ılık.
דג סקרן שט בים מאוכזב ולפתע מצא חברה
نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر
هر چه می‌گویم، ۱۲۳ و ٤٥٦ را بخوان.
ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश। १२३
আমি কাচ খেতে পারি, তাতে আমার কোনো ক্ষতি হয় না।
நான் கண்ணாடி சாப்பிடுவேன், அதனால் எனக்கு ஒரு கேடும் வராது.
ฉันกินกระจกได้ แต่มันไม่ทำให้ฉันเจ็บ ๑๒๓
ខ្ញុំអាចញុំកញ្ចក់បាន ដោយគ្មានបញ្ហារ
私はガラスを食べられます。それは私を傷つけません。ﾊﾝｶｸ ﾓｼﾞ
我能吞下玻璃而不伤身体。「繁體字」也可以,包括〇和㐀。
나는 유리를 먹을 수 있어요. 그래도 아프지 않아요
Tôi có thể ăn thủy tinh mà không hại gì.
მინას ვჭამ და არა მტკივა.
Կրնամ ապակի ուտել և ինծի անհանգիստ չըներ։
ᚠᛇᚻ᛫ᛒᛦᚦ᛫ᚠᚱᚩᚠᚢᚱ᛫ᚠᛁᚱᚪ᛫ᚷᛖᚻᚹᛦᛚᚳᚢᛗ
Ég get etið gler án þess að meiða mig. Þórður, æði.
ʻOkina a me ke kahakō: Hawaiʻi, Kāneʻohe
ተኩስ ጩኸት 123 ፩፪፫
𝒜𝓃𝒸𝒾𝑒𝓃𝓉 𝔗𝔢𝔵𝔱 𝟙𝟚𝟛 ½ ⅓ Ⅻ ² ³ ₄ ① ㊿""".split("\n")

CODE = [
    "def f(x):\n    return x ** 2 + 1\n", "for (int i = 0; i < n; ++i) {\n\tsum += a[i];\n}\n",
    "#include <vector>\ntemplate <typename T>\nauto f(T&& t) -> decltype(t) { return std::forward<T>(t); }",
    "SELECT name, COUNT(*) FROM users WHERE age >= 18 GROUP BY name;", "if [[ $# -lt 1 ]]; then echo \"usage: $0 FILE\"; fi",
    "fn main() { println!(\"{:?}\", vec![1, 2, 3].iter().map(|x| x * 2).collect::<Vec<_>>()); }",
    "{\"key\": [1, 2.5e-3, null, true], \"nested\": {\"a\\n\": \"\\u00e9\"}}", "<div class=\"a b\">&nbsp;&lt;x&gt;</div>",
    "x = y if z else w  # comment\r\n\r\nclass A(B):\r\n    pass", "0xDEADBEEF 1e10 1_000_000 3.14159 -42 0b1010 1,234,567.89",
    "a->b; a::b; a.b(); a!=b; a&&b||!c; a<<=2; a>>>=3; a?.b ?? c", "git commit -m 'it\\'s done' && git push --force-with-lease",
    "        if deep:\n            if deeper:\n                pass\n\n\n\n# end", "λ x. x :: ∀ a. a → a", "print(f'{x!r:>10}')",
    "/^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$/gi", "www.example.com/path?q=1&r=%20#frag", "user.name+tag@mail.example.org",
    "C:\\Users\\me\\Documents\\file.txt", "~/.ssh/id_rsa:/dev/null 2>&1 | tee -a log.txt", "@decorator\nasync def g(): await h()",
    "public static void main(String[] args) throws IOException {}", "\t\tmixed \t tabs\t\n \t\n", "#!/usr/bin/env python3\n",
    "%d %s %5.2f%%\\n", "let mut v: Vec<Option<&'a str>> = Vec::new();", "$x = @{a=1; b='two'}; $x['a']", "MOV EAX, [EBX+4*ECX]",
    "1+1=2", "x²+y²=z²", "camelCaseIdentifier snake_case_identifier SCREAMING_CASE kebab-case-name", "////---===***###",
]

LATEX = [
    "\\frac{1}{2}", "$\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$", "\\boxed{42}", "\\boxed{\\frac{3}{4}}",
    "\\begin{align*}\n  a &= b + c \\\\\n  d &= e\n\\end{align*}", "\\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}",
    "\\[ \\left( \\begin{matrix} 1 & 0 \\\\ 0 & 1 \\end{matrix} \\right) \\]", "$x \\in \\mathbb{R}^{n \\times m}$",
    "\\text{the answer is } \\mathbf{7}", "\\alpha\\beta\\gamma\\Delta\\nabla\\partial", "$$\\lim_{x\\to 0}\\frac{\\sin x}{x}=1$$",
    "\\section{Introduction}\\label{sec:intro} See~\\cite{knuth84}.", "% a comment\n\\usepackage[utf8]{inputenc}",
    "$a_{ij}^{(k)}$, $10\\%$, \\$5.00, \\#1, \\&c.", "\\sqrt[3]{27} = 3", "\\overline{AB} \\perp \\overline{CD}",
    "48/2 = <<48/2=24>>24 clips in May.\n#### 72", "1,000 \\times 10^{-3}", "\\tfrac12+\\dfrac{1}{3}", "90^\\circ",
]

EMOJI = [
    "🙂", "😀😃😄😁", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷🇩🇪🇯🇵", "I ❤️ NY", "☕️ and ☕︎", "🤷🏻‍♀️ who knows", "1️⃣2️⃣3️⃣ #️⃣", "🧑🏿‍🚀🚀✨", "(╯°□°)╯︵ ┻━┻",
    "¯\\_(ツ)_/¯", "ʕ•ᴥ•ʔ", "♠♥♦♣ ★☆ ✓✗ →←↑↓ ⇒⇔", "🫠🪿🫨", "text🙂text", " 🙂 ", "🙂\n🙂", "🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉",
]

SPACES = [
    "", " ", "  ", "   ", "    ", "     ", "\t", "\t\t", "\n", "\n\n", "\n\n\n", "\r\n", "\r\n\r\n", " \n ", "a  b", "a   b", "a \n b", " a", "  a", "a ",
    "a  ", "\u00a0", "a\u00a0b", "\u3000全角", "a\u2028b\u2029c", "\u200b\u200c\u200d\ufeff", "\u180e x", "\x0b\x0c", "a\u0085b", "\u2003em\u2009thin",
    "\u1680ogham", "x\x00y", "\x7f\x1b[31mred\x1b[0m", "   leading and trailing   ", "\n  - item\n  - item\n", "a\tb\tc\n1\t2\t3\n",
    " " * 100, "\n" * 50, "\t" * 33, "a" * 500, "ab" * 300, " a" * 200, "9" * 100,
]

NUMBERS = [
    "1", "12", "123", "1234", "12345", "1234567890", "3.14", "3.3 3..3 3...3", "-5", "+7", "1/2", "50%", "$1,000.00", "2024-11-25T09:16:00Z", "12:34:56",
    "٣٤٥", "१२३", "１２３", "Ⅷ", "½", "x1y2z3", "007", "1e-5", "1st 2nd 3rd 4th", "IPv4 192.168.0.1", "555-0123", "v1.2.3-rc4",
]

APOSTROPHES = [
    "it's I'm you're we've they'll he'd don't", "IT'S I'M YOU'RE WE'VE THEY'LL HE'D", "'s 't 're 've 'm 'll 'd", "'s's's", "rock 'n' roll", "'' ''' ''''",
    "\u2019s it\u2019s", "'\u017f long s", "\u212a kelvin", "e\u0301 combining", "a\u0300\u0301\u0302\u0303", "\u0301 lone mark", "\ufb01 ligature",
    "\u1100\u1161\u11a8 jamo", "\ue000 private \uf8ff", "\u2581 lower block", "\ufffd replacement", "\U0010fffd", "\U000e0001 tag",
]

SPECIAL = [
    "<|im_start", "im_end|>", "< |im_end| >", "<|not_a_token|>", "<s></s>", "<think>2 + 2 = 4</think>\n<answer>4</answer>", "[INST] [/INST]",
    "<|", "|>", "<0x0A>", "Ġ Ċ ĉ", "<pad><unk>",
]


def fixed():
    return LANGUAGES + CODE + LATEX + EMOJI + SPACES + NUMBERS + APOSTROPHES + SPECIAL


def fuzz(count, seed=0):
    """Random strings: of all of Unicode, of its first 0x3000 code points, of ASCII, and of pieces of the fixed texts."""
    source = random.Random(seed)
    pieces = "".join(fixed())
    out = []

    def code_point(limit):
        while 0xD800 <= (c := source.randrange(limit)) < 0xE000:
            pass
        return chr(c)

    for i in range(count):
        length = source.randrange(1, 40)
        kind = i % 4
        if kind == 3:
            starts = [source.randrange(len(pieces)) for _ in range(5)]
            out.append("".join(pieces[s:s + source.randrange(1, 9)] for s in starts))
        else:
            out.append("".join(code_point((0x110000, 0x3000, 0x80)[kind]) for _ in range(length)))
    return out
