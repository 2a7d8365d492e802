//! A Dockerfile that the script itself wrote and builds: what its `RUN` lines do in the container that is built
//! (<https://docs.docker.com/reference/dockerfile/>). One that lies here already was looked at by whoever wrote it.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Where;
use crate::facts::value::{Data, Sink, Val};
use crate::facts::{Call, Place};

impl<'a> Analysis<'a> {
    /// The steps of the image that a call builds.
    pub fn follow_dockerfile(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        let named = |name: &str| call.fields(name).next().and_then(|field| field.val.lit());
        let text = match (named("-f"), named("path")) {
            (Some("-"), _) | (None, Some("-")) => stdin.text,
            (Some(file), _) => self.put_here(file),
            (None, folder) => {
                let folder = folder.unwrap_or(".").trim_end_matches('/');
                self.put_here(self.bump.alloc_str(&format!("{folder}/Dockerfile")))
            }
        };
        let Some(Val::Lit(text)) = text else { return };
        let (before, mark) = (self.place, self.state.mark());
        self.place = self.bump.alloc(Place { kind: Where::Container, name: "the build", ..Place::HERE });
        for step in steps(text) {
            let step = self.bump.alloc_str(&step);
            self.shell_code(Val::Lit(step), call.span, &Data::NOTHING, &mut Sink::new(), index);
        }
        self.leave_subshell(mark);
        self.place = before;
    }

    /// What the script wrote into a file.
    fn put_here(&self, file: &'a str) -> Option<Val<'a>> {
        let path = self.absolute(file)?;
        self.state.file(path).and_then(|file| file.data.text)
    }
}

/// The shell's lines of a Dockerfile, each in one piece and without the flags of `RUN`.
pub(in crate::facts) fn steps(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let of_run = |line: &str| {
        let (instruction, rest) = line.trim().split_once(char::is_whitespace)?;
        let mut rest = rest.trim_start();
        while rest.starts_with("--") {
            rest = rest.split_once(char::is_whitespace)?.1.trim_start();
        }
        (instruction.eq_ignore_ascii_case("run") && !rest.starts_with(['[', '<'])).then(|| rest.to_owned())
    };
    joined.lines().filter_map(of_run).collect()
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn a_step_is_one_line_without_flags() {
        let text = "FROM a\nrun --mount=type=cache,target=/c apt-get \\\n  update\nCOPY . .\nRUN [\"ls\"]\nRUN make\n";
        assert_eq!(steps(text), ["apt-get    update", "make"]);
    }
}
