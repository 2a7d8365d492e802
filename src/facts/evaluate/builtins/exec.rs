//! `exec`: a program in place of the shell, or the shell's own descriptors (bash(1), "exec").

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::state::Channel;
use crate::facts::knowledge::Kind;
use crate::facts::value::Sink;
use crate::facts::{Effect, Target};

impl<'a> Analysis<'a> {
    pub(super) fn exec(&mut self, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let Invocation { words, settings, stdin, channels } = *command;
        let mut rest = &words[1..];
        let mut called = None;
        while let Some(option) = rest.first().and_then(|f| f.val.lit()).filter(|t| t.starts_with('-') && t.len() > 1) {
            // `exec -la name program`
            let names = option.ends_with('a') && !option.starts_with("--");
            called = called.or_else(|| rest.get(1).filter(|_| names));
            rest = &rest[if names { 2.min(rest.len()) } else { 1 }..];
        }
        if let (Some(called), [program, words @ ..]) = (called, rest)
            && self.is_many(program.val)
        {
            rest = self.bump.alloc_slice_copy(&[&[*program, *called], words].concat());
        }
        // As ps shows the kernel's own threads: `[kworker/0:1]`.
        if let Some(called) =
            called.filter(|name| name.val.lit().is_some_and(|name| name.starts_with('[') && name.ends_with(']')))
            && !rest.is_empty()
        {
            let target = Target { text: called.val.show(self.bump), known: true, ..Target::default() };
            let marks = &["disguised"];
            self.effect(Effect { marks, ..Effect::new(Kind::Execute, target, u32::MAX, called.span) });
        }
        if rest.is_empty() {
            for (fd, channel) in &channels.set {
                // `exec > >(sh)`
                let channel = self.waiting_behind(channel).map_or(*channel, Channel::Process);
                if *fd == 1 {
                    self.lasting_connection(channel, channels.span);
                }
                self.state.set_channel(*fd, Some(channel));
            }
        } else {
            self.external(rest, settings, stdin, out);
        }
    }
}
