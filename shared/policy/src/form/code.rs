//! The first byte of each expression in a form.

/// A `Bool`.
pub(crate) const FALSE: u8 = 0;
/// A `Bool`.
pub(crate) const TRUE: u8 = 1;
/// A number.
pub(crate) const LONG: u8 = 2;
/// A text.
pub(crate) const STRING: u8 = 3;
/// An entity.
pub(crate) const ENTITY: u8 = 4;
/// Version (4 or 6), the address's bytes, the prefix.
pub(crate) const IP: u8 = 5;
/// Ten-thousandths.
pub(crate) const DECIMAL: u8 = 6;
/// Milliseconds.
pub(crate) const DATETIME: u8 = 7;
/// Milliseconds.
pub(crate) const DURATION: u8 = 8;
/// The number of a variable.
pub(crate) const VARIABLE: u8 = 9;
/// Count and operands.
pub(crate) const AND: u8 = 10;
/// Count and operands.
pub(crate) const OR: u8 = 11;
/// One operand.
pub(crate) const NOT: u8 = 12;
/// One operand.
pub(crate) const NEGATE: u8 = 13;
/// Three operands.
pub(crate) const IF: u8 = 14;
/// One operand.
pub(crate) const IS_EMPTY: u8 = 15;
/// The name, one operand.
pub(crate) const GET: u8 = 16;
/// Count and names, one operand.
pub(crate) const HAS: u8 = 17;
/// The text before the first wildcard, count and texts after wildcards, one operand.
pub(crate) const LIKE: u8 = 18;
/// The type, one operand.
pub(crate) const IS: u8 = 19;
/// The type, two operands.
pub(crate) const IS_IN: u8 = 20;
/// Count and elements.
pub(crate) const SET: u8 = 21;
/// Count, names and values.
pub(crate) const RECORD: u8 = 22;
/// The number of the function, its arguments.
pub(crate) const CALL: u8 = 23;
/// The first of the operators, which have two operands each.
pub(crate) const OPERATOR: u8 = 32;
