//! JSON actions: never a panic; what `serde_json` refuses is refused; the canonical form is its own canonical form.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = gate::action::read(text, None);
    let Ok(value) = gate::json::parse(text) else { return };
    assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "stricter than serde_json, never laxer");
    let mut once = String::new();
    value.canonical(&mut once);
    let mut twice = String::new();
    gate::json::parse(&once).expect("a canonical form is JSON").canonical(&mut twice);
    assert_eq!(once, twice);
});
