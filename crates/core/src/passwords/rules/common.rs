//! Passwords that are tried first: known words with the usual decoration, runs of the keyboard, repetitions.
//!
//! A list of ten thousand passwords knows `Admin@123456` and misses `Admin@20241`. So a password is first stripped of what people put around a word
//! (digits, signs, years) and of the usual stand-ins (`@` for a, `0` for o), and what is left is looked up: each word below stands for thousands.

/// Words that passwords are made of, here above all; the product's own and its field's among them.
const WORDS: &[&str] = &[
    "aa",
    "aaa",
    "abc",
    "abcd",
    "abcde",
    "abcdef",
    "access",
    "account",
    "admin",
    "administrator",
    "aini",
    "aksu",
    "akesu",
    "alpha",
    "anquan",
    "apple",
    "asd",
    "asdf",
    "asdfg",
    "asdfgh",
    "asdfghjkl",
    "asdfghjk",
    "asus",
    "audit",
    "auditor",
    "auth",
    "baby",
    "baidu",
    "bailian",
    "banana",
    "bangong",
    "baobao",
    "baobei",
    "baseball",
    "batman",
    "beijing",
    "bonjour",
    "bridge",
    "bujidao",
    "buzhidao",
    "caonima",
    "caiwu",
    "cehui",
    "changeme",
    "charlie",
    "china",
    "chinese",
    "chongqing",
    "computer",
    "cisco",
    "data",
    "database",
    "default",
    "demo",
    "denglu",
    "dragon",
    "ehr",
    "expert",
    "family",
    "finance",
    "flower",
    "football",
    "freedom",
    "fuck",
    "gongsi",
    "google",
    "gov",
    "guanli",
    "guanliyuan",
    "guest",
    "hahaha",
    "happy",
    "hello",
    "helloworld",
    "hr",
    "huawei",
    "iloveu",
    "iloveyou",
    "internet",
    "jesus",
    "jiangsu",
    "jiayou",
    "jordan",
    "killer",
    "kitty",
    "kuaile",
    "lenovo",
    "letmein",
    "liang",
    "linux",
    "login",
    "love",
    "lover",
    "loveyou",
    "manager",
    "master",
    "michael",
    "microsoft",
    "mima",
    "mimamima",
    "monkey",
    "mother",
    "mypassword",
    "mysql",
    "nihao",
    "nishi",
    "ningbo",
    "nimda",
    "office",
    "oracle",
    "pass",
    "passwd",
    "password",
    "passwort",
    "pingan",
    "pingshen",
    "princess",
    "private",
    "pwd",
    "qaz",
    "qazwsx",
    "qazwsxedc",
    "qq",
    "qwe",
    "qweasd",
    "qweasdzxc",
    "qwer",
    "qwert",
    "qwerty",
    "qwertyu",
    "qwertyuiop",
    "renshi",
    "renshiju",
    "root",
    "sa",
    "sanxing",
    "secret",
    "security",
    "server",
    "service",
    "shadow",
    "shanghai",
    "shenbao",
    "shenhe",
    "shenzhen",
    "shengri",
    "soccer",
    "starwars",
    "sunshine",
    "super",
    "superman",
    "superuser",
    "support",
    "sys",
    "system",
    "sysadmin",
    "taobao",
    "temp",
    "tencent",
    "test",
    "tester",
    "testing",
    "tian",
    "tianshi",
    "tiantian",
    "title",
    "titlereview",
    "review",
    "trust",
    "trustno",
    "user",
    "username",
    "wang",
    "wangyi",
    "weixin",
    "welcome",
    "windows",
    "wo",
    "woaini",
    "woaiwo",
    "woaiwojia",
    "wode",
    "wodemima",
    "wojia",
    "wulumuqi",
    "windowsxp",
    "xinjiang",
    "xinkai",
    "xitong",
    "xx",
    "xxx",
    "yonghu",
    "zaq",
    "zhang",
    "zhanghao",
    "zhicheng",
    "zhichengpingshen",
    "zhongguo",
    "zhuanjia",
    "ziyuan",
    "ziranziyuan",
    "zxc",
    "zxcv",
    "zxcvb",
    "zxcvbn",
    "zxcvbnm",
    "aaaa",
    "asdasd",
    "abcabc",
    "qweqwe",
];

/// Runs that fingers make.
const RUNS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789012345678901234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
    "147258369",
];

/// Fewest characters of a run.
const RUN: usize = 6;

pub fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let plain: Vec<char> = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    if plain.len() < 2 || is_repeated(&plain) || is_run(&plain) {
        return true;
    }
    // A sign between two words is a stand-in for nothing.
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let as_words = |word: &str| !word.is_empty() && is_made_of_words(word);
    is_run(&letters.chars().collect::<Vec<_>>()) || as_words(&letters) || as_words(&word_in(&lower))
}

/// Three times the same or more, such as `abcabcabc`.
fn is_repeated(text: &[char]) -> bool {
    (1..=text.len() / 3).any(|unit| text.len().is_multiple_of(unit) && text.chunks(unit).all(|part| part == &text[..unit]))
}

fn is_run(text: &[char]) -> bool {
    let (forth, back) = (text.iter().collect::<String>(), text.iter().rev().collect::<String>());
    text.len() >= RUN && RUNS.iter().any(|run| run.contains(&forth) || run.contains(&back))
}

/// The letters between what stands around them, stand-ins undone.
fn word_in(lower: &str) -> String {
    lower
        .trim_matches(|c: char| !c.is_alphabetic())
        .chars()
        .filter_map(|c| match c {
            '@' | '4' => Some('a'),
            '0' => Some('o'),
            '1' | '!' => Some('i'),
            '3' => Some('e'),
            '$' | '5' => Some('s'),
            '7' => Some('t'),
            other => other.is_alphabetic().then_some(other),
        })
        .collect()
}

fn is_made_of_words(word: &str) -> bool {
    // From which places on the rest is words: from the end backwards, each place once.
    let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    let mut splits = vec![false; word.len() + 1];
    splits[word.len()] = true;
    for &from in ends.iter().rev().skip(1) {
        splits[from] = WORDS.iter().any(|known| word[from..].starts_with(known) && splits[from + known.len()]);
    }
    splits[0]
}
