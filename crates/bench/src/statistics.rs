//! Medians, quartiles, and numbers as one prints them.

/// The middle of some values, and how far they spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    pub lower: f64,
    pub median: f64,
    pub upper: f64,
}

/// The quartiles, by linear interpolation between the values. `None` of nothing.
pub fn quartiles(values: &[f64]) -> Option<Quartiles> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let position = part * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
        below + (above - below) * position.fract()
    };
    (!sorted.is_empty()).then(|| Quartiles { lower: at(0.25), median: at(0.5), upper: at(0.75) })
}

/// A number with four significant digits, and no more decimals than it needs.
pub fn significant(value: f64) -> String {
    digits(value, 4)
}

/// A number with two significant digits, at least down to the units.
pub fn rough(value: f64) -> String {
    digits(value, 2)
}

fn digits(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (digits - 1 - magnitude).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{Quartiles, quartiles, rough, significant};

    #[test]
    fn quartiles_lie_between_the_values() {
        assert_eq!(quartiles(&[]), None);
        assert_eq!(quartiles(&[2.0]), Some(Quartiles { lower: 2.0, median: 2.0, upper: 2.0 }));
        assert_eq!(quartiles(&[4.0, 1.0, 3.0, 2.0, 5.0]), Some(Quartiles { lower: 2.0, median: 3.0, upper: 4.0 }));
        assert_eq!(quartiles(&[1.0, 2.0]).map(|quartiles| quartiles.median), Some(1.5));
    }

    #[test]
    fn digits_that_say_something_are_printed() {
        for (value, long, short) in [
            (0.0, "0", "0"),
            (1.25, "1.25", "1.2"),
            (0.005_123_4, "0.005123", "0.0051"),
            (123_456.7, "123457", "123457"),
            (33.0, "33", "33"),
            (9.96, "9.96", "10"),
        ] {
            assert_eq!((significant(value).as_str(), rough(value).as_str()), (long, short), "{value}");
        }
    }
}
