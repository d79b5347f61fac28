//! What a characteristic has told by itself, each value in its order.
//!
//! A notification is a change of the property `Value`, also where the value is the same as before. The tree has only
//! the last one, so those of a characteristic that somebody listens to are kept here until they are taken.

use std::collections::VecDeque;

use serde_json::Value;
use tokio::time::Instant;

/// How many values are kept that nobody has taken; of more, the oldest are lost.
const MOST: usize = 4096;

/// Values that were told, the oldest first.
#[derive(Debug, Default)]
pub struct Heard {
    values: VecDeque<Told>,
    lost: u64,
}

/// A value, and when bttest read it off the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub at: Instant,
    pub value: Vec<u8>,
}

impl Heard {
    /// The values that nobody has taken yet.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Told> {
        self.values.iter()
    }

    /// How many were lost because nobody took them.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// As the mirror has a value: bytes in hexadecimal, or an empty list.
    pub(super) fn tells(&mut self, value: &Value) {
        if self.values.len() >= MOST {
            self.values.pop_front();
            self.lost += 1;
        }
        self.values.push_back(Told { at: Instant::now(), value: bytes(value) });
    }

    /// Takes the oldest values.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Told> {
        self.values.drain(..count.min(self.values.len())).collect()
    }

    /// The last of these values was none: bluetoothd tells also what was read.
    pub(crate) fn was_read(&mut self, value: &[u8]) {
        if let Some(at) = self.values.iter().rposition(|told| told.value == value) {
            self.values.remove(at);
        }
    }
}

/// Bytes that the mirror has in hexadecimal. Whatever is none is nothing.
pub(super) fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap_or_default().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map_while(byte).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_value_is_kept_until_it_is_taken() {
        let mut heard = Heard::default();
        for value in [json!("0048"), json!("0048"), json!([]), json!("01")] {
            heard.tells(&value);
        }
        heard.was_read(&[1]);
        let values: Vec<_> = heard.take(9).into_iter().map(|told| told.value).collect();
        assert_eq!(values, [vec![0, 0x48], vec![0, 0x48], vec![]]);
        assert_eq!(heard.values().len(), 0);
    }

    #[test]
    fn what_nobody_takes_does_not_fill_memory() {
        let mut heard = Heard::default();
        (0..MOST + 3).for_each(|_| heard.tells(&json!("00")));
        assert_eq!((heard.values().len(), heard.lost()), (MOST, 3));
    }
}
