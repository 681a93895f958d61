//! Reads or replaces one value inside an object without splitting the rest.

use std::ops::Range;

use super::{Kind, RawJson, RawJsonError, Scanner, decode_string, write_string};

impl RawJson {
    /// The members of these names, found in one pass that keeps nothing else.
    ///
    /// # Errors
    ///
    /// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`] if one of them occurs twice.
    pub fn find<const N: usize>(&self, names: [&str; N]) -> Result<[Option<RawJson>; N], RawJsonError> {
        if self.kind() != Kind::Object {
            return Err(RawJsonError::NotAnObject);
        }
        let mut found = [const { None }; N];
        Scanner::new(self.as_str()).object(|scanner, member| {
            let value = scanner.value()?;
            let name = decode_string(member);
            let slot = names.iter().position(|wanted| name.as_deref() == Some(*wanted));
            match slot.and_then(|at| found.get_mut(at)).and_then(|slot| slot.replace(self.cut(value))) {
                None => Ok(()),
                Some(_) => Err(RawJsonError::DuplicateMember),
            }
        })?;
        Ok(found)
    }

    /// The value at a path of member names; `None` if there is none, or if a name on the path occurs twice.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<RawJson> {
        let mut value = self.clone();
        for name in path {
            let place = Place::of(value.as_str(), name).ok()?.value?;
            value = value.cut(value.as_str().get(place)?);
        }
        Some(value)
    }

    /// The same text with another value at a path of member names; every other byte stays. A missing member is added at
    /// the end of its object.
    ///
    /// # Errors
    ///
    /// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`] if a name on the path occurs twice.
    pub fn with(&self, path: &[&str], value: &RawJson) -> Result<RawJson, RawJsonError> {
        let text = self.as_str();
        let mut at = 0..text.len();
        for (depth, name) in path.iter().enumerate() {
            let object = Place::of(text.get(at.clone()).unwrap_or_default(), name)?;
            match object.value {
                Some(place) => at = at.start + place.start..at.start + place.end,
                None => {
                    let missing = path.get(depth..).unwrap_or_default();
                    return Ok(self.replaced(at.end - 1..at.end - 1, &added(missing, value, object.is_empty)));
                }
            }
        }
        Ok(self.replaced(at, value.as_str()))
    }

    fn replaced(&self, place: Range<usize>, by: &str) -> RawJson {
        let text = self.as_str();
        let mut out = String::with_capacity(text.len() + by.len());
        out.push_str(text.get(..place.start).unwrap_or_default());
        out.push_str(by);
        out.push_str(text.get(place.end..).unwrap_or_default());
        RawJson::written(out)
    }
}

/// The position of a member's value in an object.
struct Place {
    value: Option<Range<usize>>,
    /// True if the object has no members.
    is_empty: bool,
}

impl Place {
    fn of(object: &str, name: &str) -> Result<Self, RawJsonError> {
        if !object.starts_with('{') {
            return Err(RawJsonError::NotAnObject);
        }
        let mut place = Self { value: None, is_empty: true };
        Scanner::new(object).object(|scanner, member| {
            place.is_empty = false;
            let value = scanner.value()?;
            if decode_string(member).as_deref() != Some(name) {
                return Ok(());
            }
            let end = scanner.position();
            match place.value.replace(end - value.len()..end) {
                None => Ok(()),
                Some(_) => Err(RawJsonError::DuplicateMember),
            }
        })?;
        Ok(place)
    }
}

/// `,"a":{"b":value}`
fn added(path: &[&str], value: &RawJson, is_first: bool) -> String {
    let mut out = String::from(if is_first { "" } else { "," });
    for (depth, name) in path.iter().enumerate() {
        if depth > 0 {
            out.push('{');
        }
        write_string(&mut out, name);
        out.push(':');
    }
    out.push_str(value.as_str());
    out.extend(path.iter().skip(1).map(|_| '}'));
    out
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn raw(text: &str) -> RawJson {
        RawJson::parse(Bytes::from(text.to_owned())).unwrap()
    }

    #[test]
    fn a_value_is_replaced_where_it_stands() {
        let text = raw(r#"{ "a" : 1.50, "p\u0061th" : { "b" :"x" , "c":[ ] } }"#);
        assert_eq!(text.at(&["path", "b"]), Some(raw("\"x\"")), "the value should be found, the name decoded");
        assert_eq!(
            text.with(&["path", "b"], &raw("[1,2]")).unwrap().as_str(),
            r#"{ "a" : 1.50, "p\u0061th" : { "b" :[1,2] , "c":[ ] } }"#,
            "every other byte should stay"
        );
        assert_eq!(text.with(&[], &raw("7")).unwrap().as_str(), "7", "no path should be the whole");
    }

    #[test]
    fn missing_member_is_added_at_end() {
        let cases = [
            ("{}", &["a"][..], r#"{"a":0}"#),
            ("{ }", &["a", "b", "c"], r#"{ "a":{"b":{"c":0}}}"#),
            (r#"{"x":{"y":1}}"#, &["x", "q\""], r#"{"x":{"y":1,"q\"":0}}"#),
            (r#"{"x":{ },"z":2}"#, &["x", "y"], r#"{"x":{ "y":0},"z":2}"#),
        ];
        for (before, path, after) in cases {
            assert_eq!(raw(before).at(path), None, "there should be nothing yet: {before}");
            assert_eq!(raw(before).with(path, &raw("0")).unwrap().as_str(), after, "it should be added: {before}");
        }
    }

    #[test]
    fn ambiguous_and_impossible_paths_are_refused() {
        let twice = raw(r#"{"a":{"b":1,"\u0062":2}}"#);
        assert_eq!(twice.at(&["a", "b"]), None, "which of two is meant should not be guessed");
        assert_eq!(twice.with(&["a", "b"], &raw("0")), Err(RawJsonError::DuplicateMember), "nor replaced");
        for text in ["[]", r#"{"a":"{}"}"#, r#"{"a":null}"#] {
            assert_eq!(raw(text).with(&["a", "b"], &raw("0")), Err(RawJsonError::NotAnObject), "no object: {text}");
        }
    }
}
