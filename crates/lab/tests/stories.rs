//! Every story does its harm, and every twin its business, however it is played. What the rules say of them is not asked
//! here: `cargo xtask quality` measures that.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use lab::{Artifacts, Played, Role, SCENARIOS, Scenario, Setting, Variation, play, play_twin, root};

/// Plays the stories of one class of the taxonomy.
fn plays(class: &str) {
    let Ok(artifacts) = Artifacts::read(&root().unwrap()) else {
        eprintln!("skipped: the contracts of the stories are not compiled (`cargo xtask contracts --scenarios`)");
        return;
    };
    let of_class = |id: &str| id.split('/').next() == Some(class);
    let mut count = 0;
    let mut faults = Vec::new();
    for scenario in SCENARIOS.iter().copied().flatten().filter(|scenario| of_class(scenario.id)) {
        for how in [Variation::PLAIN].into_iter().chain(Variation::MUTATIONS) {
            match play(scenario, how, &artifacts, Setting::Bare) {
                Ok(attack) if attack.attacked_at().is_some() => faults.extend(unmeant(scenario, how, &attack)),
                Ok(_) => faults.push(format!("{}: nothing of it is an attack", scenario.id)),
                Err(fault) => faults.push(format!("{fault:#}")),
            }
            match play_twin(scenario, how, &artifacts, Setting::Bare) {
                Ok(twin) if twin.told.iter().all(|told| told.role == Role::Honest) => {
                    faults.extend(unmeant(scenario, how, &twin));
                }
                Ok(_) => faults.push(format!("{}: its twin attacks", scenario.id)),
                Err(fault) => faults.push(format!("{fault:#}")),
            }
        }
        // What a protocol declares of itself tells the attack from the twin, whole and split.
        for how in [Variation::PLAIN, Variation::MUTATIONS[6]] {
            match play(scenario, how, &artifacts, Setting::Declared) {
                Ok(attack) if attack.declared.is_empty() || broken(&attack).is_some() => {}
                Ok(_) => faults.push(format!("{}, {}: keeps to what is declared", scenario.id, how.name)),
                Err(fault) => faults.push(format!("declared: {fault:#}")),
            }
            match play_twin(scenario, how, &artifacts, Setting::Declared) {
                Ok(twin) => faults.extend(broken(&twin).map(|id| format!("the twin of {} breaks {id}", scenario.id))),
                Err(fault) => faults.push(format!("declared: {fault:#}")),
            }
        }
        count += 1;
    }
    assert!(count > 0, "no story is of the class `{class}`");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// A denial of service is made of failures, and so are attempts; elsewhere one means that a story is not what it says.
fn unmeant(scenario: &Scenario, how: Variation, played: &Played) -> Option<String> {
    let meant = ["dos/", "identity/", "token/blacklist-abuse/", "wallet/fake-token/"]
        .iter()
        .any(|class| scenario.id.starts_with(class));
    let first = played.failures.first().filter(|_| !meant)?;
    Some(format!("{}, {}: failed without a reason: {first}", scenario.id, how.name))
}

/// The first thing that was declared and did not stay so.
fn broken(played: &Played) -> Option<&str> {
    let own = |rule: &str| played.declared.iter().any(|own| own.folder.ends_with(&format!("/{rule}")));
    played.alerts.iter().map(|seen| seen.alert.rule.id.as_str()).find(|rule| own(rule))
}

#[test]
fn access() {
    plays("access");
}

#[test]
fn arithmetic() {
    plays("arithmetic");
}

#[test]
fn bridge() {
    plays("bridge");
}

#[test]
fn dos() {
    plays("dos");
}

#[test]
fn governance() {
    plays("governance");
}

#[test]
fn identity() {
    plays("identity");
}

#[test]
fn key() {
    plays("key");
}

#[test]
fn logic() {
    plays("logic");
}

#[test]
fn price() {
    plays("price");
}

#[test]
fn reentrancy() {
    plays("reentrancy");
}

#[test]
fn rug() {
    plays("rug");
}

#[test]
fn signature() {
    plays("signature");
}

#[test]
fn token() {
    plays("token");
}

#[test]
fn wallet() {
    plays("wallet");
}
