//! Random expressions in Cedar's syntax, mostly of the type that their place asks for.

use super::Choices;

/// The types of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Type {
    #[default]
    Bool,
    Long,
    String,
    Entity,
    Set,
    Record,
    Ip,
    Decimal,
    Datetime,
    Duration,
}

impl Type {
    pub const ALL: [Self; 10] = [
        Self::Bool,
        Self::Long,
        Self::String,
        Self::Entity,
        Self::Set,
        Self::Record,
        Self::Ip,
        Self::Decimal,
        Self::Datetime,
        Self::Duration,
    ];

    /// The name of the attributes of this type.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Bool => "b",
            Self::Long => "l",
            Self::String => "s",
            Self::Entity => "e",
            Self::Set => "set",
            Self::Record => "r",
            Self::Ip => "ip",
            Self::Decimal => "dec",
            Self::Datetime => "dt",
            Self::Duration => "dur",
        }
    }
}

/// Entities that exist, that don't, and of a type in a namespace.
pub(super) const ENTITIES: [&str; 9] = [
    r#"User::"alice""#,
    r#"User::"bob""#,
    r#"Group::"a""#,
    r#"Group::"b""#,
    r#"Team::"a""#,
    r#"Tool::"t""#,
    r#"Agent::"x""#,
    r#"Action::"call""#,
    r#"Name::Space::"é\"""#,
];
pub(super) const TYPES: [&str; 5] = ["User", "Group", "Tool", "Action", "Name::Space"];
pub(super) const LONGS: [i64; 10] = [0, 1, -1, 2, 7, -86_400_000, 1_000, i64::MAX, i64::MIN, i64::MAX / 2 + 1];
pub(super) const STRINGS: [&str; 8] = ["", "a", "ab", "a*b", "ba", "é", "alice", "\u{0}*\"\\\n"];
pub(super) const IPS: [&str; 24] = [
    "10.0.0.1",
    "10.0.0.0/8",
    "127.0.0.1",
    "127.0.0.0/7",
    "127.0.0.1/32",
    "224.0.0.1/4",
    "224.0.0.0/3",
    "0.0.0.0/0",
    "255.255.255.255/32",
    "1.2.3.4/33",
    "1.2.3.4/032",
    "1.2.3.4/",
    "01.2.3.4",
    "1.2.3",
    "::1",
    "::1/127",
    "::/0",
    "ff00::/8",
    "ff00::/7",
    "2001:db8::/129",
    "::ffff:1.2.3.4",
    "::ffff:a0a:1",
    "1:2:3:4:5:6:7:8/128",
    "",
];
pub(super) const DECIMALS: [&str; 20] = [
    "0.0",
    "-0.0",
    "1.0",
    "1.00",
    "1.2345",
    "1.23456",
    "-1.5",
    "-0.0001",
    "922337203685477.5807",
    "922337203685477.5808",
    "-922337203685477.5808",
    "-922337203685477.5809",
    "9999999999999999.0",
    "1",
    ".5",
    "1.",
    "+1.0",
    "--1.0",
    "٣.0",
    "00012.3400",
];
pub(super) const DATETIMES: [&str; 26] = [
    "1970-01-01",
    "2024-02-29",
    "2023-02-29",
    "2100-02-29",
    "2000-02-29",
    "0000-01-01",
    "9999-12-31",
    "2024-00-10",
    "2024-13-01",
    "2024-01-32",
    "2024-1-01",
    "2024-01-01T00:00:00Z",
    "2024-01-01T23:59:59.999Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00+2359",
    "2024-01-01T00:00:00-0130",
    "2024-01-01T00:00:00+2400",
    "2024-01-01T00:00:00+0060",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00.1Z",
    "2024-01-01T00:00:00.123+0100",
    "0000-01-01T00:00:00+2359",
    "2024-01-01Z",
    "é24-01-01",
];
pub(super) const DURATIONS: [&str; 22] = [
    "0ms",
    "1ms",
    "1s",
    "1m",
    "1h",
    "1d",
    "1d2h3m4s5ms",
    "-1d2h3m4s5ms",
    "5ms3s",
    "1m5ms",
    "5m",
    "-",
    "",
    "1",
    "d",
    "1d1d",
    "9223372036854775807ms",
    "-9223372036854775808ms",
    "9223372036854775808ms",
    "106751991167d7h12m55s807ms",
    "106751991167d7h12m55s808ms",
    "18446744073709551616s",
];

/// A generator of expressions over some attributes.
pub(super) struct Expressions<'c, 'b> {
    pub choices: &'c mut Choices<'b>,
    /// Expressions that read attributes, by the type that they should have.
    pub attributes: Vec<(Type, String)>,
}

impl<'c, 'b> Expressions<'c, 'b> {
    /// Over attributes of the context and of entities, which may be there and of their type, or not.
    pub fn free(choices: &'c mut Choices<'b>) -> Self {
        let bases = ["context", "principal", "resource", "context.r", "principal.r.r", "context.e"];
        let of_base = |base: &'static str| Type::ALL.map(|of| (of, format!("{base}.{}", of.attribute())));
        Self { choices, attributes: bases.into_iter().flat_map(of_base).collect() }
    }

    /// An expression that should be of this type, and of another once in a while.
    pub fn expression(&mut self, of: Type, depth: usize) -> String {
        let of = if self.choices.one_in(14) { self.choices.of(&Type::ALL) } else { of };
        if depth == 0 || self.choices.one_in(4) {
            return self.leaf(of);
        }
        let next = depth - 1;
        if self.choices.one_in(8) {
            let [condition, then, otherwise] = [Type::Bool, of, of].map(|of| self.expression(of, next));
            return format!("(if {condition} then {then} else {otherwise})");
        }
        if self.choices.one_in(10) {
            return format!("{{{}: {}}}.{0}", of.attribute(), self.expression(of, next));
        }
        match of {
            Type::Bool => self.condition(next),
            Type::Long => self.long(next),
            Type::Set => {
                let element = self.choices.of(&Type::ALL);
                let elements: Vec<String> =
                    (0..self.choices.below(4)).map(|_| self.expression(element, next)).collect();
                format!("[{}]", elements.join(", "))
            }
            Type::Record => {
                let mut members: Vec<String> = Vec::new();
                for of in Type::ALL {
                    if self.choices.one_in(4) {
                        members.push(format!("{}: {}", of.attribute(), self.expression(of, next)));
                    }
                }
                format!("{{{}}}", members.join(", "))
            }
            Type::Datetime if self.choices.one_in(2) => {
                let [instant, by] = [Type::Datetime, Type::Duration].map(|of| self.expression(of, next));
                format!("{instant}.offset({by})")
            }
            Type::Datetime => format!("{}.toDate()", self.expression(of, next)),
            Type::Duration if self.choices.one_in(2) => {
                let [one, other] = [Type::Datetime, Type::Datetime].map(|of| self.expression(of, next));
                format!("{one}.durationSince({other})")
            }
            Type::Duration => format!("{}.toTime()", self.expression(Type::Datetime, next)),
            Type::Ip => format!("ip({})", self.expression(Type::String, next)),
            Type::Decimal => format!("decimal({})", self.expression(Type::String, next)),
            Type::String | Type::Entity => self.leaf(of),
        }
    }

    fn leaf(&mut self, of: Type) -> String {
        if self.choices.one_in(2) {
            let of_type: Vec<String> =
                self.attributes.iter().filter(|(known, _)| *known == of).map(|(_, text)| text.clone()).collect();
            let number = self.choices.below(of_type.len());
            if let Some(attribute) = of_type.into_iter().nth(number) {
                return attribute;
            }
        }
        match of {
            Type::Bool => self.choices.of(&["true", "false"]).to_owned(),
            Type::Long => format!("({})", self.choices.of(&LONGS)),
            Type::String => quoted(self.choices.of(&STRINGS)),
            Type::Entity => {
                let variable = self.choices.of(&["principal", "action", "resource"]);
                if self.choices.one_in(2) { variable.to_owned() } else { self.choices.of(&ENTITIES).to_owned() }
            }
            Type::Set => self.choices.of(&["[]", "[1, 2]", "[principal, 1]", "[Group::\"a\", Team::\"a\"]"]).to_owned(),
            Type::Record => self.choices.of(&["context", "{}", "{l: 1}", "{\"odd name\": {l: 1}}"]).to_owned(),
            Type::Ip => format!("ip({})", self.text(&IPS)),
            Type::Decimal => format!("decimal({})", self.text(&DECIMALS)),
            Type::Datetime => format!("datetime({})", self.text(&DATETIMES)),
            Type::Duration => format!("duration({})", self.text(&DURATIONS)),
        }
    }

    /// A text at an edge, and now and then with one character changed.
    fn text(&mut self, edges: &[&str]) -> String {
        let mut characters: Vec<char> = self.choices.of(edges).chars().collect();
        if self.choices.one_in(4) {
            let position = self.choices.below(characters.len() + 1);
            let other = self.choices.of(&['0', '9', '1', '.', ':', '-', '+', '/', 'T', 'Z', 'm', 's', 'd', ' ', '٣']);
            match self.choices.below(3) {
                0 => characters.insert(position, other),
                1 if position < characters.len() => drop(characters.remove(position)),
                _ => characters.get_mut(position).into_iter().for_each(|character| *character = other),
            }
        }
        quoted(&characters.into_iter().collect::<String>())
    }

    fn long(&mut self, next: usize) -> String {
        if self.choices.one_in(3) {
            let to = self.choices.of(&["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"]);
            return format!("{}.{to}()", self.expression(Type::Duration, next));
        }
        if self.choices.one_in(4) {
            return format!("(-{})", self.expression(Type::Long, next));
        }
        let operator = self.choices.of(&["+", "-", "*"]);
        let [left, right] = [Type::Long, Type::Long].map(|of| self.expression(of, next));
        format!("({left} {operator} {right})")
    }

    fn condition(&mut self, next: usize) -> String {
        let number = self.choices.below(14);
        let mut two = |left: Type, right: Type| (self.expression(left, next), self.expression(right, next));
        match number {
            0 | 1 => {
                let (left, right) = two(Type::Bool, Type::Bool);
                format!("({left} {} {right})", self.choices.of(&["&&", "||"]))
            }
            2 => format!("(!{})", self.expression(Type::Bool, next)),
            3 => {
                let of = self.choices.of(&Type::ALL);
                let [left, right] = [of, of].map(|of| self.expression(of, next));
                format!("({left} {} {right})", self.choices.of(&["==", "!="]))
            }
            4 | 5 => {
                let of = self.choices.of(&[Type::Long, Type::Datetime, Type::Duration, Type::Long, Type::Decimal]);
                let [left, right] = [of, of].map(|of| self.expression(of, next));
                format!("({left} {} {right})", self.choices.of(&["<", "<=", ">", ">="]))
            }
            6 => {
                let right = self.choices.of(&[Type::Entity, Type::Set]);
                let (left, right) = (self.expression(Type::Entity, next), self.expression(right, next));
                let is = self.choices.of(&["", "", " is User", " is Name::Space"]);
                format!("({left}{is} in {right})")
            }
            7 => format!("({} is {})", self.expression(Type::Entity, next), self.choices.of(&TYPES)),
            8 => self.of_sets(next),
            9 => {
                let of = self.choices.of(&[Type::Record, Type::Entity]);
                let path = self.choices.of(&["l", "s", "r", "r.l", "r.r.set", "e.l", "\"odd name\"", "l.l"]);
                format!("({} has {path})", self.expression(of, next))
            }
            10 => format!("({} like \"{}\")", self.expression(Type::String, next), self.pattern()),
            11 => {
                let is = self.choices.of(&["isIpv4", "isIpv6", "isLoopback", "isMulticast"]);
                format!("{}.{is}()", self.expression(Type::Ip, next))
            }
            12 => {
                let (left, right) = two(Type::Ip, Type::Ip);
                format!("{left}.isInRange({right})")
            }
            _ => {
                let (left, right) = two(Type::Decimal, Type::Decimal);
                let than = self.choices.of(&["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]);
                format!("{left}.{than}({right})")
            }
        }
    }

    fn of_sets(&mut self, next: usize) -> String {
        let set = self.expression(Type::Set, next);
        match self.choices.below(6) {
            0 => format!("{set}.isEmpty()"),
            1 => {
                let of = self.choices.of(&Type::ALL);
                format!("{set}.contains({})", self.expression(of, next))
            }
            2 => format!("{set}.containsAll({})", self.expression(Type::Set, next)),
            3 => format!("{set}.containsAny({})", self.expression(Type::Set, next)),
            4 => format!("{}.hasTag({})", self.expression(Type::Entity, next), self.expression(Type::String, next)),
            _ => format!(
                "({}.getTag({}) == 1)",
                self.expression(Type::Entity, next),
                self.expression(Type::String, next)
            ),
        }
    }

    fn pattern(&mut self) -> String {
        (0..self.choices.below(6)).map(|_| self.choices.of(&["a", "b", "*", "*", "\\*", "é", "li"])).collect()
    }
}

/// A text in Cedar's syntax.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}
