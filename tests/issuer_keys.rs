//! The keys of identity providers: the number of requests for them.

use std::time::Duration;

use harness::{Answer, Step, Weir, target::Target};

#[test]
fn any_number_of_assertions_makes_one_reading_of_keys() {
    let weir = Weir::usual();
    weir.issuer.slow_down(Duration::from_millis(300));
    // Memory has no sockets to open.
    let count = if Target::chosen() == Target::Memory { 60 } else { 12 };
    for (round, fetches) in [("nothing is held", 1), ("the keys are held and due", 2)] {
        let assertions: Vec<String> =
            (1..count).map(|number| invented(&weir, number)).chain([weir.issuer.sign(weir.id_jag("alice"))]).collect();
        let waiting: Vec<_> = assertions.iter().map(|assertion| weir.begin(weir.redeeming(assertion))).collect();
        let statuses: Vec<u16> = waiting.into_iter().map(|exchange| Answer::read(exchange).status.as_u16()).collect();
        let (good, refused) = statuses.split_last().expect("there are some");
        assert_eq!(*good, 200, "{round}: a good assertion should wait for the keys that others asked for");
        assert!(refused.iter().all(|status| *status == 400), "{round}: an invented key id is unknown: {refused:?}");
        // On Spin, requests at once may come to several instances, and each reads its keys.
        let instances = if Target::chosen() == Target::Spin { 4 } else { 1 };
        let range = fetches..fetches + instances;
        assert!(range.contains(&weir.issuer.fetches()), "{round}: the issuer should be asked once by an instance");
        if Target::chosen() != Target::Memory {
            // Only memory's clock can be moved to the time at which the keys are due.
            break;
        }
        weir.running.pass(Duration::from_secs(11 * 60));
    }
}

/// An assertion under a key id that the issuer has not published.
fn invented(weir: &Weir, number: usize) -> String {
    weir.issuer.sign(weir.id_jag("alice").header("kid", format!("invented-{number}")))
}

#[test]
fn invented_key_ids_make_two_readings_a_minute_at_most() {
    for (name, publishes) in [("an issuer that answers", true), ("an issuer that fails", false)] {
        let weir = Weir::usual();
        if !publishes {
            weir.issuer.publish(None);
        }
        if Target::chosen() == Target::Memory {
            // Eight seconds between two requests: the keys are read at 0, 32 and 64 s, and so on.
            for number in 0..60 {
                assert_ne!(weir.send(weir.redeeming(&invented(&weir, number))).status, 200, "{name}");
                weir.running.pass(Duration::from_secs(8));
            }
            assert_eq!(weir.issuer.fetches(), 15, "{name}: of eight minutes, less than two in each");
        } else {
            // On Spin the next request may go to another instance, which has read nothing yet.
            let most = if Target::chosen() == Target::Spin { 4 } else { 1 };
            for number in 0..10 {
                assert_ne!(weir.send(weir.redeeming(&invented(&weir, number))).status, 200, "{name}");
            }
            assert!(weir.issuer.fetches() <= most, "{name}: {} within a moment", weir.issuer.fetches());
        }
    }
}

#[test]
fn keys_that_drip_or_never_end_are_refused() {
    let space = |bytes: usize| Step::Send(vec![b' '; bytes].into());
    let drops = [Step::Wait(Duration::from_secs(1)), space(1)];
    let long: Vec<Step> = std::iter::repeat_n(space(1024), 65).collect();
    let fitting: Vec<Step> = std::iter::repeat_n(space(1024), 60).collect();
    for (name, first, status) in [
        ("keys that fit", fitting, 200),
        ("keys that drip", std::iter::repeat_n(drops, 8).flatten().collect(), 503),
        ("keys that are too long", long, 503),
    ] {
        let weir = Weir::usual();
        weir.issuer.begin_with(first);
        let began = weir.running.now();
        let answer = weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert!(weir.running.now() - began <= 6, "{name} should not be waited for");
    }
}
