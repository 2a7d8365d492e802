//! Times in policies, as numbers; what time it is is told from outside.

use serde::{Deserialize, Serialize};

/// A time window, every week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// mon, tue, wed, thu, fri, sat, sun; none: every day.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "super::words::one_or_many")]
    pub days: Vec<String>,
    /// `09:00` [default: 00:00]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// `17:30` [default: 24:00]; before `from` it is the next day's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// `+02:00` [default: UTC]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub offset: String,
}

/// Seconds since 1970 of a date (its end is not meant, its beginning is) or an RFC 3339 time.
#[must_use]
pub fn moment(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let mut number = |length: usize| -> Option<i64> {
        let part = parts.next()?;
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if !(1..=12).contains(&month) {
        return None;
    }
    let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    if !(1..=next - days(year, month, 1)).contains(&day) {
        return None;
    }
    let days = days(year, month, day);
    if rest.is_empty() {
        return Some(days * 86_400);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zone = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at(zone);
    let clock = clock.split('.').next()?;
    let (hour_minute, second) = clock.rsplit_once(':')?;
    let second: i64 = second.parse().ok().filter(|s| (0..=60).contains(s))?;
    let minutes = minute(hour_minute)?;
    let offset = if zone.eq_ignore_ascii_case("z") { 0 } else { offset(zone)? };
    Some(days * 86_400 + minutes * 60 + second - offset * 60)
}

/// Days since 1970 of a civil date: Howard Hinnant, "chrono-compatible low-level date algorithms".
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// `09:30` as minutes since midnight; `24:00` is the end of the day.
#[must_use]
pub fn minute(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str| -> Option<i64> {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 1440).then_some(all)
}

/// `+02:00` as minutes.
#[must_use]
pub fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        b'Z' | b'z' if text.len() == 1 => return Some(0),
        _ => return None,
    };
    Some(sign * minute(rest)?)
}

/// The days of a week as windows name them.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The day that 1970 began with, a Thursday.
const FIRST_DAY: i64 = 3;

/// Whether a moment lies in a weekly window.
#[must_use]
pub fn within(now: i64, window: &Window) -> bool {
    let local = now + offset(&window.offset).unwrap_or(0) * 60;
    let at = local.rem_euclid(86_400) / 60;
    let from = minute(&window.from).unwrap_or(0);
    let to = minute(&window.to).unwrap_or(1440);
    let today = local.div_euclid(86_400);
    let day = |days: i64| DAYS[(days + FIRST_DAY).rem_euclid(7) as usize];
    let is_day = |days: i64| window.days.is_empty() || window.days.iter().any(|d| d == day(days));
    if from <= to {
        return is_day(today) && from <= at && at < to;
    }
    // Over midnight: the evening of one day and the morning after it.
    is_day(today) && at >= from || is_day(today - 1) && at < to
}

#[cfg(test)]
mod tests {
    use super::{Window, moment, within};

    #[test]
    fn moments() {
        assert_eq!(moment("1970-01-01"), Some(0));
        assert_eq!(moment("2026-11-20T10:00:00Z"), Some(1_795_168_800));
        assert_eq!(moment("2026-11-20T12:00:00.5+02:00"), Some(1_795_168_800));
        assert_eq!(moment("tomorrow"), None);
        assert_eq!(moment("2026-13-01"), None);
    }

    #[test]
    fn windows() {
        let window = |days: &[&str], from: &str, to: &str| Window {
            days: days.iter().map(|d| (*d).to_owned()).collect(),
            from: from.to_owned(),
            to: to.to_owned(),
            offset: String::new(),
        };
        // A Friday, ten o'clock.
        let now = 1_795_168_800;
        assert!(within(now, &window(&["fri"], "09:00", "17:00")));
        assert!(!within(now, &window(&["sat"], "09:00", "17:00")));
        assert!(!within(now, &window(&[], "10:30", "17:00")));
        assert!(within(now, &window(&["thu"], "22:00", "11:00")));
        assert!(!within(now, &window(&["fri"], "22:00", "11:00")));
    }
}
