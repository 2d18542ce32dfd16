//! Any bytes: the parser must refuse them in time or make a case of them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(json) = std::str::from_utf8(bytes) {
        promises::hold(json);
    }
});
