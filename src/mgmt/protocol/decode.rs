//! From octets to values. Nothing here fails: what cannot be read stays octets.

use super::record::Record;
use super::{
    Address, Bits, Choice, Eir, Extent, Field, Kind, Secret, Status, Text, Uuid, Value, Width,
};

/// The record that the octets hold.
pub(super) fn record(fields: &'static [Field], octets: &[u8]) -> Record {
    let mut record = Record::with_room(fields.len());
    let mut reader = Reader(octets);
    let unread = read_fields(fields, &mut reader, &mut record);
    if !reader.0.is_empty() {
        let secret = unread.iter().any(|field| field.kind.may_hold_secrets());
        record.set_rest(reader.0, secret);
    }
    record
}

/// Whether the octets are exactly what the fields say.
pub(super) fn fits(fields: &'static [Field], octets: &[u8]) -> Option<Record> {
    let mut record = Record::with_room(fields.len());
    let mut reader = Reader(octets);
    let unread = read_fields(fields, &mut reader, &mut record);
    (unread.is_empty() && reader.0.is_empty()).then_some(record)
}

/// Reads the fields one after the other; gives those from the first on that could not be read.
fn read_fields(
    fields: &'static [Field],
    reader: &mut Reader<'_>,
    record: &mut Record,
) -> &'static [Field] {
    let mut counts = Counts::default();
    let mut left = fields;
    while let Some((field, later)) = left.split_first() {
        if field.optional && reader.0.is_empty() {
            return &[];
        }
        if !read_field(field, reader, &mut counts, record) {
            counts.keep(record);
            return left;
        }
        left = later;
    }
    &[]
}

fn read_field(
    field: &'static Field,
    reader: &mut Reader<'_>,
    counts: &mut Counts,
    record: &mut Record,
) -> bool {
    if let Kind::Count(width) = field.kind {
        let count = reader.number(width);
        counts.add(field.name, count);
        return count.is_some();
    }
    let before = *reader;
    let Some(value) = value(&field.kind, counts.next(), reader) else {
        *reader = before;
        return false;
    };
    if field.kind.is_counted() {
        counts.used();
    }
    record.push(field.name, value);
    true
}

/// Reads one value. `count` is how much of it there is, for the kinds that are counted.
fn value(kind: &'static Kind, count: Option<usize>, reader: &mut Reader<'_>) -> Option<Value> {
    Some(match *kind {
        Kind::Unsigned(width) => Value::Unsigned(reader.number(width)?),
        Kind::Signed => Value::Signed(i8::from_le_bytes(reader.take()?)),
        Kind::Choice(width, choices) => {
            Value::Choice(Choice { number: u16::try_from(reader.number(width)?).ok()?, choices })
        }
        Kind::Bits(width, names) => {
            Value::Bits(Bits { bits: u32::try_from(reader.number(width)?).ok()?, names })
        }
        Kind::Status => Value::Status(Status(u8::from_le_bytes(reader.take()?))),
        Kind::Address => Value::Address(Address::from_wire(reader.take()?)),
        Kind::Uuid => Value::Uuid(Uuid::from_wire(reader.take()?)),
        Kind::Octets(length) => Value::Octets(reader.octets(length)?.into()),
        Kind::Text(length) => Value::Text(Text::new(reader.octets(length)?)),
        Kind::Key => Value::Secret(Secret::Octets(reader.octets(16)?.into())),
        Kind::Passkey => Value::Secret(Secret::Number(u32::from_le_bytes(reader.take()?))),
        Kind::Pin => Value::Secret(Secret::Pin(reader.padded(16, count?)?.into())),
        Kind::Padded(length) => Value::Octets(reader.padded(length, count?)?.into()),
        // A count is no value; it was read before.
        Kind::Count(_) => return None,
        Kind::Data(Extent::Counted) => Value::Octets(reader.octets(count?)?.into()),
        Kind::Data(Extent::ToEnd) => Value::Octets(reader.octets(reader.0.len())?.into()),
        Kind::Eir(namespace) => Value::Eir(Eir::within(namespace, reader.octets(count?)?)),
        Kind::Values(extent, of) => {
            Value::Values(several(extent, count, reader, |reader| value(of, None, reader))?)
        }
        Kind::Records(extent, fields) => {
            Value::Records(several(extent, count, reader, |reader| whole(fields, reader))?)
        }
    })
}

/// As many items as are counted, or as are whole before the end.
fn several<'o, T>(
    extent: Extent,
    count: Option<usize>,
    reader: &mut Reader<'o>,
    item: impl Fn(&mut Reader<'o>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut items = Vec::new();
    match extent {
        Extent::Counted => {
            for _ in 0..count? {
                items.push(item(reader)?);
            }
        }
        Extent::ToEnd => {
            let mut at = *reader;
            while !at.0.is_empty()
                && let Some(read) = item(&mut at)
            {
                items.push(read);
                *reader = at;
            }
        }
    }
    Some(items)
}

/// A group of fields, if it is whole.
fn whole(fields: &'static [Field], reader: &mut Reader<'_>) -> Option<Record> {
    let mut record = Record::with_room(fields.len());
    read_fields(fields, reader, &mut record).is_empty().then_some(record)
}

/// Octets to come.
#[derive(Clone, Copy)]
struct Reader<'o>(&'o [u8]);

impl<'o> Reader<'o> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, left) = self.0.split_first_chunk()?;
        self.0 = left;
        Some(*taken)
    }

    fn octets(&mut self, length: usize) -> Option<&'o [u8]> {
        let (taken, left) = self.0.split_at_checked(length)?;
        self.0 = left;
        Some(taken)
    }

    /// The first octets of a block.
    fn padded(&mut self, block: usize, count: usize) -> Option<&'o [u8]> {
        self.octets(block)?.get(..count)
    }

    fn number(&mut self, width: Width) -> Option<u64> {
        Some(match width {
            Width::One => u64::from(u8::from_le_bytes(self.take()?)),
            Width::Two => u64::from(u16::from_le_bytes(self.take()?)),
            Width::Three => {
                let [low, middle, high] = self.take()?;
                u64::from(u32::from_le_bytes([low, middle, high, 0]))
            }
            Width::Four => u64::from(u32::from_le_bytes(self.take()?)),
            Width::Eight => u64::from_le_bytes(self.take()?),
        })
    }
}

/// The counts read whose fields are still to come, at most two.
#[derive(Default)]
struct Counts {
    first: Option<(&'static str, u64)>,
    second: Option<(&'static str, u64)>,
}

impl Counts {
    fn add(&mut self, name: &'static str, count: Option<u64>) {
        let place = if self.first.is_none() { &mut self.first } else { &mut self.second };
        *place = count.map(|count| (name, count));
    }

    fn next(&self) -> Option<usize> {
        usize::try_from(self.first?.1).ok()
    }

    fn used(&mut self) {
        self.first = self.second.take();
    }

    /// Puts the counts whose fields could not be read into the record, so that nothing is lost.
    fn keep(self, record: &mut Record) {
        for (name, count) in [self.first, self.second].into_iter().flatten() {
            record.push(name, Value::Unsigned(count));
        }
    }
}
