//! Records that the table allows, made up.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::mgmt::protocol::table::{COMMANDS, EVENTS};
use crate::mgmt::protocol::{
    Address, Bits, Choice, Eir, Extent, Field, Kind, Record, Secret, Status, Text, Uuid, Value,
};

/// The lists of fields of the whole table, each with the name of its line.
pub fn layouts() -> Vec<(&'static str, &'static [Field])> {
    let parameters = COMMANDS.iter().map(|line| (line.name, line.parameters));
    let replies = COMMANDS.iter().map(|line| (line.name, line.reply));
    parameters
        .chain(replies)
        .chain(EVENTS.iter().map(|line| (line.name, line.parameters)))
        .collect()
}

/// Whether every field that has to be there could be read.
pub fn is_whole(fields: &[Field], record: &Record) -> bool {
    fields
        .iter()
        .all(|field| field.optional || field.is_argument() == record.get(field.name).is_some())
}

/// Some list of fields, and a record for it.
pub fn layout_and_record(readable: bool) -> impl Strategy<Value = (&'static [Field], Record)> {
    select(layouts()).prop_flat_map(move |(_, fields)| (Just(fields), record(fields, readable)))
}

/// A record of these fields. A readable one has only what JSON can say: texts that are UTF-8, and data that is not
/// filled up with zeros.
pub fn record(fields: &'static [Field], readable: bool) -> BoxedStrategy<Record> {
    let arguments: Vec<_> = fields.iter().filter(|field| field.is_argument()).collect();
    let needed = arguments.iter().filter(|field| !field.optional).count();
    let values: Vec<_> = arguments.iter().map(|field| value(&field.kind, readable)).collect();
    (values, needed..=arguments.len())
        .prop_map(move |(values, present)| {
            let named = arguments.iter().zip(values).take(present);
            named.fold(Record::new(), |record, (field, value)| record.with(field.name, value))
        })
        .boxed()
}

fn value(kind: &'static Kind, readable: bool) -> BoxedStrategy<Value> {
    let octets = |sizes: std::ops::RangeInclusive<usize>| vec(any::<u8>(), sizes);
    let boxed = |octets: Vec<u8>| octets.into_boxed_slice();
    match *kind {
        Kind::Unsigned(width) => number(width.most()).prop_map(Value::Unsigned).boxed(),
        Kind::Signed => any::<i8>().prop_map(Value::Signed).boxed(),
        Kind::Choice(width, choices) => number(width.most().min(0xFFFF))
            .prop_map(move |n| Value::Choice(Choice { number: u16::try_from(n).unwrap(), choices }))
            .boxed(),
        Kind::Bits(width, names) => number(width.most())
            .prop_map(move |n| Value::Bits(Bits { bits: u32::try_from(n).unwrap(), names }))
            .boxed(),
        Kind::Status => any::<u8>().prop_map(|n| Value::Status(Status(n))).boxed(),
        Kind::Address => any::<[u8; 6]>().prop_map(|a| Value::Address(Address::new(a))).boxed(),
        Kind::Uuid => {
            let assigned = any::<u16>().prop_map(|n| Uuid::assigned(n.into()));
            prop_oneof![assigned, any::<[u8; 16]>().prop_map(Uuid)].prop_map(Value::Uuid).boxed()
        }
        Kind::Octets(n) => octets(n..=n).prop_map(move |o| Value::Octets(boxed(o))).boxed(),
        Kind::Text(size) if readable => {
            text(size - 1).prop_map(|t| Value::Text(Text::from(&*t))).boxed()
        }
        Kind::Text(size) => octets(0..=size).prop_map(|o| Value::Text(Text::new(&o))).boxed(),
        Kind::Key => {
            octets(16..=16).prop_map(move |o| Value::Secret(Secret::Octets(boxed(o)))).boxed()
        }
        Kind::Passkey => any::<u32>().prop_map(|n| Value::Secret(Secret::Number(n))).boxed(),
        Kind::Pin => octets(0..=16).prop_map(move |o| Value::Secret(Secret::Pin(boxed(o)))).boxed(),
        Kind::Padded(n) => octets(0..=n).prop_map(move |o| Value::Octets(boxed(o))).boxed(),
        Kind::Data(_) => octets(0..=40).prop_map(move |o| Value::Octets(boxed(o))).boxed(),
        Kind::Eir(namespace) => {
            eir(readable).prop_map(move |raw| Value::Eir(Eir::within(namespace, &raw))).boxed()
        }
        Kind::Values(_, of) => vec(value(of, readable), 0..5).prop_map(Value::Values).boxed(),
        Kind::Records(extent, fields) => {
            // What ends with the packet would take up what follows it.
            let most = if extent == Extent::ToEnd { 3 } else { 5 };
            vec(record(fields, readable), 0..most).prop_map(Value::Records).boxed()
        }
        Kind::Count(_) => unreachable!("a count is no argument"),
    }
}

/// A number up to the greatest, small ones more often.
fn number(most: u64) -> impl Strategy<Value = u64> {
    prop_oneof![0..=most.min(40), 0..=most, Just(most)]
}

/// A text without NUL, of at most so many octets.
fn text(most: usize) -> impl Strategy<Value = String> {
    vec(any::<char>().prop_filter("NUL ends a text", |c| *c != '\0'), 0..=most / 4)
        .prop_map(|chars| chars.into_iter().collect())
}

/// Extended inquiry response data: mostly structures, also nonsense.
pub fn eir(readable: bool) -> BoxedStrategy<Vec<u8>> {
    let kind = prop_oneof![any::<u8>(), 0x01_u8..=0x12];
    let structure = (kind, vec(any::<u8>(), 0..24)).prop_map(|(kind, octets)| {
        [&[u8::try_from(octets.len() + 1).unwrap(), kind], octets.as_slice()].concat()
    });
    let structures = vec(structure, 0..5).prop_map(|structures| structures.concat());
    let end = if readable { Just(Vec::new()).boxed() } else { vec(any::<u8>(), 0..8).boxed() };
    (structures, end).prop_map(|(structures, end)| [structures, end].concat()).boxed()
}
