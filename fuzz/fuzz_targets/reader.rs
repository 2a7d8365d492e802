//! The shell reader: any text is read without a panic, and every place it names lies inside the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|script: &str| {
    let bump = bumpalo::Bump::new();
    let read = gate::facts::shell::read(&bump, script, 0, 0);
    for item in read.list {
        let (start, end) = (item.span.start as usize, item.span.end as usize);
        assert!(start <= end && end <= script.len());
        assert!(script.is_char_boundary(start) && script.is_char_boundary(end));
    }
});
