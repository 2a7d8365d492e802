//! Modules that inline code loads: from elsewhere, from files that the script wrote, and such as stand in addresses.

use rustc_hash::FxHashMap;

use super::syntax::tokens::Token;
use super::whole::snippet::Snippet;
use crate::facts::analysis::Analysis;
use crate::facts::fold::decode;
use crate::facts::shell::ast::Span;
use crate::facts::targets::{globs, paths};
use crate::facts::value::Taint;
use crate::limits;

impl<'a> Analysis<'a> {
    /// Modules by their address (docs.deno.com, "Modules"), beside those of the hosts that are there to give them.
    pub(super) fn modules_from_elsewhere(&mut self, code: &Snippet<'a>, span: Span, call: u32) {
        if !code.says("://") {
            return;
        }
        // The first address that each name is given; read when a name is asked for.
        let addresses = std::cell::OnceCell::new();
        let given = |name: &str| {
            let addresses: &FxHashMap<&str, &str> = addresses.get_or_init(|| {
                let mut addresses = FxHashMap::default();
                for three in code.tokens.windows(3) {
                    if let [Token::Name(name, _), Token::Sign(b'='), Token::Text(address)] = three {
                        addresses.entry(*name).or_insert(*address);
                    }
                }
                addresses
            });
            addresses.get(name).copied()
        };
        for at in 0..code.tokens.len() {
            let address = match code.tokens[at..] {
                [Token::Name("from" | "import", _), Token::Text(address), ..]
                | [Token::Name("import", _), Token::Sign(b'('), Token::Text(address), ..] => address,
                [Token::Name("import", _), Token::Sign(b'('), Token::Name(name, _), Token::Sign(b')'), ..] => {
                    let Some(address) = given(name) else { continue };
                    address
                }
                _ => continue,
            };
            // `` import(`${base}/mod.ts`) ``
            let begun = address.strip_prefix("${").and_then(|rest| rest.split_once('}'));
            let address: &'a str = match begun.and_then(|(name, rest)| Some((given(name)?, rest))) {
                Some((start, rest)) => self.bump.alloc_str(&format!("{start}{rest}")),
                None => address,
            };
            let host = paths::host_of(address);
            let lists = self.know.lists();
            let known = lists.has("module-hosts", host) && !globs::listed(lists, "modules-that-move", address);
            if address.starts_with("http") && address.contains("://") && !known {
                self.opaque_code("javascript", address, Taint::NETWORK, call, span);
            }
        }
    }

    /// Reads the modules that the script itself wrote and that the code loads.
    pub(super) fn modules_loaded(&mut self, code: &Snippet<'a>, call: u32) {
        if !self.state.has_files() {
            return;
        }
        let language = code.language;
        for at in 0..code.tokens.len() {
            let name = match code.tokens[at..] {
                [Token::Name("import" | "from", _), Token::Name(name, _), ..] if language == "python" => name,
                [Token::Name("require" | "import", _), Token::Sign(b'('), Token::Text(name), ..]
                | [Token::Name("from" | "import", _), Token::Text(name), ..]
                    if language == "javascript" =>
                {
                    name
                }
                [Token::Name("require" | "require_relative", _), Token::Sign(b'('), Token::Text(name), ..]
                | [Token::Name("require" | "require_relative", _), Token::Text(name), ..]
                    if matches!(language, "ruby" | "lua") =>
                {
                    name
                }
                [Token::Name("use" | "require", _), Token::Name(name, _) | Token::Text(name), ..]
                    if language == "perl" =>
                {
                    name
                }
                _ => continue,
            };
            self.loaded_module(language, name, call);
        }
    }

    /// Reads the modules that stand in addresses themselves, as code of their own.
    pub(super) fn modules_written_as_addresses(&mut self, text: &'a str, span: Span, call: u32) {
        for code in modules_in_addresses(text) {
            let code: &'a str = self.bump.alloc_str(&code);
            if self.depth < limits::NESTING {
                self.depth += 1;
                let source = self.source(code, "javascript", Some(span));
                self.inline("javascript", code, source, call);
                self.depth -= 1;
            }
        }
    }
}

/// The modules that stand in addresses themselves: `import("data:text/javascript,…")` (RFC 2397).
fn modules_in_addresses(text: &str) -> Vec<String> {
    // What an option names is an address as a whole.
    let whole = text.starts_with("data:text/javascript");
    let ends = |c: char| !whole && matches!(c, '"' | '\'' | '`');
    text.match_indices("data:text/javascript")
        .filter_map(|(at, start)| text[at + start.len()..].split(ends).next()?.split_once(','))
        .filter_map(|(kind, code)| match kind.ends_with("base64") {
            true => decode::base64(code),
            false => decode::escaped(code, '%'),
        })
        .collect()
}
