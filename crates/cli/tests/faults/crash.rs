//! `kill -9` at every place after a commit and before and after an effect: the book comes out the same.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    book::Book,
    hook::WarRoom,
    scene::Scene,
    serve::{Installation, Serve},
};

/// The program, started again whenever it has ended itself.
struct Watch<'a> {
    installation: &'a Installation,
    serve: Serve,
    crashes: u32,
}

impl Watch<'_> {
    /// Waits, within a bound, for something that holds in the end whatever happens on the way.
    async fn until(&mut self, what: &str, mut fits: impl AsyncFnMut(&Book) -> bool) -> Book {
        let begun = Instant::now();
        loop {
            if let Some(book) = Book::read(&self.installation.book()).await
                && self.serve.has_looked()
                && fits(&book).await
            {
                return book;
            }
            if self.serve.ended().is_some() {
                assert!(self.crashes == 0, "it ended again, without having been told to: {}", self.serve.said());
                self.crashes += 1;
                self.serve = self.installation.serve();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain for {what}: {}", self.serve.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn follows(&mut self, scene: &Scene) -> Book {
        let hash = scene.node.hash(scene.node.height().await).await;
        let head = async |book: &Book| book.head.as_ref().is_some_and(|head| head.hash.to_string() == hash);
        self.until("the head", async |book| head(book).await && book.is_decided()).await
    }
}

/// What came of a run.
struct Ran {
    story: Vec<String>,
    head: String,
    /// Transactions that the guardian sent and that were mined.
    sent: u64,
    /// How often each message came to the war room.
    told: Vec<u32>,
    crashed: bool,
}

/// What happens on the chain.
#[derive(Debug, Clone, Copy)]
enum Story {
    /// An attack that is paused before it is over.
    Attack,
    /// The blocks of attack and pause are lost; the pause comes again, before the attack does.
    Reorg,
}

impl Story {
    async fn happen(self, watch: &mut Watch<'_>, scene: &Scene) {
        scene.honest().await;
        scene.node.mine(1).await;
        watch.follows(scene).await;
        scene.attack().await;
        scene.node.mine(1).await;
        watch.follows(scene).await;
        // The pause waits for the next block, beside the next attack.
        let handed_over = |book: &Book| !book.of_kind("case.receipt/1").is_empty();
        watch.until("the pause on its way", async |book| handed_over(book) && scene.waiting_of(0).await == 1).await;
        let late = scene.attack().await;
        scene.node.mine(1).await;
        watch.follows(scene).await;
        watch.until("the pause confirmed", async |book| book.is_contained() && book.is_through()).await;
        assert_eq!(scene.receipt(&late).await["status"], "0x0", "the second attack was not stopped");
        if let Self::Reorg = self {
            scene.node.ask("anvil_reorg", json!([2, []])).await;
            watch.follows(scene).await;
            watch.until("the pause sent again", async |_| scene.waiting_of(0).await == 1).await;
            scene.attack().await;
            scene.node.mine(1).await;
            watch.follows(scene).await;
            let pauses = |book: &Book| {
                book.of_kind("case.confirmed/1").into_iter().filter(|line| !line.payload["tx"].is_null()).count()
            };
            let twice = async |book: &Book| pauses(book) == 2;
            watch.until("the pause confirmed again", twice).await;
        }
        scene.send(5, Some(scene.accounts[6]), 1, "0x").await;
        scene.node.mine(1).await;
        watch.follows(scene).await;
        watch.until("the war room told", async |book| book.is_through()).await;
        watch.until("the ledger", async |book| book.is_reckoned()).await;
    }
}

/// The story, with the program ended at `place`.
async fn run(scene: &Scene, room: &WarRoom, story: Story, place: Option<&str>) -> Ran {
    let installation = Installation::new(scene, &[scene.node.ws(), scene.node.http()]);
    installation.tells(&room.url);
    let mut command = installation.command();
    if let Some(place) = place {
        command.env("BREAKGLASS_FAILPOINT", place);
    }
    let serve = installation.serve_as(&mut command);
    let mut watch = Watch { installation: &installation, serve, crashes: 0 };
    watch.follows(scene).await;

    story.happen(&mut watch, scene).await;
    let before = watch.crashes;
    watch.serve.signal("TERM");
    let begun = Instant::now();
    while watch.serve.ended().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not stop: {}", watch.serve.said());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut crashed = before > 0;
    if !watch.serve.ended().unwrap().success() {
        crashed = true;
        let mut again = installation.serve();
        again.ready().await;
        again.stop().await;
    }
    let book = installation.proved().await;
    assert!(book.is_whole());
    Ran {
        story: book.story(),
        head: book.head.unwrap().hash.to_string(),
        sent: scene.mined_of(0).await,
        told: room.taken(),
        crashed,
    }
}

/// Ends the program at the first, second, … pass of a place until there is no further pass; each time the end is the
/// same as without a crash. How many passes there were.
async fn check(story: Story, place: &str) -> u32 {
    check_from(story, place, 1).await
}

async fn check_from(story: Story, place: &str, first: u32) -> u32 {
    let Some(scene) = Scene::set().await else { return u32::MAX };
    let mut begin = scene.snapshot().await;
    let room = WarRoom::open().await;
    let whole = run(&scene, &room, story, None).await;
    assert_eq!((whole.sent, &*whole.told, whole.crashed), (1, &[1][..], false), "{:#?}", whole.story);
    for pass in first..first + 50 {
        scene.back(&mut begin).await;
        let place = format!("{place}:{pass}");
        let begun = Instant::now();
        let ran = run(&scene, &room, story, Some(&place)).await;
        if !ran.crashed {
            return pass - 1;
        }
        println!("{place}: {} lines, {} ms", ran.story.len(), begun.elapsed().as_millis());
        assert_eq!(ran.sent, 1, "{place}: the guardian sent {} transactions", ran.sent);
        assert_eq!(ran.told, [1], "{place}: messages to the war room");
        let differ = ran.story.iter().zip(&whole.story).find(|(ours, theirs)| ours != theirs);
        assert!(differ.is_none(), "{place}: with the crash, and without: {differ:#?}");
        assert_eq!(ran.story.len(), whole.story.len(), "{place}: {:#?}", ran.story);
        assert_eq!(ran.head, whole.head, "{place}");
    }
    panic!("{place} is passed without end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_each_block() {
    assert!(check(Story::Attack, "store.after_commit_block").await >= 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_each_decision() {
    assert!(check(Story::Attack, "store.after_append").await >= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_evidence_and_after_a_seal() {
    assert!(check(Story::Attack, "store.after_evidence").await >= 1);
    assert!(check(Story::Attack, "store.after_seal").await >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_and_after_a_transaction_is_sent() {
    assert!(check(Story::Attack, "engine.before_submit").await >= 1);
    assert!(check(Story::Attack, "engine.after_submit").await >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_blocks_are_lost() {
    assert!(check(Story::Reorg, "store.after_revert").await >= 1);
    assert!(check(Story::Reorg, "engine.after_submit").await >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_each_decision_while_blocks_are_lost() {
    // The first ones are of the attack, and stand in another test.
    assert!(check_from(Story::Reorg, "store.after_append", 12).await >= 16);
}
