//! The shapes that official clients require of items, as tables.
//!
//! They are the intersection of what the SDKs accept: the TypeScript SDK refuses `null` where a member is optional, the
//! Python SDK refuses a number with a fraction as `size`.

use json::decode_string;
use memchr::memmem;

use crate::list::ListKind;

/// The shape of a value.
pub(super) enum Shape {
    /// A string of Unicode characters.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number of at most 15 digits, without an exponent; a zero fraction is none.
    Integer,
    /// A number from 0 to 1.
    Fraction,
    /// An instant with its offset from UTC (RFC 3339, `T` and `Z` in capitals).
    Instant,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// Any object.
    Any,
    /// An object with these members, and any others.
    Object(&'static [Member]),
    /// An array; elements of another shape are removed from it.
    Elements(&'static Shape),
    /// The arguments of a prompt, all of this shape.
    Arguments(&'static Shape),
    /// The schema of a tool's arguments.
    InputSchema,
    /// The schema of a tool's structured results.
    OutputSchema,
    /// `taskSupport` of a tool (MCP 2025-11-25).
    TaskSupport,
}

/// A member of an object.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) need: Need,
}

/// The consequence of a member that is missing.
#[derive(Clone, Copy)]
pub(super) enum Need {
    /// None; one of another shape is removed.
    Optional,
    /// None; the object can't be read if it is of another shape.
    Fitting,
    /// The object can't be read.
    Required,
    /// This JSON text replaces a missing value; the object is invalid if the value is of another shape.
    Default(&'static str),
    /// The item's identity replaces a missing value, or one of another shape.
    Identity,
}

const fn member(name: &'static str, shape: Shape, need: Need) -> Member {
    Member { name, shape, need }
}

const fn optional(name: &'static str, shape: Shape) -> Member {
    member(name, shape, Need::Optional)
}

/// The members of an item of this kind.
pub(super) const fn item(kind: ListKind) -> &'static [Member] {
    match kind {
        ListKind::Tools => TOOL,
        ListKind::Resources => RESOURCE,
        ListKind::ResourceTemplates => TEMPLATE,
        ListKind::Prompts => PROMPT,
    }
}

const TOOL: &[Member] = &[
    member("inputSchema", Shape::InputSchema, Need::Default(r#"{"type":"object"}"#)),
    optional("title", Shape::Text),
    optional("description", Shape::Text),
    optional("outputSchema", Shape::OutputSchema),
    optional("annotations", Shape::Object(HINTS)),
    optional("execution", Shape::Object(EXECUTION)),
    optional("icons", Shape::Elements(&ICON)),
    optional("_meta", Shape::Any),
];

const RESOURCE: &[Member] = &[
    member("name", Shape::Text, Need::Identity),
    optional("title", Shape::Text),
    optional("description", Shape::Text),
    optional("mimeType", Shape::Text),
    optional("size", Shape::Integer),
    optional("annotations", Shape::Object(ANNOTATIONS)),
    optional("icons", Shape::Elements(&ICON)),
    optional("_meta", Shape::Any),
];

const TEMPLATE: &[Member] = &[
    member("name", Shape::Text, Need::Identity),
    optional("title", Shape::Text),
    optional("description", Shape::Text),
    optional("mimeType", Shape::Text),
    optional("annotations", Shape::Object(ANNOTATIONS)),
    optional("icons", Shape::Elements(&ICON)),
    optional("_meta", Shape::Any),
];

const PROMPT: &[Member] = &[
    optional("title", Shape::Text),
    optional("description", Shape::Text),
    member("arguments", Shape::Arguments(&ARGUMENT), Need::Fitting),
    optional("icons", Shape::Elements(&ICON)),
    optional("_meta", Shape::Any),
];

const EXECUTION: &[Member] = &[optional("taskSupport", Shape::TaskSupport)];

const ARGUMENT: Shape = Shape::Object(ARGUMENT_MEMBERS);

const ARGUMENT_MEMBERS: &[Member] = &[
    member("name", Shape::Text, Need::Required),
    optional("title", Shape::Text),
    optional("description", Shape::Text),
    optional("required", Shape::Flag),
];

const HINTS: &[Member] = &[
    optional("title", Shape::Text),
    optional("readOnlyHint", Shape::Flag),
    optional("destructiveHint", Shape::Flag),
    optional("idempotentHint", Shape::Flag),
    optional("openWorldHint", Shape::Flag),
];

const ANNOTATIONS: &[Member] = &[
    optional("audience", Shape::Elements(&Shape::OneOf(&["user", "assistant"]))),
    optional("priority", Shape::Fraction),
    optional("lastModified", Shape::Instant),
];

const ICON: Shape = Shape::Object(ICON_MEMBERS);

const ICON_MEMBERS: &[Member] = &[
    member("src", Shape::Text, Need::Required),
    optional("mimeType", Shape::Text),
    optional("sizes", Shape::Elements(&Shape::Text)),
    optional("theme", Shape::OneOf(&["light", "dark"])),
];

impl Shape {
    /// True if `value`, a JSON text, is of this shape; false for shapes that need a walk.
    pub(super) fn is(&self, value: &str) -> bool {
        match self {
            Self::Text => is_text(value),
            Self::Flag => matches!(value, "true" | "false"),
            Self::Integer => {
                let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
                let digits = whole.strip_prefix('-').unwrap_or(whole);
                (1..=15).contains(&digits.len())
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
                    && fraction.bytes().all(|byte| byte == b'0')
            }
            Self::Fraction => value.parse::<f64>().is_ok_and(|number| (0.0..=1.0).contains(&number)),
            Self::Instant => decode_string(value).is_some_and(|text| is_instant(&text)),
            Self::OneOf(texts) => decode_string(value).is_some_and(|text| texts.contains(&&*text)),
            Self::Any => value.starts_with('{'),
            _ => false,
        }
    }
}

/// True for a JSON string of Unicode characters, without half a surrogate pair.
fn is_text(value: &str) -> bool {
    value.starts_with('"') && (memmem::find(value.as_bytes(), b"\\u").is_none() || decode_string(value).is_some())
}

/// `2025-01-12T15:00:58.5+01:00`: the datetime with offset of the TypeScript SDK.
fn is_instant(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|digits| digits.parse::<u32>().ok())
    };
    let fields = (number(0..4), number(5..7), number(8..10), number(11..13), number(14..16), number(17..19));
    let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) = fields else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let are_separated = separators.iter().all(|(at, byte)| text.as_bytes().get(*at) == Some(byte));
    let is_valid = (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let rest = text.get(19..).unwrap_or_default();
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
    };
    are_separated && is_valid && (offset == "Z" || is_offset(offset.as_bytes()))
}

/// `+01:00`.
fn is_offset(offset: &[u8]) -> bool {
    let [b'+' | b'-', hours @ .., b':', b'0'..=b'5', ones] = offset else { return false };
    matches!(hours, [b'0' | b'1', b'0'..=b'9'] | [b'2', b'0'..=b'3']) && ones.is_ascii_digit()
}
