//! The commands as clap knows them: help, man page, completions and error messages.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use super::{Given, OPTIONS, OptionDef};

/// The same from clap.
#[must_use]
pub fn from_clap(command: &str, matches: &clap::ArgMatches) -> Given {
    let mut given = Given::default();
    for (index, option) in OPTIONS.iter().enumerate() {
        if !option.commands.contains(&command) {
            continue;
        }
        if option.value.is_none() {
            if matches.get_flag(option.long) {
                given.values.push((index, OsString::new()));
            }
        } else if let Ok(Some(value)) = matches.try_get_one::<OsString>(option.long) {
            given.values.push((index, value.clone()));
        } else if let Ok(Some(value)) = matches.try_get_one::<String>(option.long) {
            given.values.push((index, OsString::from(value)));
        }
    }
    if let Ok(Some(operands)) = matches.try_get_many::<OsString>("COMMAND") {
        given.operands = operands.cloned().collect();
    }
    given
}

/// An option of the table as clap's.
fn argument(option: &OptionDef) -> Arg {
    let mut arg = Arg::new(option.long).long(option.long).help(option.help);
    if let Some(short) = option.short {
        arg = arg.short(short);
    }
    arg = match option.value {
        None => arg.action(ArgAction::SetTrue),
        Some(value) if option.choices.is_empty() => arg.value_name(value).value_parser(clap::value_parser!(OsString)),
        Some(value) => arg.value_name(value).value_parser(clap::builder::PossibleValuesParser::new(option.choices)),
    };
    arg
}

fn deciding(name: &'static str, about: &'static str) -> Command {
    let mut command = Command::new(name).about(about);
    for option in OPTIONS.iter().filter(|o| o.commands.contains(&name)) {
        command = command.arg(argument(option));
    }
    command.arg(
        Arg::new("COMMAND")
            .help("The program and its arguments; `-` is a script on standard input")
            .num_args(0..)
            .trailing_var_arg(true)
            .allow_hyphen_values(false)
            .value_parser(clap::value_parser!(OsString)),
    )
}

/// All commands.
#[must_use]
pub fn command() -> Command {
    Command::new("gate")
        .version(env!("CARGO_PKG_VERSION"))
        .about("sudo for agents and pipelines: works out what a command would really do, and decides")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(deciding("check", "Review a command, a script, a tool call or an action in JSON"))
        .subcommand(deciding("run", "Review a command, then execute it on allow and warn"))
        .subcommand(deciding("explain", "Show each step from the words to the decision"))
        .subcommand(Command::new("demo").about("Judge published incidents and harmless look-alikes; executes nothing"))
        .subcommand(hook())
        .subcommand(install())
        .subcommand(hosts("uninstall", "Take gate out of them again; everything else stays"))
        .subcommand(Command::new("doctor").about("Prove that gate works here, and where it is installed"))
        .subcommand(policy())
        .subcommand(replay())
        .subcommand(
            Command::new("rules")
                .about("What gate thinks is risky")
                .subcommand_required(true)
                .subcommand(Command::new("list").about("All rules"))
                .subcommand(
                    Command::new("show")
                        .about("One rule, with what it asks for and its examples")
                        .arg(Arg::new("RULE").required(true)),
                )
                .subcommand(
                    Command::new("new")
                        .about("Print what a new rule begins with, to be appended to a pack")
                        .arg(Arg::new("RULE").required(true)),
                )
                .subcommand(
                    Command::new("test")
                        .about("Run every rule's examples")
                        .arg(
                            Arg::new("thorough")
                                .long("thorough")
                                .action(ArgAction::SetTrue)
                                .help("Remove each line of each rule and expect an example to notice"),
                        )
                        .arg(Arg::new("FILE").num_args(0..).help("Pack files; without any, the built-in packs")),
                )
                .subcommand(
                    Command::new("lint").about("Check pack files").arg(Arg::new("FILE").required(true).num_args(1..)),
                ),
        )
        .subcommand(
            Command::new("catalog")
                .about("What gate knows about programs")
                .subcommand_required(true)
                .subcommand(
                    Command::new("list").about("All programs").arg(
                        Arg::new("tools").long("tools").action(ArgAction::SetTrue).help("All API operations instead"),
                    ),
                )
                .subcommand(
                    Command::new("show")
                        .about("What gate knows about one program, one provider, or one API operation")
                        .arg(Arg::new("PROGRAM").required(true).num_args(1..)),
                ),
        )
        .subcommand(
            Command::new("bench").about("Measure judgement on labelled commands").subcommand_required(true).subcommand(
                Command::new("corpus")
                    .about("Recall and false alarms over a folder of labelled commands")
                    .arg(Arg::new("FOLDER").required(true).help("A folder of .jsonl files, or one file"))
                    .arg(
                        Arg::new("corrections")
                            .long("corrections")
                            .value_name("FILE")
                            .help("Labels that are argued to be wrong"),
                    )
                    .arg(
                        Arg::new("show")
                            .long("show")
                            .value_name("WHAT")
                            .value_parser(["missed", "alarms", "unread", "all"])
                            .help("Print the cases"),
                    )
                    .arg(
                        Arg::new("profile")
                            .long("profile")
                            .value_name("NAME")
                            .value_parser(crate::policy::Profile::WORDS),
                    ),
            ),
        )
        .subcommand(
            Command::new("schema")
                .about("Print a JSON schema")
                .arg(Arg::new("NAME").required(true).value_parser(["action", "decision", "policy", "record"])),
        )
        .subcommand(
            Command::new("completions")
                .about("Print completions for a shell")
                .arg(Arg::new("SHELL").required(true).value_parser(clap::value_parser!(clap_complete::Shell))),
        )
        .subcommand(Command::new("man").about("Print the manual page"))
}

fn file(required: bool, help: &'static str) -> Arg {
    Arg::new("FILE").required(required).help(help)
}

fn written() -> [Arg; 2] {
    [
        Arg::new("output")
            .short('o')
            .long("output")
            .value_name("FILE")
            .help("Write it there [default: standard output]"),
        Arg::new("force").long("force").action(ArgAction::SetTrue).help("Write over what is there"),
    ]
}

fn policy() -> Command {
    let spelling = || clap::builder::PossibleValuesParser::new(crate::policy::interchange::Spelling::WORDS);
    let name = || Arg::new("NAME").required(true).help("A name: lower case, words joined by `-`");
    Command::new("policy")
        .about("Policy as code: what is allowed here")
        .subcommand_required(true)
        .subcommand(
            Command::new("show")
                .about("The policy in force, each line with the layer that it comes from")
                .arg(file(false, "Just this file"))
                .arg(Arg::new("format").long("format").value_name("FORMAT").value_parser(["text", "json"])),
        )
        .subcommand(
            Command::new("lint")
                .about("Find what is wrong with policies")
                .arg(file(false, "Files; without any, those in force here").num_args(0..)),
        )
        .subcommand(
            Command::new("test")
                .about("Run cases: an action, and what is to be decided")
                .arg(file(true, "Files of cases").num_args(1..))
                .arg(Arg::new("policy").long("policy").value_name("FILE").help("Hold them against this policy")),
        )
        .subcommand(
            Command::new("diff")
                .about("What one policy would decide otherwise than another, on examples and on the recorded history")
                .arg(Arg::new("A").required(true).help("A file, `current` or `builtin`"))
                .arg(Arg::new("B").required(true).help("A file, `current` or `builtin`")),
        )
        .subcommand(
            Command::new("import")
                .about("Read a policy in TOML, JSON or YAML, also in the shapes of Guardrails and TrustLoop")
                .arg(file(true, "The file (`-` is standard input)"))
                .arg(Arg::new("from").long("from").value_name("SPELLING").value_parser(spelling()))
                .arg(Arg::new("draft").long("draft").value_name("NAME").help("Keep it as a draft"))
                .arg(
                    Arg::new("publish")
                        .long("publish")
                        .action(ArgAction::SetTrue)
                        .requires("draft")
                        .help("And publish it"),
                )
                .args(written()),
        )
        .subcommand(
            Command::new("export")
                .about("Write a policy in TOML, JSON or YAML")
                .arg(file(true, "A file, or the name of a published policy (`name@2`)"))
                .arg(Arg::new("to").long("to").value_name("SPELLING").value_parser(spelling()))
                .args(written()),
        )
        .subcommand(
            Command::new("template")
                .about("Policies to start from")
                .subcommand_required(true)
                .subcommand(Command::new("list").about("All templates"))
                .subcommand(Command::new("new").about("Print one").arg(name()).args(written())),
        )
        .subcommand(
            Command::new("draft")
                .about("Propose a rule for a sentence; without one, list the drafts")
                .arg(Arg::new("SENTENCE").help("Such as “Any wire transfer over £1,000 needs approval”"))
                .arg(Arg::new("save").long("save").value_name("NAME").help("Keep it as a draft"))
                .arg(
                    Arg::new("force")
                        .long("force")
                        .action(ArgAction::SetTrue)
                        .requires("save")
                        .help("Even where another draft has that name"),
                ),
        )
        .subcommand(
            Command::new("publish")
                .about("Make a version of a draft or a file")
                .arg(name())
                .arg(file(false, "The file [default: the draft of that name]"))
                .arg(Arg::new("note").long("note").value_name("TEXT").help("What changed")),
        )
        .subcommand(Command::new("history").about("The versions of a policy").arg(name()))
        .subcommand(
            Command::new("use")
                .about("Make a version the user's policy")
                .arg(Arg::new("NAME").required(true).help("`name`, `name@2` or a file"))
                .arg(Arg::new("to").long("to").value_name("FILE").help("Another place, as .gate/policy.toml")),
        )
}

fn replay() -> Command {
    Command::new("replay")
        .about("Judge what was done before: gate's log, actions, an agent's transcripts; nothing is executed")
        .arg(file(false, "Files of JSON lines; without any, the usual places").num_args(0..))
        .arg(
            Arg::new("from")
                .long("from")
                .value_name("WHAT")
                .value_parser(["all", "log", "claude-code", "codex"])
                .help("Which of the usual places [default: all]"),
        )
        .arg(
            Arg::new("days")
                .long("days")
                .value_name("N")
                .value_parser(clap::value_parser!(u64))
                .help("Transcripts of the last days [default: 31]"),
        )
        .arg(Arg::new("policy").long("policy").value_name("FILE").help("Under this policy, or `builtin`"))
        .arg(
            Arg::new("profile")
                .long("profile")
                .value_name("NAME")
                .value_parser(crate::policy::Profile::WORDS)
                .help("In this profile"),
        )
        .arg(
            Arg::new("show")
                .long("show")
                .value_name("WHAT")
                .value_parser(["stopped", "warned", "all"])
                .help("Print them"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["text", "json"])
                .help("How it is printed [default: text]"),
        )
}

/// The hosts whose hooks gate speaks.
pub const HOSTS: [&str; 3] = ["claude-code", "pre-push", "pre-commit-pre-push"];

fn hook() -> Command {
    let mut command = Command::new("hook")
        .about("Speak a host's hook protocol")
        .arg(Arg::new("HOST").required(true).value_parser(clap::builder::PossibleValuesParser::new(HOSTS)));
    for option in OPTIONS.iter().filter(|o| o.commands.contains(&"hook")) {
        command = command.arg(argument(option));
    }
    command.arg(Arg::new("ARGS").num_args(0..).value_parser(clap::value_parser!(OsString)).help("What the host adds"))
}

fn hosts(name: &'static str, about: &'static str) -> Command {
    Command::new(name)
        .about(about)
        .arg(Arg::new("HOST").required(true).num_args(1..).value_parser(["claude-code", "pre-push"]))
        .arg(
            Arg::new("scope")
                .long("scope")
                .value_name("WHERE")
                .value_parser(["user", "project", "managed"])
                .help("Whose settings [default: user]"),
        )
        .arg(Arg::new("print").long("print").action(ArgAction::SetTrue).help("Only show what would be written"))
}

fn install() -> Command {
    hosts("install", "Put gate into agents and git")
        .arg(
            Arg::new("escalate-as")
                .long("escalate-as")
                .value_name("HOW")
                .value_parser(crate::hosts::claude_code::EscalateAs::WORDS)
                .help("What the agent is answered where a person is needed"),
        )
        .arg(
            Arg::new("auto-allow")
                .long("auto-allow")
                .value_name("WHAT")
                .value_parser(["reads", "workspace"])
                .help("What the agent need not ask its user about"),
        )
}
