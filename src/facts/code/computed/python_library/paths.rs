//! Paths and the environment.

use super::super::operations::path_of;
use super::super::run::Machine;
use super::super::values::Value;
use super::Asked;

impl<'a> Machine<'a, '_> {
    pub(super) fn paths_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, .. } = *asked;
        let text = asked.text.clone();
        Some(match code {
            "os.path.join" | "posixpath.join" => {
                let Some(out) = path_of("", &given.places) else { return Some(Value::Unknown) };
                self.text_of_any(out, &given.places)
            }
            "os.path.expanduser" => Value::text(self.expanded(&text?)),
            "os.path.abspath" | "os.path.realpath" | "os.path.normpath" | "os.fspath" => Value::Text(text?),
            "os.path.basename" => Value::text(text?.rsplit('/').next().unwrap_or_default()),
            "os.path.dirname" => Value::text(text?.rsplit_once('/').map_or("", |(above, _)| above)),
            "os.getenv" | "os.environ.get" | "os.environ.setdefault" => match (self.given.variable)(&text?) {
                Some(value) => Value::text(value),
                None if given.places.len() > 1 => {
                    self.exact = false;
                    given.at(1)
                }
                None => Value::Unknown,
            },
            "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" => {
                let Some(out) = path_of("", &given.places) else { return Some(Value::Unknown) };
                Value::Path(if out.is_empty() { ".".into() } else { out.into() })
            }
            "site.getsitepackages" => Value::list(vec![Value::text((self.given.packages)()?)]),
            "sysconfig.get_path" if matches!(text.as_deref(), Some("purelib" | "platlib")) => {
                Value::text((self.given.packages)()?)
            }
            "distutils.sysconfig.get_python_lib" => Value::text((self.given.packages)()?),
            "site.getusersitepackages" => {
                Value::text(format!("{}/.local/lib/python3/site-packages", self.given.home).as_str())
            }
            "pathlib.Path.home" => Value::Path(self.given.home.into()),
            _ => return None,
        })
    }
}
