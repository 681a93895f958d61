//! The keys of identity providers: how often they are read.

use std::time::Duration;

use harness::{Answer, Weir, target::Target};

#[test]
fn any_number_of_assertions_makes_one_reading_of_keys() {
    let weir = Weir::usual();
    weir.issuer.slow_down(Duration::from_millis(300));
    // Memory has no sockets to open.
    let count = if Target::chosen() == Target::Memory { 60 } else { 12 };
    let invented = |number: usize| weir.issuer.sign(weir.id_jag("alice").header("kid", format!("invented-{number}")));
    for (round, fetches) in [("nothing is held", 1), ("the keys are held and due", 2)] {
        let assertions: Vec<String> =
            (1..count).map(invented).chain([weir.issuer.sign(weir.id_jag("alice"))]).collect();
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
            // Only memory's clock can be moved to where the keys are due.
            break;
        }
        weir.running.pass(Duration::from_secs(11 * 60));
    }
}
