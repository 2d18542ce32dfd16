//! Figures of one measurement, and the median of several.

use serde::Serialize;

/// What requests cost.
#[derive(Clone, Copy, Serialize)]
pub struct Figure {
    /// User and system time of the process, microseconds per request.
    pub cpu_us: f64,
    pub per_second: f64,
    /// Half of the answers came within so many microseconds.
    pub p50_us: f64,
    pub p99_us: f64,
}

impl Figure {
    /// Each figure's own median.
    pub fn median(all: &[Figure]) -> Figure {
        let of = |figure: fn(&Figure) -> f64| median(all.iter().map(figure).collect());
        Figure {
            cpu_us: of(|figure| figure.cpu_us),
            per_second: of(|figure| figure.per_second),
            p50_us: of(|figure| figure.p50_us),
            p99_us: of(|figure| figure.p99_us),
        }
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
