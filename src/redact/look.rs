//! The first look: whether a text is worth a thorough one.

use super::word::PREFIXES;

/// Two bytes that may be a part of a secret's name or beginning, by their last five bits: a bit of the first one's number
/// for the second. That is seldom true, so the loop over a text is seldom led astray. First what every one of the names
/// that people give to secrets holds (pass, pwd, secret, token, key, cred, auth, sig=, signature), what stands before
/// others (identified by, cookie:, webhook), and what AKIA, AIza, ASIA, eyJ begin with, then what the beginnings of tokens
/// end on.
const TELLING: [u32; 32] = {
    let pairs = [
        *b"pa", *b"pw", *b"se", *b"to", *b"ke", *b"cr", *b"au", *b"ak", *b"ai", *b"as", *b"ey", *b"f_", *b"p_", *b"o_",
        *b"u_", *b"s_", *b"r_", *b"t_", *b"e_", *b"k_", *b"c_", *b"m_", *b"1_", *b"t-", *b"b-", *b"p-", *b"a-", *b"s-",
        *b"k-", *b"i-", *b"s.", *b"G.", *b"9.", *b"id", *b"co", *b"bh", *b"m.", *b"g=", *b"gn", *b"-u",
    ];
    let mut table = [0; 32];
    let mut at = 0;
    while at < pairs.len() {
        let [first, second] = pairs[at];
        table[(first & 31) as usize] |= 1 << (second & 31);
        at += 1;
    }
    table
};

/// One cheap look: most commands hold nothing that could be a secret.
pub(super) fn suspicious(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.contains(&b'@')
        || bytes
            .windows(2)
            .enumerate()
            .any(|(at, pair)| TELLING[usize::from(pair[0] & 31)] >> (pair[1] & 31) & 1 != 0 && begins_secret(bytes, at))
}

/// Whether the name of a secret begins here, or the beginning of a token ends with the next byte.
fn begins_secret(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at..];
    let named = |stem: &[u8]| rest.get(..stem.len()).is_some_and(|start| start.eq_ignore_ascii_case(stem));
    match rest[1] {
        // `curl -u me:x`, `--user me:x`
        b'u' | b'U' if rest[0] == b'-' => {
            let whole = rest.get(2).is_none_or(|byte| !byte.is_ascii_alphanumeric());
            (whole || named(b"-user")) && rest.contains(&b':')
        }
        b'=' => at >= 2 && bytes[at - 2..=at].eq_ignore_ascii_case(b"sig"),
        b'_' | b'-' | b'.' => {
            let before = |start: &str| bytes[..at + 2].ends_with(start.as_bytes());
            PREFIXES.iter().any(|(prefix, _)| before(prefix)) || before("telegram.") || before("hooks.")
        }
        _ => {
            [
                &b"pass"[..],
                b"pwd",
                b"pw ",
                b"pw=",
                b"secret",
                b"token",
                b"key",
                b"cred",
                b"auth",
                b"identified",
                b"cookie:",
                b"bhook",
                b"gnature",
            ]
            .iter()
            .any(|stem| named(stem))
                || [&b"AKIA"[..], b"AIza", b"ASIA", b"eyJ"].iter().any(|start| rest.starts_with(start))
        }
    }
}
