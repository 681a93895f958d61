//! Policies: the bytes of a record's form never panic, and the gateway's evaluator agrees with Cedar about any policy.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::decision::judge;
use policy::evaluator::{Evaluator, Request};
use policy::form::FormError;
use policy::record::{RecordPolicies, other_format};
use policy::value::{EntityUid, Record};
use policy::{Policy, Rule};
use policy_compiler::proof::{Choices, PairCounts, agree, agree_as_declared};

/// Number of policies and of requests in each case.
const CASE: (usize, usize) = (3, 6);

// The first byte says what the others are: the form of a policy, the policies of a record, or choices.
fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let mut counts = PairCounts::default();
    let agreed = match kind % 4 {
        0 => return form(rest),
        1 => return record(rest),
        2 => agree(&mut Choices::Bytes(rest), CASE, &mut counts),
        _ => agree_as_declared(&mut Choices::Bytes(rest), CASE, &mut counts),
    };
    assert_eq!(agreed, Ok(()), "the gateway's evaluator and Cedar should agree");
});

/// A policy that is read keeps its meaning when it is written and read again. libFuzzer reports one that is decided too
/// slowly.
fn form(bytes: &[u8]) {
    let Ok(policy) = Policy::decode(bytes) else { return };
    match policy.encode() {
        Ok(again) => assert_eq!(Policy::decode(&again).as_ref(), Ok(&policy), "the policy should stay as it is"),
        Err(error) => assert_eq!(error, FormError::TooLong, "only its length may differ"),
    }
    let rule = Rule::new("p".to_owned(), policy);
    let uid = |type_name| EntityUid::new(type_name, "a");
    let context: Record = std::iter::empty().collect();
    let request = Request { principal: uid("User"), action: uid("Action"), resource: uid("Tool"), context };
    let _ = judge(std::iter::once(&rule), &Evaluator::new(&request, &[]));
}

/// A record is read, or refused with or without a word about its format.
fn record(bytes: &[u8]) {
    let _ = other_format(bytes);
    let Ok(policies) = serde_json::from_slice::<RecordPolicies>(bytes) else { return };
    for policy in &policies.rules {
        let _ = policy.rule();
    }
}
