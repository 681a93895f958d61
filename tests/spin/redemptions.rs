//! Two gateways that redeem the same assertion at once: exactly one of them wins, each time.

use harness::{Answer, Setup, Weir, redis::Redis};

use super::on_spin;

const ROUNDS: usize = 1_000;

#[test]
fn of_two_gateways_one_redeems_an_assertion_on_sqlite() {
    let Some(weir) = on_spin(Setup::new) else { return };
    one_wins(&weir);
    let told = weir.running.sql("SELECT count(*) AS events FROM outbox")[0]["events"].clone();
    assert_eq!(told, 2 * ROUNDS, "each redemption should have its event");
}

#[test]
fn of_two_gateways_one_redeems_an_assertion_on_redis() {
    let Some((weir, redis)) = super::redis::with(Redis::start, Setup::new) else { return };
    one_wins(&weir);
    assert_eq!(redis.ask(&["XLEN", "weir:audit"]), (2 * ROUNDS).to_string(), "each redemption should have its event");
    assert!(weir.running.events().is_empty(), "the server refused nothing");
}

/// Redeems the same assertion at both gateways at once, a thousand times.
fn one_wins(weir: &Weir) {
    let second = weir.running.replica();
    let mut won = [0, 0];
    for round in 0..ROUNDS {
        let draft = weir.redeeming(&weir.issuer.sign(weir.id_jag("alice")));
        let mut gateways = [&weir.running, &second];
        // Neither is always the first.
        gateways.rotate_left(round % 2);
        let exchanges = gateways.map(|gateway| gateway.begin(draft.clone().request(&gateway.authority())));
        let mut answers = exchanges.map(Answer::read);
        answers.rotate_left(round % 2);
        let status = answers.each_ref().map(|answer| answer.status.as_u16());
        let winner = status.iter().position(|status| *status == 200).unwrap_or_default();
        assert_eq!(status[winner], 200, "round {round}: one should win: {}", answers[0].text());
        let other = &answers[1 - winner];
        assert_eq!(other.status, 400, "round {round}: the other should not: {}", other.text());
        assert_eq!(other.json()["error"], "invalid_grant", "round {round}");
        won[winner] += 1;
    }
    assert_eq!(won[0] + won[1], ROUNDS);
    assert!(won[0] > 0 && won[1] > 0, "both gateways should have taken part: {won:?}");
}
