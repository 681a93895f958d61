//! Classes of data: the words of origins and of policies are the same.
//!
//! A `forbid` on `customer` doesn't hold for an origin whose file says `custmer`.

use std::collections::BTreeMap;

use policy_compiler::{Mention, PolicyText};

use super::names::Known;
use crate::document::Documents;
use crate::fault::{Faults, Place};

/// Reports words that `data_classes` of `gateway.toml` doesn't declare. If it declares none, those of origins and
/// policies are compared with each other.
pub(super) fn check(documents: &Documents, faults: &mut Faults) {
    let declared = documents.gateway.data_classes.iter().map(|class| class.value.as_str());
    let of_origins = documents.origins.values().flat_map(|origin| &origin.data_classes);
    let of_policies = of_policies(documents);
    let is_declared = !documents.gateway.data_classes.is_empty();
    let known = Known::new(
        "data class",
        true,
        declared.chain(of_origins.clone().map(|class| class.value.as_str()).filter(|_| !is_declared)),
    );
    for (class, place) in &of_policies {
        report(class, place, &known, faults);
    }
    // A class of a policy that no origin has is reported already.
    let named: Vec<&str> = of_policies.keys().map(String::as_str).filter(|class| known.names.contains(class)).collect();
    let known = if is_declared { known } else { Known::new("data class", true, named) };
    for class in of_origins {
        // Without declarations, an origin may have classes that no policy names.
        if is_declared || known.nearest(&class.value).is_some() {
            report(&class.value, &class.place, &known, faults);
        }
    }
}

/// An error if the word is close to a known one, else a warning.
fn report(class: &str, place: &Place, known: &Known<'_>, faults: &mut Faults) {
    let Some((message, help)) = known.missing(class) else {
        return;
    };
    match known.nearest(class) {
        Some(near) => {
            let help = format!("did you mean `{near}`? If both exist, declare them as `data_classes` in gateway.toml");
            faults.error(place, message, help);
        }
        None => faults.warning(place, message, help),
    }
}

/// The classes that policies name, each with its first place.
fn of_policies(documents: &Documents) -> BTreeMap<String, Place> {
    let mut classes = BTreeMap::new();
    for policy in &documents.policies {
        let text = PolicyText { id: policy.id.clone(), text: policy.text.clone() };
        // The compiler reports a policy that doesn't parse.
        for mention in policy_compiler::mentions(&text).unwrap_or_default() {
            if let Mention::DataClass(class) = mention {
                classes.entry(class).or_insert_with_key(|class| policy.place_of_string(class));
            }
        }
    }
    classes
}
