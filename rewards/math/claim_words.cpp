#include "rewards/math/claims.hpp"

namespace cohort::rewards::math {
namespace {

using enum Claim;

constexpr ClaimWords table[] = {
    // What hides a shorter phrase: "no doubt" is no objection.
    {word, "en",
     "don't doubt|do not doubt|not doubt|never doubt|can't doubt|cannot doubt|without doubt|without a "
     "doubt|beyond doubt|not only|not just|"
     "no other|no need|no longer|nothing wrong|not wrong|isn't wrong|not incorrect|no mistake|no error|either way|"
     "or equal to|or equivalently|or simply|or in other words|actually works|actually holds|if and only if|"
     "no matter|no one|incorrect answers|wrong answers|incorrect ones|wrong ones|incorrect questions|wrong questions|"
     "no solutions|no solution|wrong order|wrong direction|wrong way|double-check|doubt that it is not"},
    {word, "de", "kein zweifel|ohne zweifel|zweifellos|nicht nur|nicht mehr als|nicht weniger als"},
    {word, "fr", "sans doute|aucun doute|pas seulement"},
    {word, "es", "sin duda|no solo|no hay duda"},

    {filler, "en",
     "is|are|was|be|been|it|it's|its|that|that's|this|equal|equals|exactly|precisely|equal to|the|answer|"
     "the number|number|number is|the value|value|little|even|also|then|again|just|simply|indeed|like|perhaps it's|"
     "of course|definitely|certainly|probably|likely|as well|so does|we get|a total of|i think|i believe|well|"
     "i guess|much|far|slightly|a bit|lot"},
    {filler, "de", "ist|sei|es|die|der|das|antwort|lösung|lautet|gleich|genau|etwa|sind|auch|sein"},
    {filler, "fr", "est|c'est|ce|la|le|réponse|égale|à|égal à|exactement|être|soit|que"},
    {filler, "es",
     "es|la|el|respuesta|igual a|exactamente|ser|sea|que|"
     "son"},
    {filler, "it",
     "è|e'|la|il|risposta|uguale a|esattamente|essere|sia|che|"
     "sono"},
    {filler, "pt",
     "é|a|o|resposta|igual a|exatamente|ser|seja|que|sim|"
     "são"},
    {filler, "nl",
     "het|antwoord|gelijk aan|precies|zijn|dat|"
     "er|is het"},
    {filler, "pl",
     "jest|odpowiedź|równa|równe|dokładnie|być|"
     "są"},
    {filler, "ru", "это|ответ|равен|равно|ровно|быть|что"},
    {filler, "zh", "是|为|为了|等于|答案|应该"},
    {filler, "ja", "は|が|答えは|答え"},
    {filler, "ko", "정답은|답은"},

    {negation, "en",
     "not|isn't|aren't|wasn't|ain't|cannot be|can't be|can not be|couldn't be|can never be|could never be|must not be|"
     "mustn't be|shouldn't be|never|neither|nor|definitely not|certainly not|far from|"
     "cannot equal|does not equal|doesn't equal|isn't equal to|not equal to|won't be|wouldn't be|"
     "no way|no way it is|no way it's|no way that it is|by no means|in no way|unequal to|different from|differs "
     "from|don't answer|do not answer|don't say|don't choose|do not choose|do not pick|don't pick|not going to be|can "
     "hardly be|hardly|"
     "can't possibly be|cannot possibly be|could not possibly be|couldn't possibly be|surely not|isn't necessarily|is "
     "not necessarily"},
    {negation, "de",
     "nicht|kein|keine|niemals|weder|auf keinen fall|keinesfalls|keineswegs|"
     "ungleich|nicht gleich"},
    {negation, "fr",
     "n'est pas|ce n'est pas|pas|ni|jamais|ne peut pas être|n'est jamais|"
     "différent de|différente de"},
    {negation, "es", "no es|no puede ser|definitivamente no|ciertamente no|seguramente no|desde luego no|ni|nunca es"},
    {negation, "it", "non è|non può essere|non|sicuramente non|certamente non|né"},
    {negation, "pt", "não é|não pode ser|não|certamente não|nem"},
    {negation, "nl", "niet|is niet|geen|zeker niet"},
    {negation, "pl",
     "nie|nie jest|to nie|na pewno nie|ani|"
     "nie może być|nie może to być|"
     "to nie może być"},
    {negation, "ru", "не|не равен|точно не|ни|не может быть"},
    {negation, "zh", "不是|不为|不為|并非|不等于|不可能是|肯定不是|绝不是|而不是|既不是|也不是"},

    {disbelief, "en",
     "don't think|do not think|don't believe|do not believe|doubt|doubt it|doubt that|not think|not believe|"
     "not convinced|wouldn't say|would not say|hard to believe|doubtful|unlikely to be|unlikely that|unlikely that "
     "it's|"
     "not likely to be"},
    {disbelief, "de", "glaube nicht|denke nicht|bezweifle|zweifle"},
    {disbelief, "fr", "ne pense pas|ne crois pas|doute que|j'en doute"},
    {disbelief, "es", "no creo|no pienso|dudo que|lo dudo|dudo"},
    {disbelief, "it", "non credo|non penso|dubito"},
    {disbelief, "pt", "não acho|não creio|não acredito|duvido"},
    {disbelief, "nl", "denk niet|geloof niet|betwijfel"},
    {disbelief, "pl", "nie sądzę|nie wydaje mi się|nie uważam|wątpię"},
    {disbelief, "ru", "не думаю|не считаю|сомневаюсь"},
    {disbelief, "zh", "不认为|不觉得|不相信|我怀疑"},
    {disbelief, "ko", "라고 생각하지 않"},

    {fault, "en",
     "wrong|incorrect|incorrectly|false|mistaken|mistake|invalid|erroneous|impossible|not right|not correct|isn't "
     "right|"
     "isn't correct|not the answer|isn't the answer|not the right answer|not the correct answer|not it|not valid|"
     "can't be right|cannot be right|can't be correct|cannot be correct|does not work|doesn't work|naive|"
     "too big|too large|too small|too high|too low|extraneous|"
     "made an error|in error|they'd be wrong|outdated|obsolete|bogus|nonsense|flawed|"
     "absurd|a contradiction|nonsensical"},
    {fault, "de",
     "falsch|falsche|falsches|falscher|inkorrekt|unmöglich|stimmt nicht|nicht richtig|nicht korrekt|irrtum"},
    {fault, "fr",
     "faux|c'est faux|c'est incorrect|fausse|incorrect|incorrecte|erroné|erronée|mauvaise réponse|"
     "impossible|pas correct|pas juste"},
    {fault, "es",
     "incorrecto|incorrecta|falso|falsa|equivocado|equivocada|erróneo|errónea|está mal|imposible|no es correcto"},
    {fault, "it", "sbagliato|sbagliata|errato|errata|falso|falsa|scorretto|impossibile|non è corretto|non è giusto"},
    {fault, "pt", "errado|errada|incorreto|incorreta|falso|falsa|impossível|não está certo|não é correto"},
    {fault, "nl", "fout|foute|onjuist|onjuiste|verkeerd|verkeerde|onmogelijk|klopt niet|niet juist|niet correct"},
    {fault, "pl", "błędne|błędna|błędny|źle|niepoprawne|niepoprawna|nieprawidłowe|nieprawidłowa|niemożliwe|nieprawda"},
    {fault, "ru",
     "неверно|неверный|неверным|неправильно|неправильный|неправильным|неправильное|ошибочно|ошибка|невозможно|ложно"},
    {fault, "zh", "错|错的|错误|错误的|不对|不正确|有误|算错"},
    {fault, "ja",
     "間違い|間違って|誤り|違います|違う|正しくない|正しくありません|不正解|"
     "間違った|誤った"},
    {fault, "ko", "틀렸|틀린|틀립|오답|잘못|맞지 않"},

    {denial, "de", "ist nicht die antwort|ist nicht die lösung|ist es nicht"},
    {denial, "fr", "n'est pas la réponse|n'est pas la solution"},
    {denial, "es", "no es la respuesta|no es la solución"},
    {denial, "it", "non è la risposta|non è la soluzione"},
    {denial, "pt", "não é a resposta|não é a solução"},
    {denial, "nl", "is niet het antwoord|is niet de oplossing|is het niet"},
    {denial, "pl", "nie jest odpowiedzią|nie jest rozwiązaniem|to nie jest odpowiedź"},
    {denial, "ru", "не является ответом|не является решением|не ответ|это не ответ"},
    {denial, "zh", "不是答案|并不是答案|不是正确答案"},
    {denial, "ja",
     "ではありません|ではない|じゃない|じゃありません|でもない|は答えではありません|は答えではない|"
     "は正解ではありません|"
     "ではなく|でもありません|"
     "のはずがない|のはずがありません|だとは思いません|とは思えません|だとは思わない|であるはずがない"},
    {denial, "ko",
     "이 아닙니다|가 아닙니다|이 아니다|가 아니다|은 아닙니다|는 아닙니다|이 아니라|가 아니라|은 답이 아닙니다|"
     "는 답이 아닙니다|이 아니에요|가 아니에요|도 아닙니다|도 아니다|"
     "일 리가 없|이 아니고|가 아니고|라고 생각하지 않|이라고 생각하지 않"},
    {denial, "tr", "değil|değildir"},

    {retraction, "en",
     "scratch that|strike that|correction|correction:|edit:|i made a mistake|i made an error|i made a typo|"
     "i've made a mistake|i've made an error|that's wrong|that is wrong|this is wrong|it's wrong|it is wrong|"
     "that's incorrect|that is incorrect|this is incorrect|that's not right|that is not right|this is not right|"
     "that isn't right|that's not correct|that is not correct|that's false|that is false|this is false|"
     "that's impossible|that is impossible|this is impossible|that can't be right|that cannot be right|"
     "this can't be right|this cannot be right|that can't be.|this can't be.|that cannot be.|this cannot be.|that "
     "doesn't work|this doesn't work|"
     "i was wrong|i'm wrong|i am wrong|i got that wrong|on second thought|on second thoughts|oops|my mistake|my bad|"
     "i take that back|i retract|never mind|nevermind|ignore that|disregard that|disregard this|let me correct|"
     "i need to correct|i misread|i miscounted|i miscalculated|or rather|i mean|i meant|wait no|no wait|wait, no|"
     "no, wait|it should be|should have been|that's not it|that is not it|hold on, that's|sorry, that's|"
     "not really|just kidding|make that|or so i thought|let me rethink|let me reconsider|let me redo|let me "
     "recompute|let me recalculate|let me try again|we forgot|i forgot|i was mistaken|"
     "this is not correct|this isn't correct|this isn't right"},
    {retraction, "de",
     "korrektur|das ist falsch|das stimmt nicht|das war falsch|ich meine|ich meinte|genauer gesagt nicht|"
     "ich habe mich verrechnet|ich habe mich geirrt|da habe ich mich vertan|quatsch|vielmehr|halt, nein|das kann nicht "
     "stimmen|"
     "das ist nicht richtig|das ist nicht korrekt|das ist inkorrekt"},
    {retraction, "fr",
     "correction|c'est une erreur|je veux dire|je voulais dire|je me suis trompé|"
     "je me suis trompée|plutôt|ce n'est pas correct|ce n'est pas juste"},
    {retraction, "es",
     "corrección|eso está mal|está mal|es incorrecto|eso es incorrecto|eso no es correcto|quiero decir|quise decir|"
     "me equivoqué|mejor dicho|cometí un error|"
     "no es correcto|eso no es"},
    {retraction, "it",
     "correzione|è sbagliato|questo è sbagliato|è errato|volevo dire|cioè volevo dire|intendevo|mi sono sbagliato|"
     "anzi|ho sbagliato|ho fatto un errore|"
     "non è corretto|non è giusto"},
    {retraction, "pt",
     "correção|está errado|isso está errado|isto está errado|quero dizer|quis dizer|eu me enganei|me enganei|aliás|"
     "ou melhor|cometi um erro|"
     "não é correto|não está certo|não está correto"},
    {retraction, "nl",
     "correctie|dat is fout|dat klopt niet|dat is onjuist|dit is fout|ik bedoel|ik bedoelde|ik heb me vergist|"
     "of beter gezegd|"
     "dat is niet juist|dat is niet correct"},
    {retraction, "pl",
     "poprawka|korekta|to jest błędne|to błąd|to źle|to jest źle|to nieprawda|to znaczy|pomyliłem się|pomyliłam się|"
     "miałem na myśli|"
     "to nie jest poprawne"},
    {retraction, "ru",
     "исправление|поправка|это неверно|это неправильно|это ошибка|то есть|вернее|точнее|я ошибся|я ошиблась|"
     "я имел в виду|"
     "это не верно|это не так"},
    {retraction, "zh", "更正|修正|这是错的|这是错误的|这不对|不对|我错了|算错了|写错了|应该是|说错了|搞错了"},
    {retraction, "ja", "訂正|これは間違い|それは間違い|間違えました|間違いました|違います|正しくは"},
    {retraction, "ko", "정정|이것은 틀렸|이건 틀렸|틀렸습니다|틀렸어요|잘못했|실수했|제가 틀렸"},

    {objection, "en", "no|nope|apologies|er|erm|uh|um|oh|ah|actually|sorry|wait|hmm|hm|hold on|well|instead|rather"},
    {objection, "de",
     "nein|moment|halt|warte|doch|eigentlich|sorry|entschuldigung|"
     "ach nein|äh"},
    {objection, "fr",
     "non|attendez|attends|en fait|pardon|désolé|"
     "ah non|euh"},
    {objection, "es",
     "no|espera|espere|en realidad|perdón|"
     "ah no|eh"},
    {objection, "it",
     "no|aspetta|aspetti|in realtà|scusa|scusate|"
     "ah no|ehm"},
    {objection, "pt",
     "não|espere|espera|na verdade|desculpe|"
     "ah não"},
    {objection, "nl",
     "nee|wacht|eigenlijk|sorry|"
     "oh nee"},
    {objection, "pl",
     "nie|chwila|czekaj|zaraz|właściwie|przepraszam|"
     "ach nie"},
    {objection, "ru",
     "нет|подождите|подожди|стоп|постойте|на самом деле|извините|"
     "ой|ах нет"},
    {objection, "zh", "等等|等一下|不|不是|实际上|其实|抱歉"},
    {objection, "ja", "待って|いや|いいえ|すみません|実は"},
    {objection, "ko", "잠깐|잠깐만|아니|아니요|아니야|사실"},

    {other, "en",
     "or|or else|else|otherwise|or maybe|or perhaps|or possibly|or probably|or even|maybe|perhaps|possibly|could "
     "be|might be|may be|"
     "could also be|might also be|may also be|could just as well be|can also be|and also|as well as|and maybe|"
     "alternatively|another possibility is|another option is|then again|it might|it could|but not sure if it's|"
     "but so is|and possibly|and perhaps|either|respectively|depending on|"
     "not sure it isn't|not sure that it isn't"},
    {other, "de",
     "oder|oder auch|oder vielleicht|vielleicht|möglicherweise|eventuell|könnte|könnte aber auch|könnte auch|entweder|"
     "beziehungsweise|bzw.|oder aber|womöglich|"
     "sonst|ansonsten"},
    {other, "fr",
     "ou|ou bien|ou peut-être|peut-être|pourrait être|soit|possiblement|éventuellement|mais peut-être|"
     "sinon"},
    {other, "es",
     "o|ó|o bien|u|o tal vez|o quizás|o quizá|quizás|quizá|tal vez|podría ser|posiblemente|puede que sea|"
     "si no|de lo contrario"},
    {other, "it",
     "o|oppure|o forse|forse|potrebbe essere|magari|possibilmente|ovvero|o magari|"
     "altrimenti"},
    {other, "pt",
     "ou|ou então|ou talvez|talvez|poderia ser|pode ser|possivelmente|quiçá|"
     "senão|caso contrário"},
    {other, "nl",
     "ofwel|of misschien|of anders|misschien|wellicht|mogelijk|kan ook|zou kunnen|kan het ook|"
     "of|anders"},
    {other, "pl",
     "lub|albo|czy|lub może|albo może|może|a może|być może|możliwe że|ewentualnie|może to być|"
     "w przeciwnym razie"},
    {other, "ru",
     "или|либо|или же|или может быть|может быть|возможно|или, может быть|а может|а может быть|может, и|вероятно|"
     "иначе"},
    {other, "zh",
     "或|或者|或是|还是|也许|也许是|可能|可能是|也可能是|也可能|或许|或许是|要么|要么是|要么是在|"
     "否则"},
    {other, "ja", "または|もしくは|あるいは|多分|たぶん|か|或いは"},
    {other, "ko",
     "또는|아니면|혹은|이나|아마|아마도|일 수도|"
     "이거나|거나"},
    {other, "xx", "atau|sau|eller|tai|hoặc|ή|або|หรือ|vagy|veya|nebo|أو|या"},

    {bound, "en",
     "at least|at most|less than|more than|greater than|larger than|smaller than|bigger than|fewer than|higher than|"
     "lower than|over|under|above|below|up to|almost|nearly|beyond|exceeds|close to|near|no more than|no less than|"
     "well above|well below|well over|well under|upwards of|approaching|just over|just under|short of|"
     "no smaller than|no larger than|no greater than|not less than|not more than|not greater than|not smaller than|not "
     "larger than|no lower than|no higher than|"
     "divisible by"},
    {bound, "de",
     "mindestens|höchstens|größer als|kleiner als|mehr als|weniger als|über|unter|fast|beinahe|bis zu|maximal|minimal|"
     "vielfaches von|teiler von|ein vielfaches von|ein teiler von|"
     "kein vielfaches von|kein teiler von"},
    {bound, "fr",
     "au moins|au plus|plus de|moins de|plus grande que|plus grand que|plus petite que|plus petit que|supérieure à|"
     "supérieur à|inférieure à|inférieur à|presque|jusqu'à|un multiple de|un diviseur de|plus que"},
    {bound, "es",
     "al menos|por lo menos|como mínimo|como máximo|a lo sumo|mayor que|menor que|más de|menos de|más que|casi|hasta|"
     "un múltiplo de|un divisor de|superior a|inferior a"},
    {bound, "it",
     "almeno|al massimo|al più|maggiore di|minore di|più di|meno di|più grande di|più piccolo di|quasi|fino a|"
     "un multiplo di|un divisore di|superiore a|inferiore a"},
    {bound, "pt",
     "pelo menos|no mínimo|no máximo|maior que|menor que|maior do que|menor do que|mais de|menos de|mais que|quase|até|"
     "um múltiplo de|um divisor de|superior a|inferior a"},
    {bound, "nl",
     "minstens|tenminste|ten minste|hoogstens|ten hoogste|groter dan|kleiner dan|meer dan|minder dan|bijna|maximaal|"
     "een veelvoud van|een deler van"},
    {bound, "pl",
     "co najmniej|co najwyżej|większa niż|większe niż|większy niż|mniejsza niż|mniejsze niż|mniejszy niż|więcej niż|"
     "mniej niż|ponad|poniżej|prawie|większa od|mniejsza od|wielokrotność"},
    {bound, "ru",
     "не менее|не более|не меньше|не больше|больше|меньше|больше, чем|меньше, чем|больше чем|меньше чем|более|менее|"
     "по крайней мере|почти|около|свыше|минимум|максимум"},
    {bound, "zh", "大于|小于|至少|至少是|至多|至多是|最多|不超过|超过|多于|少于|接近|不小于|不大于|不少于|不到"},
    {beyond, "en", "or more|or less|or fewer|or greater|or higher|or lower|or so|or thereabouts|at the very least"},
    {beyond, "de", "oder mehr|oder weniger|oder größer"},
    {beyond, "fr", "ou plus|ou moins"},
    {beyond, "es", "o más|o menos"},
    {beyond, "it", "o più|o meno"},
    {beyond, "pt", "ou mais|ou menos"},
    {beyond, "zh", "以上|以下|以内|之间|左右"},
    {beyond, "ja",
     "以上|以下|未満|より大きい|より小さい|より多い|より少ない|の間|くらい|"
     "桁"},
    {beyond, "ko", "이상|이하|미만|초과|보다 큽|보다 크|보다 작|보다 많|보다 적|사이"},

    {between, "en",
     "between|from|range|ranges from|in the range|ranging from|range from|range of|somewhere from|range is|"
     "possible answers|possible answers are|candidates|candidates are|one of|anywhere "
     "from|about|approximately|roughly|around|sum of|product of|difference of|difference between|ratio of|average "
     "of|mean of|torn between|decide between|hesitating between"},
    {between, "de", "zwischen|von|im bereich"},
    {between, "fr", "entre|comprise entre|compris entre|de"},
    {between, "es", "entre|desde"},
    {between, "it", "tra|fra|compresa tra|compreso tra|da"},
    {between, "pt", "entre|de"},
    {between, "nl", "tussen|van"},
    {between, "pl", "między|pomiędzy|od"},
    {between, "ru", "между|от"},
    {between, "zh", "在|介于|从"},
    {range, "en", "and|to|through"},
    {range, "xx", "und|bis|et|à|y|e|en|tot|i|a|do|и|до|和|到|与|と|から|와|과"},

    {replaced, "en", "instead of|rather than|in place of|as opposed to|except|but not"},
    {replaced, "de", "statt|anstatt|anstelle von|außer"},
    {replaced, "fr", "au lieu de|plutôt que|sauf"},
    {replaced, "es", "en lugar de|en vez de|excepto|salvo"},
    {replaced, "it", "invece di|anziché|tranne"},
    {replaced, "pt", "em vez de|ao invés de|exceto"},
    {replaced, "nl", "in plaats van|behalve"},
    {replaced, "pl", "zamiast|oprócz"},
    {replaced, "ru", "вместо|кроме"},
    {replaced, "zh", "而不是|除了"},

    {supposition, "en",
     "if it were|if it was|if it is|if the answer were|if the answer was|if the answer is|suppose|suppose it is|"
     "suppose that|assume|assume that|assuming|suppose the answer is|assume the answer is|were it|supposing|"
     "if the number were|if the number was|if we guess|"
     "had it been|if it had been|let us assume|let's assume|let us suppose|let's suppose|were the answer|if we assume "
     "it is|what if it is|what if it's"},
    {supposition, "de", "wenn es|wenn die antwort|angenommen|nehmen wir an|falls es|wäre es|falls die antwort"},
    {supposition, "fr", "si c'était|si la réponse était|si la réponse est|supposons|supposons que|en supposant"},
    {supposition, "es", "si fuera|si la respuesta fuera|si la respuesta es|supongamos|suponiendo"},
    {supposition, "it", "se fosse|se la risposta fosse|se la risposta è|supponiamo"},
    {supposition, "pt", "se fosse|se a resposta fosse|se a resposta for|suponha|suponhamos"},
    {supposition, "nl", "als het|als het antwoord|stel|stel dat"},
    {supposition, "pl", "gdyby to było|gdyby odpowiedzią było|załóżmy|załóżmy że|przypuśćmy"},
    {supposition, "ru", "если бы|если ответ|предположим|допустим|предположим, что"},
    {supposition, "zh", "如果是|如果答案是|假设|假设是|假如|假设答案是"},
    {supposition, "ja", "もし|仮に|もし答えが"},
    {supposition, "ko", "만약|만일"},

    {hearsay, "en",
     "people say|people think|some say|some think|students say|students answer|students think|students get|many say|"
     "many think|book says|one might think|you might think|one may think|might expect|might guess|tempted to say|"
     "tempting to say|they say|friend says|teacher says|book claims|calculator says|he says|she says|someone said|"
     "i thought|i first thought|i initially thought|i used to think|i said|originally thought|was thought to be|"
     "used to be|seems to be|appears to be|at first|initially|looks like|my first guess was|my guess was"},
    {hearsay, "de", "man könnte meinen|könnte denken|manche sagen|einige sagen|zuerst dachte ich|ich dachte"},
    {hearsay, "fr", "on pourrait penser que|certains disent|je pensais|on pourrait croire"},
    {hearsay, "es", "se podría pensar que|algunos dicen|pensé que|uno pensaría que"},
    {hearsay, "it", "si potrebbe pensare che|alcuni dicono|pensavo"},
    {hearsay, "pt", "pode-se pensar que|alguns dizem|eu pensei que|eu achava que"},
    {hearsay, "nl", "je zou denken dat|sommigen zeggen|ik dacht"},
    {hearsay, "pl", "można by pomyśleć że|niektórzy mówią|myślałem że"},
    {hearsay, "ru", "можно подумать, что|некоторые говорят|я думал, что|я думал"},
    {hearsay, "zh", "有人说|有人认为|有些人说|我以为|本以为"},

    {property, "en",
     "answer has|answer contains|answer consists of|answer ends in|answer ends with|answer starts with|"
     "answer begins with|answer is divisible by|answer is congruent to|answer is a number with|answer is a multiple of|"
     "answer is a factor of|answer differs from|of the answer is|of the answer are|of my answer is|answer leaves|"
     "answer needs|answer uses|answer took|answer is less by|answer is off by|answer must have|answer should have|"
     "let me think about|we need to find|need to find|problem asks about|question asks about|question mentions|problem "
     "mentions|problem talks about|how many of|given:|twice the answer is|half the answer is|answer squared is|answer "
     "plus|answer minus|answer times|answer's|digits of the answer|answer rounds to|answer as a factor|answer cubed "
     "is|answer doubled is"},
    {property, "de", "antwort hat|antwort endet auf|antwort ist teilbar durch|antwort besteht aus"},
    {property, "fr", "réponse a|réponse se termine par|réponse est divisible par|réponse contient"},
    {property, "es", "respuesta tiene|respuesta termina en|respuesta es divisible por|respuesta contiene"},
    {property, "it", "risposta ha|risposta termina con|risposta è divisibile per|risposta contiene"},
    {property, "pt", "resposta tem|resposta termina em|resposta é divisível por|resposta contém"},
    {property, "nl", "antwoord heeft|antwoord eindigt op|antwoord is deelbaar door"},
    {property, "pl", "odpowiedź ma|odpowiedź kończy się na|odpowiedź dzieli się przez"},
    {property, "ru", "ответ имеет|ответ оканчивается на|ответ делится на|ответ содержит"},
    {property, "zh", "答案有|答案是一个|答案能被|答案的"},

    {ignorance, "en",
     "cannot be determined|can't be determined|can not be determined|could not be determined|impossible to determine|"
     "cannot determine|can't determine|could not determine|unable to determine|not enough information|"
     "insufficient information|not enough data|insufficient data|don't know the answer|do not know the answer|"
     "don't know what|do not know what|i don't know.|i do not know.|i don't know,|i don't know;|don't know how to|no "
     "idea|"
     "cannot solve|can't solve|could not solve|couldn't solve|unable to solve|unable to find|unable to answer|"
     "cannot find|can't find|cannot answer|can't answer|"
     "undetermined|not sure what|unable to compute|cannot compute|can't compute|"
     "cannot be found|cannot be solved|can't be solved|cannot be answered|not possible to determine|"
     "unable to help|not certain what|impossible to say|hard to say|cannot tell|can't tell|impossible to tell|"
     "don't know if|don't know whether|do not know if|do not know whether|not sure if|not sure whether|who knows|can't "
     "tell if|impossible to know|lack data|lack information|missing information|missing data|nobody can tell|no one "
     "can tell|no one knows|nobody knows|unsolvable|not solvable|cannot be done|can't be done|refuse to|as an "
     "ai|doesn't say|does not say|too little information|not given enough|can't be known|cannot be known|no way to "
     "know|no way of knowing|cannot conclude|can't conclude|"
     "i give up|i gave up|i could not finish|i couldn't finish|i stopped at|is unknown|i cannot help|i can't help|i'm "
     "not able to|i am not able to|ran out of time|i cannot say|i can't say|no answer|we can't say|we cannot say|i "
     "stopped|"
     "no clue|not a clue|is insufficient|are insufficient|isn't enough|is not enough information|has no solution|have "
     "no solution|there is no answer|there is no solution"},
    {ignorance, "de",
     "nicht bestimmen|nicht bestimmbar|nicht bestimmt werden|weiß nicht|weiß es nicht|keine ahnung|nicht lösen|"
     "nicht lösbar|nicht genug informationen|nicht genügend informationen|nicht beantworten|lässt sich nicht"},
    {ignorance, "fr",
     "ne peut pas déterminer|ne peut pas être déterminée|ne peut pas être déterminé|impossible de déterminer|"
     "ne sais pas|aucune idée|pas assez d'informations|peux pas résoudre|impossible de répondre|ne peut être "
     "déterminé"},
    {ignorance, "es",
     "no se puede determinar|no puede determinarse|imposible determinar|no lo sé|no sé|ni idea|no hay suficiente|"
     "no puedo resolver|no puedo determinar|información insuficiente|es imposible saber|"
     "no tengo suficiente|datos insuficientes"},
    {ignorance, "it",
     "non si può determinare|non può essere determinata|impossibile determinare|non lo so|non so|nessuna idea|"
     "informazioni insufficienti|non ci sono abbastanza|non posso risolvere|non riesco a"},
    {ignorance, "pt",
     "não é possível determinar|não pode ser determinada|não pode ser determinado|impossível determinar|não sei|"
     "não faço ideia|informação insuficiente|informações insuficientes|não há informação|não consigo|não se pode "
     "determinar"},
    {ignorance, "nl",
     "niet worden bepaald|niet te bepalen|weet het niet|weet ik niet|geen idee|onvoldoende informatie|"
     "niet genoeg informatie|niet oplossen|niet bepalen"},
    {ignorance, "pl",
     "nie można określić|nie można tego określić|nie da się określić|nie da się ustalić|nie wiem|nie mam pojęcia|"
     "za mało informacji|zbyt mało informacji|nie potrafię|nie można wyznaczyć|nie można ustalić"},
    {ignorance, "ru",
     "определить невозможно|невозможно определить|не знаю|понятия не имею|недостаточно информации|"
     "недостаточно данных|не могу решить|нельзя определить|не могу определить|не удалось"},
    {ignorance, "zh",
     "无法确定|不能确定|不知道|不清楚|信息不足|条件不足|无法求出|无法计算|无法解答|无法回答|不会做|没法确定|不会解"},
    {ignorance, "ja",
     "わかりません|分かりません|わからない|分からない|求められません|求められない|決定できない|決められません|"
     "解けません|不明"},
    {ignorance, "ko", "알 수 없|모르겠|결정할 수 없|구할 수 없|풀 수 없|정보가 부족|모릅니다|확정할 수 없"},

    {contrast, "en",
     "but|however|so|therefore|thus|hence|yet|nevertheless|still|anyway|then|finally|in the end|but computing|which "
     "gives|"
     "giving|we get|we obtain|it follows|consequently|eventually|after all"},
    {contrast, "de", "aber|jedoch|also|daher|somit|folglich|sondern|deshalb|schließlich|dennoch"},
    {contrast, "fr", "mais|donc|cependant|ainsi|alors|finalement|par conséquent|pourtant"},
    {contrast, "es", "pero|sino|por lo tanto|entonces|así que|luego|sin embargo|finalmente"},
    {contrast, "it", "però|quindi|dunque|perciò|tuttavia|allora|infine|bensì"},
    {contrast, "pt", "mas|porém|portanto|então|logo|assim|contudo|finalmente"},
    {contrast, "nl", "maar|dus|daarom|echter|toch|uiteindelijk"},
    {contrast, "pl", "ale|lecz|więc|zatem|jednak|dlatego|ostatecznie"},
    {contrast, "ru", "но|а|однако|значит|следовательно|поэтому|итак|в итоге"},
    {contrast, "zh", "但|但是|而是|所以|因此|然而|于是|故"},
    {contrast, "ja", "しかし|だから|よって|したがって|ゆえに"},
    {contrast, "ko", "하지만|그러나|따라서|그러므로|그래서"},

    {others, "en",
     "other|others|any|every|all|rest|if|unless|not only|book's|because|since|anything|everything|answers|"
     "choices|options|don't|doesn't|did not|as|whereas|while"},
    {others, "de", "andere|anderen|alles|wenn|weil|da"},
    {others, "fr", "autre|autres|tout|si|car|puisque"},
    {others, "es", "otro|otros|otra|otras|todo|si|porque|ya que"},
    {others, "it", "altro|altri|altra|altre|tutto|se|perché|poiché"},
    {others, "pt", "outro|outros|outra|outras|se|porque|pois"},
    {others, "nl", "andere|anders|alles|als|omdat|want"},
    {others, "pl", "inne|inny|inna|jeśli|bo|ponieważ|gdyż"},
    {others, "ru", "другие|другой|другое|если|потому|так как|остальные"},
    {others, "zh", "其他|其它|如果|因为"},

    {place, "en",
     "chapter|section|table|tables|figure|fig.|figs.|equation|equations|eq.|eqs.|lemma|theorem|corollary|proposition|"
     "exercise|appendix|footnote|solution|note|paragraph|citation|reference|slide|definition|axiom|remark|"
     "algorithm|listing|diagram|formula|case|"
     "from page|see page|from line|example|clause|"
     "this is problem|this is question"},
    {place, "de",
     "kapitel|abschnitt|tabelle|abbildung|abb.|gleichung|satz|aufgabe|übung|schritt|fußnote|anhang|"
     "beispiel"},
    {place, "fr", "chapitre|tableau|figure|équation|théorème|exercice|étape|lemme|annexe"},
    {place, "es", "capítulo|sección|tabla|figura|ecuación|teorema|ejercicio|paso|lema|apéndice"},
    {place, "it", "capitolo|sezione|tabella|figura|equazione|teorema|esercizio|passo|passaggio|lemma|appendice"},
    {place, "pt", "capítulo|seção|secção|tabela|figura|equação|teorema|exercício|passo|lema|apêndice"},
    {place, "nl", "hoofdstuk|paragraaf|tabel|figuur|vergelijking|stelling|oefening|stap|bijlage"},
    {place, "pl", "rozdział|rozdziale|tabela|tabeli|rysunek|rysunku|równanie|twierdzenie|ćwiczenie|krok|kroku|lemat"},
    {place, "ru",
     "глава|главе|главу|таблица|таблице|таблицу|рисунок|рисунке|рис.|уравнение|уравнении|теорема|теореме|шаг|шаге|"
     "лемма|"
     "раздел|разделе"},
    {place, "zh", "表|图|式|公式|定理|引理|步骤|例|图表"},
    {page, "en",
     "step|steps|page|pages|p.|pp.|line|lines|row|column|part|problem|question|item|entry|volume|no.|paragraph"},
    {page, "de", "seite|zeile|teil|frage|s."},
    {page, "fr", "page|pages|ligne|partie|question"},
    {page, "es", "página|páginas|línea|parte|pregunta"},
    {page, "it", "pagina|pagine|riga|parte|domanda"},
    {page, "pt", "página|páginas|linha|parte|questão"},
    {page, "nl", "pagina|bladzijde|regel|deel|vraag"},
    {page, "pl", "strona|stronie|stronę|wiersz|część|pytanie"},
    {page, "ru", "страница|странице|страницу|стр.|строка|строке|строку|вопрос"},
    {page, "zh", "第"},
    {look, "en",
     "see|see also|cf.|refer|refer to|look|look at|given|found|shown|stated|described|explained|derived|listed|printed|"
     "appears|turn to|check|follows from|according to|help with|up on|solution is in|"
     "solution is on|on|"
     "same as in|compare with|in the appendix|in the index"},
    {look, "de", "siehe|steht|vgl.|findet|laut|nach|antwort ist auf"},
    {look, "fr", "voir|voyez|trouve|selon|cf.|réponse est à la|réponse se trouve"},
    {look, "es", "véase|ver|vea|está|encuentra|según"},
    {look, "it", "vedi|si trova|secondo|risposta è a"},
    {look, "pt", "veja|ver|está|encontra|segundo"},
    {look, "nl", "zie|staat|volgens"},
    {look, "pl", "zobacz|patrz|znajduje|jest na|według"},
    {look, "ru", "см.|смотри|смотрите|находится|согласно|ответ на"},
    {look, "zh", "见|参见|参考|答案在|请看|根据"},
    {look, "ja", "参照|見て|あります|ご覧"},
    {look, "ko", "보세요|참조|참고|있습니다"},
    {page_behind, "zh", "页|章|节|题|行|步"},
    {page_behind, "ja", "ページ|頁|章"},
    {rival, "en",
     "is also possible|is possible too|is possible as well|would also make sense|also works|also make sense|makes "
     "sense too|are both|both plausible|both possible|are possible|are plausible|could be right|is just as likely|is "
     "equally likely|also possible|equally plausible"},
    {rival, "de", "ist auch möglich|wäre auch möglich|sind möglich"},
    {rival, "fr", "est aussi possible|sont possibles"},
    {rival, "es", "también es posible|son posibles"},
    {rival, "zh", "也有可能|也可以|都有可能"},
    {denial, "en",
     "doesn't satisfy|does not satisfy|can be excluded|must be excluded|must be rejected|is rejected|be rejected|be "
     "excluded|be discarded|be ruled out|is not a valid|is not valid|isn't valid|is not what|is not possible|isn't "
     "possible|is not a solution|isn't a solution"},
    {place, "ko", "표|그림|식|단계"},
    {affirmation, "en",
     "that is right|that is correct|that's right|that's correct|is correct|is right|i'm sure|for sure|i am sure|is my "
     "answer|"
     "no doubt|without doubt|without a doubt|no doubt about it"},
    {page_behind, "ko", "쪽|페이지|장"},
};

}  // namespace

std::span<const ClaimWords> claim_words() { return table; }

}  // namespace cohort::rewards::math
