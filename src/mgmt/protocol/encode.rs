//! From values to octets.

use std::collections::VecDeque;

use super::argument_error::{ArgumentError, Fault};
use super::expectation::expected;
use super::{Field, Kind, Record, Secret, Value, Width};

/// The octets for a record.
pub(super) fn octets(fields: &'static [Field], record: &Record) -> Result<Vec<u8>, ArgumentError> {
    let mut out = Vec::with_capacity(32);
    write_fields(fields, record, &mut out)?;
    out.extend(record.rest());
    Ok(out)
}

/// A count that is written once what it counts is known.
struct Place {
    at: usize,
    width: Width,
}

fn write_fields(
    fields: &'static [Field],
    record: &Record,
    out: &mut Vec<u8>,
) -> Result<(), ArgumentError> {
    let known = |name: &str| fields.iter().any(|field| field.name == name && field.is_argument());
    if let Some((name, _)) = record.iter().find(|(name, _)| !known(name)) {
        return Err(ArgumentError::unknown(name, fields));
    }
    let mut places = VecDeque::new();
    let mut ended = None;
    for field in fields {
        if let Kind::Count(width) = field.kind {
            places.push_back(Place { at: out.len(), width });
            number(0, width, out);
            continue;
        }
        let given = record.get(field.name);
        match (given, ended) {
            (None, _) if field.optional => {
                ended = ended.or(Some(field));
                continue;
            }
            (Some(_), Some(before)) => return Err(ArgumentError::missing(before)),
            _ => {}
        }
        let default = given.is_none().then(|| default(field)).flatten();
        let value = given.or(default.as_ref()).ok_or_else(|| ArgumentError::missing(field))?;
        let count = write(&field.kind, value, out).map_err(|error| error.within(field.name))?;
        if field.kind.is_counted()
            && let Some(place) = places.pop_front()
        {
            fill(&place, count, out).map_err(|most| {
                ArgumentError::new(field.name, Fault::TooLong { length: count, most })
            })?;
        }
    }
    Ok(())
}

/// What a field says where it is left out.
fn default(field: &Field) -> Option<Value> {
    let default = field.default?;
    Some(match field.kind {
        Kind::Signed => Value::Signed(i8::try_from(default).unwrap_or(i8::MAX)),
        Kind::Key => Value::Secret(Secret::Octets([default; 16].into())),
        Kind::Text(_) => Value::Text("".into()),
        Kind::Values(..) => Value::Values(Vec::new()),
        Kind::Records(..) => Value::Records(Vec::new()),
        Kind::Data(_) | Kind::Eir(_) => Value::Octets([].into()),
        _ => Value::Unsigned(default.into()),
    })
}

/// Writes one value; gives how much of it there is, for the kinds that are counted.
fn write(kind: &'static Kind, value: &Value, out: &mut Vec<u8>) -> Result<usize, ArgumentError> {
    let wrong =
        || ArgumentError::new("", Fault::IllTyped { expected: expected(kind), given: None });
    match (kind, value) {
        (Kind::Signed, Value::Signed(number)) => out.extend(number.to_le_bytes()),
        (Kind::Address, Value::Address(address)) => out.extend(address.to_wire()),
        (Kind::Uuid, Value::Uuid(uuid)) => out.extend(uuid.to_wire()),
        (Kind::Values(_, of), Value::Values(values)) => {
            for (at, value) in values.iter().enumerate() {
                write(of, value, out).map_err(|error| error.at(at))?;
            }
            return Ok(values.len());
        }
        (Kind::Records(_, fields), Value::Records(records)) => {
            for (at, record) in records.iter().enumerate() {
                write_fields(fields, record, out).map_err(|error| error.at(at))?;
            }
            return Ok(records.len());
        }
        _ => {
            if let Some(width) = width(kind) {
                let given = value.number().ok_or_else(wrong)?;
                if given > width.most() {
                    let fault = Fault::TooLarge { given: given.to_string(), most: width.most() };
                    return Err(ArgumentError::new("", fault));
                }
                number(given, width, out);
            } else {
                return block(kind, value.octets().ok_or_else(wrong)?, out);
            }
        }
    }
    Ok(0)
}

/// Writes octets, in a block of fixed length if the kind has one; gives how many there are.
fn block(kind: &Kind, octets: &[u8], out: &mut Vec<u8>) -> Result<usize, ArgumentError> {
    let length = octets.len();
    let start = out.len();
    let (exactly, at_most) = match kind {
        Kind::Octets(size) => (Some(*size), *size),
        Kind::Key => (Some(16), 16),
        Kind::Pin => (None, 16),
        Kind::Padded(size) | Kind::Text(size) => (None, *size),
        _ => (None, usize::MAX),
    };
    if let Some(exactly) = exactly.filter(|exactly| length != *exactly) {
        return Err(ArgumentError::new("", Fault::WrongLength { length, exactly }));
    }
    if length > at_most {
        return Err(ArgumentError::new("", Fault::TooLong { length, most: at_most }));
    }
    out.extend(octets);
    if at_most != usize::MAX {
        out.resize(start + at_most, 0);
    }
    Ok(length)
}

/// The width of the kinds that travel as a number without a sign.
fn width(kind: &Kind) -> Option<Width> {
    match kind {
        Kind::Unsigned(width) | Kind::Choice(width, _) | Kind::Bits(width, _) => Some(*width),
        Kind::Status => Some(Width::One),
        Kind::Passkey => Some(Width::Four),
        _ => None,
    }
}

fn number(number: u64, width: Width, out: &mut Vec<u8>) {
    out.extend(number.to_le_bytes().iter().take(width.octets()));
}

/// Writes a count into its place, or says the most it can be.
fn fill(place: &Place, count: usize, out: &mut [u8]) -> Result<(), usize> {
    let most = usize::try_from(place.width.most()).unwrap_or(usize::MAX);
    if count > most {
        return Err(most);
    }
    for (octet, value) in
        out.iter_mut().skip(place.at).zip(count.to_le_bytes()).take(place.width.octets())
    {
        *octet = value;
    }
    Ok(())
}
