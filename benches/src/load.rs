//! Requests without a pause, by wrk, and what they cost the process that answers them.

use crate::figure::Figure;
use serde::Deserialize;
use std::cell::Cell;
use std::io::Write;
use std::process::Command;
use std::time::Duration;
use tempfile::NamedTempFile;
use waymark_tests::Workerd;

/// What is asked, again and again.
pub struct Visit<'a> {
    pub workerd: &'a Workerd,
    /// The path, in which `{n}` is a number below `of`, another with each request, in six digits.
    pub path: String,
    pub of: u32,
    /// How many of these numbers were asked for: the next run goes on behind them.
    pub asked: Cell<u64>,
    pub headers: Vec<(&'static str, String)>,
}

/// What wrk says at the end; times in microseconds.
#[derive(Deserialize)]
struct Summary {
    requests: u64,
    duration: f64,
    p50: f64,
    p99: f64,
    errors: u64,
}

/// Work that goes on after the answers, such as a batch of touches, belongs to them.
const AFTERMATH: Duration = Duration::from_millis(150);

impl Visit<'_> {
    /// Asks for so many seconds, on so many connections.
    pub fn repeat(&self, connections: u32, seconds: u32) -> Figure {
        let mut script = NamedTempFile::with_suffix(".lua").expect("a script for wrk");
        script
            .write_all(self.script().as_bytes())
            .expect("a script for wrk");
        let before = cpu_time(self.workerd.process_id());
        let output = Command::new("wrk")
            .args(["--threads", "1"])
            .args(["--duration", &seconds.to_string()])
            .args(["--connections", &connections.to_string()])
            .arg("--script")
            .arg(script.path())
            .arg(self.workerd.url("/"))
            .output()
            .expect("wrk");
        std::thread::sleep(AFTERMATH);
        let cpu = cpu_time(self.workerd.process_id()).saturating_sub(before);
        let text = String::from_utf8_lossy(&output.stdout);
        let summary = text.lines().find_map(|line| line.strip_prefix("SUMMARY "));
        let summary: Summary = summary
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_else(|| panic!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(summary.errors, 0, "{}: {text}", self.path);
        assert_ne!(
            summary.requests, 0,
            "{}: nothing was answered in {seconds} s on {connections} connections",
            self.path
        );
        self.asked.set(self.asked.get() + summary.requests);
        let requests = summary.requests as f64;
        Figure {
            cpu_us: cpu.as_secs_f64() * 1e6 / requests,
            per_second: requests * 1e6 / summary.duration,
            p50_us: summary.p50,
            p99_us: summary.p99,
        }
    }

    /// Asks once.
    pub fn once(&self) {
        let path = self.path.replace("{n}", "000000");
        let request = self.workerd.request("GET", &path);
        let request = self.headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        assert_eq!(self.workerd.send(request, "").status(), 302, "{path}");
    }

    fn script(&self) -> String {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("[{name:?}] = {value:?}, "))
            .collect();
        // A step of 7919, a prime, visits every number before it comes back to one.
        const STEP: u64 = 7919;
        let begin = self.asked.get() * STEP % u64::from(self.of);
        format!(
            r#"
local headers = {{ {headers} }}
local path, of, n = {path:?}, {of}, {begin}
request = function()
  n = (n + {STEP}) % of
  return wrk.format("GET", (path:gsub("{{n}}", string.format("%06d", n))), headers)
end
done = function(summary, latency)
  local e = summary.errors
  print(string.format('SUMMARY {{"requests":%d,"duration":%d,"p50":%f,"p99":%f,"errors":%d}}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"#,
            path = self.path,
            of = self.of,
        )
    }
}

/// User and system time of all threads of a process.
pub fn cpu_time(process: u32) -> Duration {
    // In clock ticks of 10 ms, which is what Linux tells everybody.
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))
        .expect("/proc: this benchmark needs Linux");
    // The second field is a name in brackets, which may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// What all threads of a process have run, to the nanosecond: for what is shorter than a tick.
pub fn running_time(process: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"))
        .expect("/proc: this benchmark needs Linux");
    let nanoseconds = threads.filter_map(|thread| {
        let times = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        times.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
