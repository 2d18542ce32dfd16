//! What must hold for whatever a fuzzer comes up with.

mod memory;

use waymark_attribution::{Case, Decision, explain, resolve};

/// The longest that one case may take, in milliseconds of processor time: other programs on the
/// machine must not fail a run.
const LONGEST_MS: u64 = 100;
/// The most memory that one case may take, in bytes.
const MOST_BYTES: usize = 16_000_000;

/// Reads, decides, prints, reads back and explains. Returns whether the text was a case.
///
/// # Panics
/// If any of it takes too long or too much memory, or does not agree with itself.
pub fn hold(json: &str) -> bool {
    let started = processor_ms();
    let (was_case, peak) = memory::peak(|| agrees(json));
    let took = processor_ms() - started;
    assert!(took <= LONGEST_MS, "{took} ms for {} bytes", json.len());
    assert!(peak <= MOST_BYTES, "{peak} bytes of memory for {} bytes", json.len());
    was_case
}

fn agrees(json: &str) -> bool {
    let Ok(case) = Case::from_json(json) else {
        return false;
    };
    let decision = resolve(&case);
    let printed = decision.to_json();
    let read = Decision::from_json(&printed).expect("a decision reads back");
    assert_eq!(read.to_json(), printed, "a decision prints as it was read");
    assert_eq!(explain(&read).claims.len(), decision.trace.len());
    assert!(!explain(&read).english().is_empty());
    for conversion in &decision.conversions {
        let lines: i128 = conversion.lines.iter().map(|line| line.commission.minor()).sum();
        let whole = conversion.commission.minor();
        assert!(
            lines == whole || conversion.lines.is_empty() && whole == 0,
            "the lines' commissions sum to the conversion's"
        );
        assert!(whole >= 0, "nobody owes a commission");
    }
    true
}

/// The processor time of this thread, in milliseconds.
fn processor_ms() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local that lives through the call.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "the clock of this thread can be read");
    time.tv_sec as u64 * 1_000 + time.tv_nsec as u64 / 1_000_000
}
