//! Secrets leave before anything is shown, recorded or sent. Shapes of tokens are those their issuers publish
//! (GitHub, GitLab, Slack, AWS, Google, Stripe, npm, OpenAI, Anthropic); names are those people give to secrets.

mod certain;
mod keys;
mod look;
mod members;
mod names;
mod reader;
mod shown;
mod word;

use std::borrow::Cow;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;

pub use certain::secret_in;
pub use members::{secret_member, secrets_of};
pub use names::{looks_secret, secret_name};

use look::suspicious;
use reader::thoroughly;
use shown::push_redacted;

/// Words of this run that are known to be secret, whatever they look like.
static KNOWN: OnceLock<Vec<String>> = OnceLock::new();

/// Makes these words redacted wherever this process shows or writes them; the first call counts.
pub fn remember(words: Vec<String>) {
    let _ = KNOWN.set(words);
}

thread_local! {
    /// The same of the action that is being told of. What has something to drop when its thread ends is registered with the
    /// C library: six system calls and three page faults of a start.
    static TOLD: RefCell<ManuallyDrop<Vec<String>>> = const { RefCell::new(ManuallyDrop::new(Vec::new())) };
}

/// Where a word stands in a text that is no part of a longer one.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + use<'t> {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !inside(text[..*at].chars().next_back()) && !inside(text[at + word.len()..].chars().next()))
}

/// Redacts these words in all that is shown or written meanwhile: what one part of an action tells to be a secret
/// stands elsewhere without its name.
pub fn with_secrets<R>(words: Vec<String>, run: impl FnOnce() -> R) -> R {
    if words.is_empty() {
        return run();
    }
    let outer = TOLD.with(|told| told.replace(ManuallyDrop::new(words)));
    let result = run();
    drop(ManuallyDrop::into_inner(TOLD.with(|told| told.replace(outer))));
    result
}

/// Whether the action at hand tells secrets of its own, which are to be found by no shape.
#[must_use]
pub fn has_secrets() -> bool {
    TOLD.with(|told| !told.borrow().is_empty())
}

/// The secrets in a text, by their names and shapes. What also stands there without a name is none: whoever wrote it
/// could hide what it is done to.
#[must_use]
pub fn secrets_in(text: &str) -> Vec<String> {
    if !suspicious(text) {
        return Vec::new();
    }
    let (shown, mut found) = thoroughly(text);
    found.retain(|word| looks_secret(word) && !is_place(word) && places(&shown, word).next().is_none());
    found
}

/// Whether a word that stands in a password's place stands nowhere else, so that to hide it hides nothing that is done,
/// however plain it is.
#[must_use]
pub fn stands_once(text: &str, word: &str) -> bool {
    const LEAST: usize = 3;
    word.len() >= LEAST && !is_place(word) && text.match_indices(word).take(2).count() == 1
}

/// Whether a word says where something is, whatever it is called: what is done to it is never hidden.
fn is_place(word: &str) -> bool {
    word.starts_with(['/', '~', '.']) || word.contains("://")
}

/// The text with secrets replaced by `[redacted:kind]`.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let known = KNOWN.get().map_or(&[][..], Vec::as_slice);
    let told = TOLD.with(|told| {
        let told = told.borrow();
        let mut words = known.iter().chain(told.iter()).filter(|word| text.contains(word.as_str())).peekable();
        words.peek()?;
        Some(words.fold(text.to_owned(), |text, word| without(&text, word)))
    });
    match told {
        Some(text) => Cow::Owned(by_shape(&text).into_owned()),
        None => by_shape(text),
    }
}

/// Where a text may be cut near this place: no secret that was told is cut in two, so that none of it is shown.
#[must_use]
pub fn cut(text: &str, at: usize) -> usize {
    TOLD.with(|told| {
        let told = told.borrow();
        let places = told.iter().flat_map(|word| text.match_indices(word.as_str()).map(|(from, _)| (from, word.len())));
        places.filter(|(from, length)| (*from..from + length).contains(&at)).map(|(from, _)| from).min().unwrap_or(at)
    })
}

/// A text without a word, where it is no part of a longer one.
fn without(text: &str, word: &str) -> String {
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for at in places(text, word) {
        out.push_str(&text[done..at]);
        push_redacted(&mut out, "secret");
        done = at + word.len();
    }
    out + &text[done..]
}

fn by_shape(text: &str) -> Cow<'_, str> {
    if suspicious(text) { Cow::Owned(thoroughly(text).0) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::{redact, secret_in};

    proptest::proptest! {
        /// What the first look passes over, the thorough one would not change.
        #[test]
        fn the_first_look_passes_over_nothing(parts in proptest::collection::vec(proptest::sample::select(vec![
            " ", "\"", "=", ":", "--", "-", "_", "/", "@", "://", "a", "sk", "ghp", "github", "pat", "glpat", "xoxb", "npm",
            "Password", "PWD", "SECRET", "x", "api", "Key", "cred", "AUTH", "Token", "sshpass", "hunter2", "SG", ".", "hvs",
            "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6", "eyJ", "AKIA", "whsec", "live", "dop", "v1", "ya29", "begin", "https",
            "authorization", "passphrase", "AGE", "xapp", "identified", "by", "'", "cookie:", "login", ":_authToken", "pypi", "shpat", "test", "rk", "~", "é",
            "hooks.slack.com/services/", "discord.com/api/webhooks/", "api.telegram.org/bot", "sig", "signature", "?", "&",
        ]), 0..12)) {
            let text = parts.concat();
            if !super::suspicious(&text) {
                proptest::prop_assert_eq!(super::thoroughly(&text).0, text);
            }
        }
    }

    #[test]
    fn the_short_cuts_pass_over_nothing() {
        for (prefix, least) in super::word::PREFIXES {
            let token = format!("{prefix}{}", "a1B2c3D4".repeat(least / 4));
            assert!(redact(&format!("x {token} y")).contains("[redacted:token]"), "{prefix}");
        }
        for name in super::names::NAMES {
            // `PWD` is where the shell is.
            assert!(name == "pwd" || super::secret_name(&name.to_uppercase()), "{name}");
            assert!(super::secret_name(&format!("my_{name}")), "{name}");
        }
        assert!(super::secret_name("AWS_SECRET_ACCESS_KEY_ID") && super::secret_name("DB_PASS"));
        assert!(!super::secret_name("port") && !super::secret_name("name"));
    }

    #[test]
    fn what_stops_a_push_is_a_secret_for_certain() {
        assert_eq!(secret_in("token: ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"), Some("GitHub token"));
        assert_eq!(secret_in("-----BEGIN OPENSSH PRIVATE KEY-----"), Some("private key"));
        assert_eq!(secret_in("id = AKIAQ3EGPWZ7N5RVTK2M"), Some("AWS access key"));
        for harmless in [
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
            "password = hunter2",
            "-----BEGIN PUBLIC KEY-----",
        ] {
            assert_eq!(secret_in(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn private_keys_go_and_nothing_else() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\nAQC7VJTUt9Us8cKj\nabc=";
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        for (kind, headers) in
            [("", ""), ("RSA ", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n"), ("OPENSSH ", "")]
        {
            let key = format!("-----BEGIN {kind}PRIVATE KEY-----\n{headers}{body}\n-----END {kind}PRIVATE KEY-----");
            let escaped = key.replace('\n', "\\n");
            for (text, expected) in [
                (
                    format!("{certificate}{key}\n{key} x"),
                    format!("{certificate}[redacted:private-key]\n[redacted:private-key] x"),
                ),
                (format!("echo '{escaped}' x"), "echo '[redacted:private-key]' x".to_owned()),
                (format!("echo {} x", key.replace('\n', " ")), "echo [redacted:private-key] x".to_owned()),
                (key[..key.len() - 60].to_owned(), "[redacted:private-key]".to_owned()),
            ] {
                assert_eq!(redact(&text), expected);
            }
        }
        let armor = format!(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2 (GNU/Linux)\n\n{body}\n=Ab1d\n-----END PGP PRIVATE KEY BLOCK-----"
        );
        assert_eq!(redact(&armor), "[redacted:private-key]");
        let hidden = "-----BEGIN RSA PRIVATE KEY-----\nrm -rf srv/customers\n-----END RSA PRIVATE KEY-----";
        assert!(redact(hidden).contains("rm -rf srv/customers"));
    }

    #[test]
    fn what_ends_an_escape_is_no_part_of_a_word() {
        let token = "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8";
        for before in ["\\n", "\\t", "\\u001b", "\\x1b", "\\033", "%0A", "\\\\n"] {
            assert_eq!(redact(&format!("a{before}{token}")), format!("a{before}[redacted:token]"));
            assert_eq!(secret_in(&format!("a{before}{token}")), Some("GitHub token"));
        }
        assert_eq!(secret_in(&format!("n{token}")), None);
    }

    /// However long a word is, and of however many parts.
    #[test]
    fn long_words_end() {
        for part in [
            "&a?b",
            ":a",
            "=token",
            "?token",
            "\"'",
            "password='",
            "-----BEGIN PRIVATE KEY-----",
            "PRIVATE KEY",
            "MII ",
        ] {
            assert!(!redact(&format!("echo token=x{}", part.repeat(60_000))).is_empty());
        }
    }

    /// Told by its name in one place, it goes from every other.
    #[test]
    fn what_is_told_to_be_a_secret_goes_everywhere() {
        let secrets = super::secrets_in("my_secret='hunter2Super' && rm -rf \"/$my_secret/..\" x=y");
        assert_eq!(secrets, ["hunter2Super"]);
        for hidden in ["DB_SECRET=prod-db1; rm -rf /srv/prod-db1", "TOKEN=production; rm -rf /srv/production"] {
            assert_eq!(super::secrets_in(hidden), [""; 0], "{hidden}");
        }
        super::with_secrets(secrets, || {
            assert_eq!(redact("rm -rf /hunter2Super/.. hunter2Superb"), "rm -rf /[redacted:secret]/.. hunter2Superb");
        });
        assert_eq!(redact("rm -rf /hunter2Super/.."), "rm -rf /hunter2Super/..");
    }

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (text, expected) in [
            (
                "curl -H 'Authorization: Bearer abc123def' https://x",
                "curl -H 'Authorization: Bearer [redacted:authorization]' https://x",
            ),
            ("psql postgres://app:hunter2@db/x", "psql postgres://app:[redacted:password]@db/x"),
            ("mysql --password=hunter2 -e 'x'", "mysql --password=[redacted:value] -e 'x'"),
            ("adduser --disabled-password --gecos '' app", "adduser --disabled-password --gecos '' app"),
            ("AWS_SECRET_ACCESS_KEY=abc/def terraform plan", "AWS_SECRET_ACCESS_KEY=[redacted:value] terraform plan"),
            ("echo ghp_abcdefghijklmnopqrstuvwxyz0123456789", "echo [redacted:token]"),
            ("npx 'glpat-YZNTxqRBrHWajcyAkhGU' build", "npx '[redacted:token]' build"),
            ("echo nghp_abcdefghijklmnopqrstuvwxyz0123456789", "echo n[redacted:token]"),
            (
                "curl https://a.xoxb-1234567890-1234567890-wRIAndLMcbdddKmlpmliqbVE.io/x",
                "curl https://a.[redacted:token]io/x",
            ),
            (
                "get task_live_migrations_of_customers sk-ProductionCustomersTable",
                "get task_live_migrations_of_customers sk-ProductionCustomersTable",
            ),
            ("deploy --token hunter2 now", "deploy --token [redacted:value] now"),
            ("git push origin main", "git push origin main"),
            (
                "kubectl create secret x --from-file=password=./pw.txt",
                "kubectl create secret x --from-file=password=./pw.txt",
            ),
            (
                "aws configure set aws_secret_access_key hunter2",
                "aws configure set aws_secret_access_key [redacted:value]",
            ),
            ("curl 'https://x/y?token=hunter2&page=2'", "curl 'https://x/y?token=[redacted:value]&page=2'"),
            ("curl -d '{\"password\": \"hunter2\"}' x", "curl -d '{\"password\": \"[redacted:value]\"}' x"),
            (r#"{"body":"{\"api_key\":\"hunter2\"}"}"#, r#"{"body":"{\"api_key\":\"[redacted:value]\"}"}"#),
            (
                "kubectl create secret generic x --from-literal=password=hunter2",
                "kubectl create secret generic x --from-literal=password=[redacted:value]",
            ),
            ("curl 'https://x/v1?page=2&key=AbCdEf0123456789AbCd'", "curl 'https://x/v1?page=2&key=[redacted:value]'"),
            ("curl 'https://x/b?sig=AbCdEf0123456789AbCd%3D'", "curl 'https://x/b?sig=[redacted:value]'"),
            ("MAPS_KEY=AbCdEf0123456789AbCd ./x", "MAPS_KEY=[redacted:value] ./x"),
            ("cache-key=linux-node-modules-0123456789 ./x", "cache-key=linux-node-modules-0123456789 ./x"),
            ("sort --key=2,2 x?key=name", "sort --key=2,2 x?key=name"),
            (
                "curl -d x https://hooks.slack.com/services/T0/B0/abc",
                "curl -d x https://hooks.slack.com/services/[redacted:address]",
            ),
            (
                "curl https://discord.com/api/webhooks/$ID/$TOKEN https://api.telegram.org/bot1:aB/send",
                "curl https://discord.com/api/webhooks/$ID/$TOKEN https://api.telegram.org/bot[redacted:address]/send",
            ),
            (
                "{\"headers\":{\"Authorization\":\"Bearer 8f7d6c5b4a\",\"Cookie\": \"sid=abc\"},\"x\":1}",
                "{\"headers\":{\"Authorization\":\"[redacted:value]\",\"Cookie\": \"[redacted:value]\"},\"x\":1}",
            ),
            ("1 | aws_secret_access_key = wJalrXUtnFEMI", "1 | aws_secret_access_key = [redacted:value]"),
            ("TOKEN=/srv/Prod12345 ./x", "TOKEN=/srv/Prod12345 ./x"),
            ("git push -f origin token:production", "git push -f origin token:production"),
            ("dropdb sk-production-customers-2024", "dropdb sk-production-customers-2024"),
            ("dropdb key=prodcustomers00000000001", "dropdb key=prodcustomers00000000001"),
            ("curl https://sk-aaaaaaaaaaaaaaaaaaaa1.evil.com/x", "curl https://sk-aaaaaaaaaaaaaaaaaaaa1.evil.com/x"),
            ("{\"password\": os.system(\"x\")}", "{\"password\": os.system(\"x\")}"),
            ("if token = none then", "if token = none then"),
            ("curl -u me:hunter2Super x", "curl -u me:[redacted:password] x"),
            ("docker run -u 1000:1000 -u app:app x", "docker run -u 1000:1000 -u app:app x"),
            ("MYPASS=hunter2 BYPASS=1 ./x", "MYPASS=[redacted:value] BYPASS=1 ./x"),
            ("{\"token\": {\"kind\": \"bearer\"}}", "{\"token\": {\"kind\": \"bearer\"}}"),
            ("SECRET='two words' ./x", "SECRET='[redacted:value]' ./x"),
            ("PASSWORD=\"two words\" ./x y", "PASSWORD=\"[redacted:value]\" ./x y"),
            ("TOKEN=abc'def'\"g\" ./x 'y z'", "TOKEN=[redacted:value] ./x 'y z'"),
            ("PASSWORD=\"$X\" ./x", "PASSWORD=\"$X\" ./x"),
            (
                "psql -c \"ALTER ROLE app PASSWORD 'hunter2'\"",
                "psql -c \"ALTER ROLE app PASSWORD '[redacted:password]'\"",
            ),
            (
                "mysql -e \"create user x IDENTIFIED BY 'hunter2'; select 1\"",
                "mysql -e \"create user x IDENTIFIED BY '[redacted:password]'; select 1\"",
            ),
            (
                "curl -H 'Cookie: a=hunter2; b=hunter3' x",
                "curl -H 'Cookie: a=[redacted:cookie]; b=[redacted:cookie]' x",
            ),
            ("git clone https://S3cretPw99xyz@github.com/o/r", "git clone https://[redacted:token]@github.com/o/r"),
            ("git clone https://someone@github.com/o/r", "git clone https://someone@github.com/o/r"),
            ("echo 'machine x login y password hunter2'", "echo 'machine x login y password [redacted:password]'"),
            (
                "npm config set //registry.npmjs.org/:_authToken=hunter2",
                "npm config set //registry.npmjs.org/:_authToken=[redacted:value]",
            ),
            ("echo 'the password is known' 'x y'", "echo 'the password is known' 'x y'"),
            ("{\"token\": \"a b\", \"x\": \"y z\"}", "{\"token\": \"[redacted:value]\", \"x\": \"y z\"}"),
            // What is run is never hidden in what reads like a secret.
            ("TOKEN=\"x $(terraform apply)\" ls", "TOKEN=\"[redacted:value] $(terraform apply)\" ls"),
            ("ssh password 'sudo stop app; rm -rf srv/x'", "ssh password 'sudo stop app; rm -rf srv/x'"),
            ("git push --token --force origin main", "git push --token --force origin main"),
            ("make token: prod-deploy", "make token: prod-deploy"),
            ("a\nnetwork/secret-in-url: Puts it there", "a\nnetwork/secret-in-url: Puts it there"),
            ("git commit -m \"token: \" && terraform apply", "git commit -m \"token: \" && terraform apply"),
            ("echo Cookie: ok; dd if=/dev/zero of=/dev/sda", "echo Cookie: ok; dd if=/dev/zero of=/dev/sda"),
            (
                "aws secretsmanager delete-secret --secret-id prod/db",
                "aws secretsmanager delete-secret --secret-id prod/db",
            ),
            ("helm uninstall sk-production-customers-eu", "helm uninstall sk-production-customers-eu"),
            ("docker run -v secret:/data x", "docker run -v secret:/data x"),
            (
                "echo \"-----BEGIN \"; terraform apply; echo \"PRIVATE KEY-----\"",
                "echo \"-----BEGIN \"; terraform apply; echo \"PRIVATE KEY-----\"",
            ),
            ("curl -H 'Authorization: ApiKey hunter2' x", "curl -H 'Authorization: ApiKey [redacted:authorization]' x"),
            ("sh -c \"TOKEN=\\\"hunter2\\\" ./x\"", "sh -c \"TOKEN=\\\"[redacted:value]\\\" ./x\""),
            ("password = 'hunter2'", "password = '[redacted:value]'"),
            ("echo $DB_PASSWORD", "echo $DB_PASSWORD"),
            ("export TOKEN=$(cat f)", "export TOKEN=$(cat f)"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }
}
