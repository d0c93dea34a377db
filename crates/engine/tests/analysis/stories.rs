//! The demo protocol: robbed, and refused to a stranger.

use atlas::Protocol;
use expect_test::expect;

use crate::{
    analysed, lore, part,
    scene::{Scene, call},
    told,
};

fn protocol(scene: &Scene) -> Protocol {
    let text = format!(
        "schema = 1\nname = \"Demo\"\n[[contract]]\nname = \"Vault\"\nchain = \"eip155:31337\"\naddress = \"{}\"\n\
         pause = \"pause()\"\nunpause = \"unpause()\"\n",
        scene.vault
    );
    Protocol::parse("protocol.toml", &text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vault_is_robbed() {
    let Some(scene) = Scene::set().await else { return };
    scene.honest().await;
    scene.node.mine(1).await;
    scene.honest().await;
    let attack = scene.attack().await;
    scene.node.mine(1).await;
    let lore = lore(Some(protocol(&scene)), &["Vault", "Attacker", "DemoToken"]);
    let analysis = analysed(&scene.node, lore, &attack, &[3]).await;
    assert_eq!(analysis.blind, Vec::<String>::new());
    let text = told(&analysis);
    expect![[r#"
        STORY
          - 0x3C44…93BC called the function attack of 0x663F…6602. [#0]
          * 0x663F…6602 entered Vault again 10 times by withdrawEther while its withdrawEther was not done:
            what it then wrote into etherOf[0x663F…6602] rests on what it had read before. [#2 #4 #7 #10 #13
            #16 #19 #22]
          ! Vault lost 55 ETH, 12.44 % of what it held. [#3 #6 #9 #12 #15 #18 #21 #24]
          - The sender's side gained 55 ETH. [#3 #6]
          - It rests with 0x663F…6602.
          - It cost 0.000225… ETH of gas: 54.999774… ETH of the gain are left after that.
    "#]]
    .assert_eq(part(&text, "STORY"));
    // What the rules say is theirs to test; here it is told, with the words of the taxonomy and the frames.
    let suspected = part(&text, "SUSPECTED WEAKNESS");
    assert!(suspected.contains("reentrancy/classic  "), "{suspected}");
    assert!(
        suspected.contains("a function is entered again before it has written down what it gave away."),
        "{suspected}"
    );
    assert!(suspected.contains("Vault was entered again in withdrawEther(uint256)"), "{suspected}");
    assert!(suspected.contains("[#31]"), "{suspected}");
    expect![[r#"
        CALLS
          #0  0x663F…6602 attack(10)
          #1  │ Vault withdrawEther(5000000000000000000)  by the code of 0x71C9…292e #2
          #3  │ │ 0x663F…6602 with 5 ETH
          #4  │ │ │ Vault withdrawEther(5000000000000000000)  by the code of 0x71C9…292e #5
          #6  │ │ │ │ 0x663F…6602 with 5 ETH
          #7  │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of 0x71C9…292e #8
          #9  │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #10 │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of 0x71C9…292e #11
          #12 │ │ │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #13 │ │ │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of 0x71C9…292e #14
          #15 │ │ │ │ │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #16 │ │ │ │ │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of 0x71C9…292e #17
          #18 │ │ │ │ │ │ │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #19 │ │ │ │ │ │ │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of 0x71C9…292e
                                          #20
          #21 │ │ │ │ │ │ │ │ │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #22 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of
                                              0x71C9…292e #23
          #24 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #25 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of
                                                  0x71C9…292e #26
          #27 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #28 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the code of
                                                      0x71C9…292e #29
          #30 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ 0x663F…6602 with 5 ETH
          #31 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ Vault withdrawEther(5000000000000000000)  by the
                                                          code of 0x71C9…292e #32
          #33 │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ 22 deep: 0x663F…6602 with 5 ETH
    "#]]
    .assert_eq(part(&text, "CALLS"));
    expect![[r#"
        STORAGE, BEFORE AND AFTER
          Vault  etherOf[0x663F…6602]  40,000,000,000,000,000,000 → 35,000,000,000,000,000,000  [#32]
    "#]]
    .assert_eq(part(&text, "STORAGE"));
    expect![[r#"
        ACCOUNTS
          0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC  sender
          0x663F3ad617193148711d28f5334eE4Ed07016602  recipient
          0x71C95911E9a5D330f4D621842EC243EE1343292e
          0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F  Vault  proxy (EIP-1967) of 0x71C9…292e
    "#]]
    .assert_eq(part(&text, "ACCOUNTS"));
    let steps = &analysis.told.as_ref().unwrap().steps[0];
    assert_eq!(steps.frame, 3);
    assert_eq!((steps.of, steps.steps.len() as u64), (steps.of, steps.of), "all of them were kept");
    expect![[r#"
        STEPS OF #3
              0 PUSH1          gas 9473647    cost 3
              2 PUSH1          gas 9473644    cost 3      stack 0x80
              4 MSTORE         gas 9473641    cost 12     stack 0x40 0x80 memory 64:
                0x0000000000000000000000000000000000000000000000000000000000000080
              5 PUSH1          gas 9473629    cost 3
              7 CALLDATASIZE   gas 9473626    cost 2      stack 0x4
              8 LT             gas 9473624    cost 3      stack 0x0 0x4"#]]
    .assert_eq(&part(&text, "STEPS OF #3").lines().take(8).collect::<Vec<_>>().join("\n"));
    // Nothing that a terminal of 60 columns shows is wider.
    let narrow =
        report::analysis::text(&analysis, report::analysis::Look { width: 60, paint: report::analysis::Paint::Plain });
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_may_not_pause() {
    let Some(scene) = Scene::set().await else { return };
    let refused = scene.send(5, Some(scene.vault), 0, &call("pause()", &[])).await;
    scene.node.mine(1).await;
    let analysis = analysed(&scene.node, lore(Some(protocol(&scene)), &["Vault"]), &refused, &[]).await;
    let text = told(&analysis);
    expect![[r#"
        STORY
          - 0x9965…A4dc called the function pause of Vault. [#0]
          ! It failed, and nothing that it did lasts: Vault in pause reverted:
            AccessControlUnauthorizedAccount(0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc,
            0x55435dd261a4b9b3364963f7738a7a662ad9c84396d64be3365284bb7f0a5041). [#1]
          - It cost 0.000040… ETH of gas.
        CALLS
          #0 Vault pause()  by the code of 0x71C9…292e #1  REVERTED:
               AccessControlUnauthorizedAccount(0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc,
               0x55435dd261a4b9b3364963f7738a7a662ad9c84396d64be3365284bb7f0a5041)
    "#]]
    .assert_eq(&[part(&text, "STORY"), part(&text, "CALLS")].concat());
    assert!(text.contains("outcome     reverted: AccessControlUnauthorizedAccount("), "{text}");
}
