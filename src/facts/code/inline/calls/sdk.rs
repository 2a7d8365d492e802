//! What a library's client does, as the call of the program for the same service, which is judged as any other: boto3's
//! `rds.delete_db_instance(DBInstanceIdentifier="x")` is `aws rds delete-db-instance --db-instance-identifier x`, and
//! kubernetes' `delete_namespaced_secret("x", "shop")` is `kubectl delete secret x -n shop`. The libraries' methods and the
//! programs' commands are made from one description of the service (boto3 and the AWS CLI from botocore's models, the
//! clients of Kubernetes from its OpenAPI).

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::super::names::Names;
use super::super::syntax::tokens::{LONGEST_LIST, Token, closes_at, opened_at};
use super::super::whole::snippet::Snippet;
use super::arguments::SOMETHING;
use crate::facts::analysis::Analysis;
use crate::facts::{Span, analysis};
use crate::limits;

/// A client of a service, and what it was told for all it asks: where, as whom.
#[derive(Clone, Debug)]
struct Client<'a> {
    service: &'a str,
    options: Vec<&'a str>,
}

/// What a piece of code has to ask services with.
#[derive(Debug, Default)]
pub(in super::super) struct Clients<'a> {
    /// The variables that hold one of AWS, if the code speaks to it.
    aws: Option<FxHashMap<&'a str, Client<'a>>>,
    /// The client that the code imports alone (`@aws-sdk/client-s3`), whose calls are objects of their own.
    imported: Option<Client<'a>>,
    /// Whether it speaks to a cluster.
    kubernetes: bool,
    /// The cluster, where it is named.
    context: Option<&'a str>,
    /// It speaks of the variable that names an endpoint; what it sets it to, if that is all it does.
    otherwise: bool,
    endpoint: Option<&'a str>,
    /// How many calls were made.
    asked: usize,
}

/// So many calls of services are read in one piece of code.
const MOST_ASKED: usize = 256;

/// A parameter of a call, as a program's option: its name, and what it is set to.
type Parameter<'a> = (&'a str, &'a str);

impl<'a> Analysis<'a> {
    /// What the code has to ask services with.
    pub(in super::super) fn clients(&self, code: &Snippet<'a>, names: &Names<'a>) -> Clients<'a> {
        let says = |words: &[&str]| words.iter().any(|word| code.says(word));
        let (aws, kubernetes) =
            (says(&["boto3", "aws-sdk", "Aws::", "AWS."]), says(&["kubernetes", "CoreV1", "AppsV1"]));
        if !(aws || kubernetes) || self.all_stood_in || self.stood_in_for(code) {
            return Clients::default();
        }
        let context = if kubernetes { self.context_chosen(code, names) } else { None };
        // `os.environ["AWS_ENDPOINT_URL"] = "http://localhost:4566"`
        let sets = |five: &[Token<'a>]| match five {
            [
                Token::Sign(b'['),
                Token::Text("AWS_ENDPOINT_URL"),
                Token::Sign(b']'),
                Token::Sign(b'='),
                Token::Text(url),
            ] => Some(*url),
            _ => None,
        };
        let spoken = code
            .tokens
            .iter()
            .filter(|token| token.text().is_some_and(|text| text.contains("AWS_ENDPOINT_URL")))
            .count();
        let endpoint = code.tokens.windows(5).find_map(sets).filter(|_| spoken == 1);
        let otherwise = says(&["ignore_configured", "AWS_ENDPOINT_URL", "environ.clear", "environ.pop"]);
        let (aws, imported) = if aws {
            (Some(self.clients_of_aws(code, names)), self.client_imported(code, names))
        } else {
            (None, None)
        };
        Clients { aws, imported, kubernetes, context, otherwise, endpoint, asked: 0 }
    }

    /// The cluster that the code speaks to, where it chooses one once, and says which.
    fn context_chosen(&self, code: &Snippet<'a>, names: &Names<'a>) -> Option<&'a str> {
        let tokens = &code.tokens[..];
        let chooses = |at: &usize| match tokens[*at..] {
            [Token::Name(name, _), Token::Sign(b'('), ..] => {
                name.ends_with("load_kube_config")
                    || name.ends_with("new_client_from_config")
                    || name.ends_with("setCurrentContext")
            }
            _ => false,
        };
        let mut chosen = (0..tokens.len()).filter(chooses);
        let (at, None) = (chosen.next()?, chosen.next()) else { return None };
        match tokens[at + 2..] {
            [Token::Text(context), Token::Sign(b')'), ..] => Some(context),
            _ => {
                let given = self.parameters(&tokens[at + 1..], names);
                given.iter().find(|(name, _)| *name == "--context").map(|(_, value)| *value)
            }
        }
    }

    /// Whether a call of one of them begins here: then it is judged as the program's.
    pub(in super::super) fn asks_service(
        &mut self,
        clients: &mut Clients<'a>,
        code: &Snippet<'a>,
        at: usize,
        names: &Names<'a>,
        span: Span,
    ) -> bool {
        let tokens = &code.tokens[..];
        let defined = at > 0 && matches!(tokens[at - 1], Token::Name("def" | "function", _));
        if clients.asked > MOST_ASKED || defined || !matches!(tokens.get(at + 1), Some(Token::Sign(b'(' | b'{'))) {
            return false;
        }
        let aws = clients.aws.as_ref().and_then(|of_aws| self.words_for_aws(of_aws, clients, tokens, at, names));
        let words = aws.or_else(|| {
            if clients.kubernetes { self.words_for_kubernetes(clients.context, tokens, at, names) } else { None }
        });
        if let Some(words) = &words {
            clients.asked += 1;
            match clients.asked {
                ..=MOST_ASKED => self.argv_call(words, span),
                _ => self.unread(span, analysis::MORE, false),
            }
        }
        words.is_some()
    }

    /// Whether something of this process answers in the place of the service: it is used, and not only spoken of.
    fn stood_in_for(&self, code: &Snippet<'a>) -> bool {
        self.know.lists().items("sdk-stand-ins").any(|stand_in| {
            let last = |name: &str| name.rsplit('.').next() == Some(stand_in);
            let names = |token: &Token<'_>| matches!(token, Token::Name(name, _) if last(name));
            let uses = |two: &[Token<'_>]| names(&two[0]) && matches!(two[1], Token::Sign(b'(' | b'\n' | b':'));
            let decorates = |two: &[Token<'_>]| two[0] == Token::Sign(b'@') && names(&two[1]);
            // It answers once it is put in force (botocore's reference, "Stubber").
            let in_force = stand_in != "Stubber"
                || self.in_residual
                || [".activate(", "with Stubber("].iter().any(|way| code.text.contains(way));
            in_force
                && code.says(stand_in)
                && code.tokens.windows(2).any(|two| decorates(two) || uses(two) && two[1] == Token::Sign(b'('))
        })
    }

    /// Whether each client of AWS answers by itself, as Ruby's do that are told so: `Aws::S3::Client.new(stub_responses: true)`.
    pub(in super::super) fn are_stubs(code: &Snippet<'a>) -> bool {
        let tokens = &code.tokens[..];
        let made = |at: &usize| matches!(tokens[*at], Token::Name(name, _) if name.starts_with("Aws::") && name.ends_with(".new"));
        let stub = |at: usize| {
            matches!(
                tokens[at + 1..],
                [Token::Sign(b'('), Token::Name("stub_responses", _), Token::Sign(b':'), Token::Name("true", _), ..]
            )
        };
        let mut all = (0..tokens.len()).filter(made).peekable();
        code.language == "ruby" && all.peek().is_some() && all.all(stub)
    }

    /// Whether each client of AWS is made within a function over which a stand-in is put: `@mock_aws`, brought in from moto.
    pub(in super::super) fn answers_itself(&self, code: &Snippet<'a>, names: &Names<'a>) -> bool {
        let stand_in = |name: &str| self.know.lists().has("sdk-stand-ins", name.rsplit('.').next().unwrap_or(name));
        let brought_in = code.says("from moto import") || code.says("import moto");
        let of_its_own =
            |two: &[Token<'_>]| matches!(two, [Token::Name("def", _), Token::Name(name, _)] if stand_in(name));
        if code.language != "python" || !brought_in || code.tokens.windows(2).any(of_its_own) {
            return false;
        }
        // `@mock_aws`, the end of its line, `def` and the name of the function.
        let put_over = |scope: &(usize, usize)| {
            let before = &code.tokens[..scope.0.min(code.tokens.len())];
            let from = before.iter().rposition(|token| *token == Token::Sign(b'@'));
            let next = from.and_then(|from| before.get(from + 1));
            let defined = from
                .map_or(0, |from| before[from..].iter().filter(|token| matches!(token, Token::Name("def", _))).count());
            defined == 1 && matches!(next, Some(Token::Name(name, _)) if stand_in(name))
        };
        let scopes: Vec<(usize, usize)> =
            names.scopes.iter().map(|scope| (scope.start, scope.end)).filter(put_over).collect();
        let makes = |name: &str| name.starts_with("boto3.") || name.ends_with(".client") || name.ends_with(".resource");
        let mut made =
            code.tokens.iter().enumerate().filter(|(_, token)| matches!(token, Token::Name(name, _) if makes(name)));
        !scopes.is_empty() && made.all(|(at, _)| scopes.iter().any(|(start, end)| (*start..*end).contains(&at)))
    }

    /// The call of a client of AWS that begins here, as one of its CLI.
    fn words_for_aws(
        &self,
        clients: &FxHashMap<&'a str, Client<'a>>,
        all: &Clients<'a>,
        tokens: &[Token<'a>],
        at: usize,
        names: &Names<'a>,
    ) -> Option<Vec<&'a str>> {
        let Token::Name(name, _) = tokens[at] else { return None };
        let (imported, says_otherwise) = (all.imported.as_ref(), all.otherwise);
        let (on, last) = name.rsplit_once('.').unwrap_or(("", name));
        let (client, operation) = match (tokens.get(at + 1), last.strip_suffix("Command"), last.strip_suffix("Input")) {
            // `new DeleteBucketCommand({ Bucket: "b" })`
            (Some(Token::Sign(b'(')), Some(operation), _) if imported.is_some() => (imported?.clone(), operation),
            // `svc.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("b")})`
            (Some(Token::Sign(b'{')), _, Some(operation)) if !on.is_empty() => {
                (Client { service: self.service(on), options: Vec::new() }, operation)
            }
            (Some(Token::Sign(b'(')), ..) => {
                // Ruby's `Aws::IAM::Client.new.create_user(…)` is one name.
                let made = || self.client(&[Token::Name(on, 0)], names).filter(|_| on.starts_with("Aws::"));
                let client = clients.get(on).cloned().or_else(|| self.client_before(&tokens[..at], names));
                (client.or_else(made)?, last)
            }
            _ => return None,
        };
        let operation = &*self.bump.alloc_str(&kebab(operation));
        if client.service == "s3api"
            && let Some(words) = self.words_for_copy(operation, &tokens[at + 1..], names)
        {
            return Some(words.into_iter().chain(client.options).collect());
        }
        if operation.is_empty()
            || self
                .know
                .lists()
                .items("sdk-reads")
                .any(|read| operation == read || read.ends_with('-') && operation.starts_with(read))
        {
            return None;
        }
        let mut words = vec!["aws", client.service, operation];
        for (name, value) in self.parameters(&tokens[at + 1..], names) {
            // What a variable says may be no; and what is said to the client is not said here.
            if name == "--dry-run" && !(value.is_empty() && client.service == "ec2")
                || matches!(name, "--endpoint-url" | "--profile")
            {
                continue;
            }
            words.push(name);
            words.extend(Some(value).filter(|value| !value.is_empty()));
        }
        words.extend(client.options);
        // The code has its own say in whether the variable counts.
        if says_otherwise {
            words.extend(["--endpoint-url", all.endpoint.unwrap_or(SOMETHING)]);
        }
        Some(words)
    }

    /// The client of a module of its own, and what all clients of the code are told.
    fn client_imported(&self, code: &Snippet<'a>, names: &Names<'a>) -> Option<Client<'a>> {
        let tokens = &code.tokens[..];
        let module = tokens.iter().filter_map(Token::text).find_map(|text| {
            // Deno's `npm:@aws-sdk/client-s3@3`
            text.strip_prefix("npm:").unwrap_or(text).strip_prefix("@aws-sdk/client-")
        })?;
        let module = module.split('@').next().unwrap_or(module);
        let made = (0..tokens.len()).filter(|at| match tokens[*at..] {
            [Token::Name("new", _), Token::Name(name, _), Token::Sign(b'('), ..] => name.ends_with("Client"),
            _ => false,
        });
        let mut told: Vec<Vec<&'a str>> = made.map(|at| self.told_of_all(&tokens[at + 2..], names)).collect();
        told.dedup();
        // Where one is told otherwise, it is not known which one asks.
        let options = if told.len() == 1 { told.remove(0) } else { Vec::new() };
        Some(Client { service: self.service(&module.replace('-', "")), options })
    }

    /// The variables that hold a client: `s3 = boto3.client("s3")`, `const s3 = new AWS.S3()`, `Aws::S3::Client.new`.
    fn clients_of_aws(&self, code: &Snippet<'a>, names: &Names<'a>) -> FxHashMap<&'a str, Client<'a>> {
        let tokens = &code.tokens[..];
        let mut names = names.clone();
        let mut out: FxHashMap<&'a str, Client<'a>> = FxHashMap::default();
        let mut named: FxHashMap<&'a str, usize> = FxHashMap::default();
        for at in 0..tokens.len() {
            names.learn(self.bump, &tokens[at..], |text| self.is_grave(text));
            let Token::Name(variable, _) = tokens[at] else { continue };
            *named.entry(variable).or_default() += 1;
            let [_, Token::Sign(b'='), made @ ..] = &tokens[at..] else { continue };
            let made = match made {
                [Token::Name("await" | "new", _), made @ ..] => made,
                made => made,
            };
            out.extend(self.client(made, &names).map(|client| (variable, client)));
        }
        // One that stands by itself anywhere else may be another client there, and is told nothing that is known here.
        for (variable, client) in &mut out {
            let changed = tokens.windows(2).any(|two| match two {
                [Token::Name(name, _), Token::Sign(b'=')] => {
                    name.strip_prefix(variable).is_some_and(|member| member.starts_with('.'))
                }
                _ => false,
            });
            if named.get(variable).is_some_and(|count| *count > 1) || changed {
                client.options.clear();
            }
        }
        out
    }

    /// The client that these tokens make.
    fn client(&self, made: &[Token<'a>], names: &Names<'a>) -> Option<Client<'a>> {
        // Ruby's `Aws::IAM::Client.new`
        if let [Token::Name(maker, _), ..] = made
            && made.get(1) != Some(&Token::Sign(b'('))
            && let Some(service) = maker.strip_prefix("Aws::").and_then(|rest| rest.strip_suffix("::Client.new"))
        {
            return Some(Client { service: self.service(&service.to_ascii_lowercase()), options: Vec::new() });
        }
        let [Token::Name(maker, _), Token::Sign(b'('), given @ ..] = made else { return None };
        let service = match given {
            [Token::Text(service), ..] if *maker == "client" || maker.ends_with(".client") => self.service(service),
            _ => {
                let of_ruby = || maker.strip_prefix("Aws::")?.strip_suffix("::Client.new");
                let named = maker.strip_prefix("AWS.").or_else(of_ruby)?;
                self.service(&named.to_ascii_lowercase())
            }
        };
        Some(Client { service, options: self.told_of_all(&made[1..], names) })
    }

    /// What a client is told when it is made, for all it asks.
    fn told_of_all(&self, opened: &[Token<'a>], names: &Names<'a>) -> Vec<&'a str> {
        let given = self.parameters(opened, names).into_iter().filter_map(|(name, value)| {
            let option = match name {
                "--endpoint-url" | "--endpoint" => "--endpoint-url",
                "--profile-name" | "--profile" => "--profile",
                _ => return None,
            };
            Some([option, value])
        });
        given.flatten().collect()
    }

    /// The client that is made right before a method of it: `boto3.client("iam").`.
    fn client_before(&self, before: &[Token<'a>], names: &Names<'a>) -> Option<Client<'a>> {
        let before = before.strip_suffix(&[Token::Sign(b'.')]).unwrap_or(before);
        if before.last() != Some(&Token::Sign(b')')) {
            return None;
        }
        let open = opened_at(before)?;
        self.client(&before[open.checked_sub(1)?..], names)
    }

    /// The AWS CLI's name of a service, by the library's.
    fn service(&self, name: &str) -> &'a str {
        let services = self.know.lists().items("aws-services");
        let known = services.filter_map(|pair| pair.split_once('=')).find(|(library, _)| *library == name);
        match known {
            Some((_, service)) => service,
            None => self.bump.alloc_str(name),
        }
    }

    /// The named parameters of the call or object that opens here, as options.
    fn parameters(&self, opened: &[Token<'a>], names: &Names<'a>) -> Vec<Parameter<'a>> {
        let Some(end) = closes_at(opened.get(1..).unwrap_or_default()) else { return Vec::new() };
        let inside = &opened[1..=end];
        // Those of the outermost level that has any: `({ Bucket: "b" })`, `(ctx, &s3.X{ Bucket: "b" })`.
        let mut level = 0_usize;
        let mut names_at: Option<usize> = None;
        let mut out = Vec::new();
        let mut at = 0;
        while at < inside.len() {
            match &inside[at..] {
                [Token::Name(name, _), Token::Sign(b'=' | b':'), value @ ..]
                    if names_at.is_none_or(|found| found == level) && value.first() != Some(&Token::Sign(b'=')) =>
                {
                    names_at = Some(level);
                    let length = value_length(value);
                    let option = &*self.bump.alloc_str(&format!("--{}", kebab(name)));
                    out.push(match &value[..length] {
                        [Token::Name("True" | "true", _)] => (option, ""),
                        [Token::Name("False" | "false", _)] => {
                            (&*self.bump.alloc_str(&format!("--no-{}", kebab(name))), "")
                        }
                        [Token::Name(made, _), Token::Sign(b'('), Token::Name("true", _), Token::Sign(b')')]
                            if made.ends_with("Bool") =>
                        {
                            (option, "")
                        }
                        // `os.environ.get("E", "http://localhost:4566")`: what it is unless somebody says otherwise.
                        [
                            Token::Name(asks, _),
                            Token::Sign(b'('),
                            Token::Text(_),
                            Token::Sign(b','),
                            Token::Text(else_),
                            Token::Sign(b')'),
                        ] if asks.ends_with("environ.get") || asks.ends_with("getenv") => (option, *else_),
                        // `Body=open("f", "rb")`: the program is given the file.
                        [Token::Name(opens, _), Token::Sign(b'('), Token::Text(file), Token::Sign(b')' | b','), ..]
                            if option == "--body"
                                && self.know.lists().has("reads-files", opens.rsplit('.').next().unwrap_or(opens)) =>
                        {
                            (option, *file)
                        }
                        // Where it asks, and as whom, is one text, or anything.
                        value
                            if value.len() > 1
                                && matches!(
                                    option,
                                    "--endpoint-url" | "--endpoint" | "--profile-name" | "--context"
                                ) =>
                        {
                            (option, SOMETHING)
                        }
                        value => (option, self.shorthand(value, names)),
                    });
                    at += 2 + length;
                }
                [Token::Sign(b'(' | b'[' | b'{'), ..] => {
                    level += 1;
                    at += 1;
                }
                [Token::Sign(b')' | b']' | b'}'), ..] => {
                    level = level.saturating_sub(1);
                    at += 1;
                }
                _ => at += 1,
            }
        }
        out
    }

    /// A value as the AWS CLI's shorthand has it: `[{"CidrIp": "0.0.0.0/0"}]` is `[{CidrIp=0.0.0.0/0}]`.
    fn shorthand(&self, value: &[Token<'a>], names: &Names<'a>) -> &'a str {
        let mut out = String::new();
        for token in value {
            match token {
                Token::Text(text) => out.push_str(text),
                Token::Name(name, _) => match names.text(name) {
                    Some(text) => out.push_str(text),
                    None if matches!(*name, "True" | "true" | "False" | "false") => out.push_str(name),
                    None if name.ends_with(".String") || name.ends_with(".Bool") => {}
                    None => out.push_str(SOMETHING),
                },
                Token::Sign(b':') => out.push('='),
                Token::Sign(b'\n') => {}
                Token::Sign(sign) => out.push(char::from(*sign)),
                Token::Command(..) => {}
            }
            if out.len() > limits::WORD {
                break;
            }
        }
        // A list of one is that one, as is a text in brackets.
        let trimmed = out.trim_matches(['[', ']', '(', ')']);
        self.bump.alloc_str(if trimmed.contains(['[', ']', '{', '(']) { &out } else { trimmed })
    }

    /// The call of a client of a cluster that begins here, as one of `kubectl`.
    fn words_for_kubernetes(
        &self,
        context: Option<&'a str>,
        tokens: &[Token<'a>],
        at: usize,
        names: &Names<'a>,
    ) -> Option<Vec<&'a str>> {
        let [Token::Name(name, _), Token::Sign(b'('), ..] = tokens[at..] else { return None };
        let (on, last) = name.rsplit_once('.').unwrap_or(("", name));
        let last = kebab(last);
        let (verb, rest) = last.split_once('-')?;
        // `api = MagicMock(spec=client.CoreV1Api)`
        let mocked = |three: &[Token<'_>]| match three {
            [Token::Name(variable, _), Token::Sign(b'='), Token::Name(maker, _)] => {
                *variable == on
                    && ["MagicMock", "Mock", "AsyncMock", "create_autospec"].iter().any(|mock| maker.ends_with(mock))
            }
            _ => false,
        };
        if !on.is_empty()
            && matches!(verb, "delete" | "patch" | "replace" | "create")
            && tokens.windows(3).any(mocked)
            && tokens.iter().filter(|token| matches!(token, Token::Name(name, _) if *name == on)).count() == 1
        {
            return None;
        }
        let (all, rest) = rest.strip_prefix("collection-").map_or((false, rest), |rest| (true, rest));
        let namespaced = rest.strip_prefix("namespaced-");
        let kind = namespaced.unwrap_or(rest);
        if namespaced.is_none() && !self.know.lists().has("cluster-kinds", kind) {
            return None;
        }
        let (name, space, said) = self.object_named(&tokens[at + 1..], names, namespaced.is_some());
        let plain = |kind: &str| &*self.bump.alloc_str(&kind.replace('-', ""));
        let mut words = vec!["kubectl"];
        words.extend(context.into_iter().flat_map(|context| ["--context", context]));
        match (verb, kind.strip_suffix("-scale")) {
            ("delete", _) if all => words.extend(["delete", plain(kind), "--all"]),
            ("delete", _) => words.extend(["delete", plain(kind), name]),
            ("patch" | "replace", Some(kind)) => {
                words.extend(["scale", plain(kind), name, self.bump.alloc_str(&format!("--replicas={said}"))]);
            }
            ("create", _) if kind.ends_with("role-binding") && said == "cluster-admin" => {
                let role = self.bump.alloc_str(&format!("--clusterrole={said}"));
                words.extend(["create", plain(kind), name, role, "--user=…"]);
            }
            _ => return None,
        }
        words.extend(namespaced.iter().flat_map(|_| ["-n", space]));
        // The API's own way to rehearse; it knows no other word for it.
        if self.parameters(&tokens[at + 1..], names).contains(&("--dry-run", "All")) {
            words.push("--dry-run=server");
        }
        Some(words)
    }

    /// The parameters of a call that are given without a name, the first three.
    fn in_order(&self, inside: &[Token<'a>], names: &Names<'a>) -> SmallVec<[&'a str; 3]> {
        let mut out = SmallVec::new();
        let mut rest = inside;
        while !rest.is_empty() && out.len() < 3 {
            let length = value_length(rest);
            if !matches!(rest, [Token::Name(..), Token::Sign(b'='), ..]) {
                out.push(self.shorthand(&rest[..length], names));
            }
            rest = rest.get(length + 1..).unwrap_or_default();
        }
        out
    }

    /// A file that a client copies into a bucket, or out of it: `s3.upload_file("f", "bucket", "key")` is `aws s3 cp f
    /// s3://bucket/key` (boto3's guide, "Uploading files", "Downloading files").
    fn words_for_copy(&self, operation: &str, opened: &[Token<'a>], names: &Names<'a>) -> Option<Vec<&'a str>> {
        let order = match operation {
            "upload-file" => ["--filename", "--bucket", "--key"],
            "download-file" => ["--bucket", "--key", "--filename"],
            _ => return None,
        };
        let end = closes_at(opened.get(1..).unwrap_or_default())?;
        let (in_order, given) = (self.in_order(&opened[1..=end], names), self.parameters(opened, names));
        let parameter = |name: &str| {
            let named = given.iter().find(|(option, _)| *option == name).map(|(_, value)| *value);
            let placed = || in_order.get(order.iter().position(|other| *other == name)?).copied();
            named.or_else(placed).unwrap_or(SOMETHING)
        };
        // What is computed is followed as any other argument of a function.
        if parameter("--filename").contains(SOMETHING) {
            return None;
        }
        let there = &*self.bump.alloc_str(&format!("s3://{}/{}", parameter("--bucket"), parameter("--key")));
        let (from, to) = match operation {
            "upload-file" => (parameter("--filename"), there),
            _ => (there, parameter("--filename")),
        };
        Some(vec!["aws", "s3", "cp", from, to])
    }

    /// The name and namespace of the object that a call is given, and of what it says there the role or number.
    fn object_named(&self, opened: &[Token<'a>], names: &Names<'a>, namespaced: bool) -> (&'a str, &'a str, &'a str) {
        let end = closes_at(opened.get(1..).unwrap_or_default()).unwrap_or(0);
        let inside = &opened[1..=end];
        let given = self.parameters(opened, names);
        let option = |name: &str| given.iter().find(|(option, _)| *option == name).map(|(_, value)| *value);
        // In the order of the clients' own parameters: the name, the namespace; of what is made, the namespace alone.
        let in_order = self.in_order(inside, names);
        let name = option("--name")
            .or(in_order.first().copied())
            .filter(|name| !name.contains(['{', '=']))
            .unwrap_or(SOMETHING);
        let space = option("--namespace")
            .or(in_order.get(1).copied())
            .filter(|space| namespaced && !space.contains(['{', '=']))
            .unwrap_or(SOMETHING);
        let texts: Vec<&'a str> = inside.iter().filter_map(Token::text).collect();
        let role = texts.iter().copied().find(|text| *text == "cluster-admin");
        // `{"spec": {"replicas": 0}}`
        let replicas = inside.windows(3).find_map(|three| match three {
            [Token::Text("replicas") | Token::Name("replicas", _), Token::Sign(b':' | b'='), Token::Sign(digit)] => {
                Some(if *digit == b'0' { "0" } else { SOMETHING })
            }
            _ => None,
        });
        (name, space, role.or(replicas).unwrap_or(SOMETHING))
    }
}

/// How many tokens a value takes: up to the comma or bracket that ends it.
fn value_length(value: &[Token<'_>]) -> usize {
    let mut level = 0_usize;
    let end = value.iter().take(LONGEST_LIST).position(|token| {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => level += 1,
            Token::Sign(b')' | b']' | b'}') if level == 0 => return true,
            Token::Sign(b')' | b']' | b'}') => level -= 1,
            Token::Sign(b',') => return level == 0,
            _ => {}
        }
        false
    });
    end.unwrap_or(value.len().min(LONGEST_LIST))
}

/// A name of a library's as the programs have it: `delete_db_instance` and `DeleteDBInstance` are `delete-db-instance`.
pub(in super::super) fn kebab(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let after_small = at > 0 && (letters[at - 1].is_ascii_lowercase() || letters[at - 1].is_ascii_digit());
        let before_small = at > 0
            && letters[at - 1].is_ascii_uppercase()
            && letters.get(at + 1).is_some_and(|next| next.is_ascii_lowercase());
        if letter.is_ascii_uppercase() && (after_small || before_small) {
            out.push('-');
        }
        out.push(if *letter == '_' { '-' } else { letter.to_ascii_lowercase() });
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_the_programs() {
        for (library, program) in [
            ("delete_db_instance", "delete-db-instance"),
            ("DeleteDBInstance", "delete-db-instance"),
            ("deleteNamespacedPersistentVolumeClaim", "delete-namespaced-persistent-volume-claim"),
            ("DBInstanceIdentifier", "db-instance-identifier"),
            ("putBucketACL", "put-bucket-acl"),
        ] {
            assert_eq!(super::kebab(library), program);
        }
    }
}
