//! When a device is in range of a monitor and when it is not: thresholds and times, within what BlueZ takes
//! (`parse_rssi_and_timeout` in `src/adv_monitor.c`).

use std::ops::RangeInclusive;

use crate::plan::Span;

/// In dBm.
const STRENGTHS: RangeInclusive<i16> = -127..=20;
/// In seconds.
const TIMES: RangeInclusive<u64> = 1..=300;

/// In dBm and seconds; what is none BlueZ chooses.
#[derive(Debug, Default)]
pub(super) struct Strengths {
    pub(super) high: Option<i16>,
    pub(super) low: Option<i16>,
    pub(super) high_timeout: Option<u16>,
    pub(super) low_timeout: Option<u16>,
}

impl Strengths {
    pub(super) fn read(
        [high, low]: [Option<i16>; 2],
        [high_timeout, low_timeout]: [Option<Span>; 2],
    ) -> Result<Self, String> {
        if [high, low].iter().flatten().any(|strength| !STRENGTHS.contains(strength)) {
            return Err("`rssi-high` and `rssi-low` are from -127 to 20 dBm".to_owned());
        }
        if let [Some(high), Some(low)] = [high, low]
            && high < low
        {
            return Err("`rssi-high` is below `rssi-low`".to_owned());
        }
        Ok(Self {
            high,
            low,
            high_timeout: seconds(high_timeout)?,
            low_timeout: seconds(low_timeout)?,
        })
    }
}

fn seconds(span: Option<Span>) -> Result<Option<u16>, String> {
    let Some(Span(span)) = span else { return Ok(None) };
    let is_whole = span.subsec_nanos() == 0 && TIMES.contains(&span.as_secs());
    let seconds = is_whole.then(|| u16::try_from(span.as_secs()).ok()).flatten();
    seconds.map(Some).ok_or_else(|| {
        "`rssi-high-timeout` and `rssi-low-timeout` are whole seconds, from 1s up to 300s"
            .to_owned()
    })
}
