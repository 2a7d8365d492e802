//! The whole way to a decision: the same input is decided the same, and nothing that follows a plainly dangerous
//! command makes the whole less than dangerous.
#![no_main]

use gate::policy::{Decision, Policy};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static PACKS: gate::rules::Packs = gate::rules::Packs::builtin();
}

fn decide(script: &str) -> Decision {
    let action = gate::action::Action::shell(script, "");
    PACKS.with(|packs| {
        gate::judge(
            &action,
            gate::context::stated(""),
            &gate::context::Nowhere,
            packs,
            &Policy::default(),
            |judged| judged.judgement.decision,
        )
    })
}

fuzz_target!(|script: &str| {
    assert_eq!(decide(script), decide(script));
    assert!(decide(&format!("rm -rf /etc\n{script}")) >= Decision::Escalate);
});
