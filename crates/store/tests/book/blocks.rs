use case::{Digest, Stream};
use store::{BlockCommit, EVIDENCE_KEPT, Limits, Options, Store, StoreError};

use crate::support::*;

async fn heights(store: &Store) -> Vec<u64> {
    store.memory(&chain()).await.unwrap().changes.iter().map(|(block, _)| block.number).collect()
}

#[tokio::test]
async fn a_block_that_does_not_follow_the_head_is_refused_with_both_named() {
    let book = Book::new().await;
    let store = &book.store;
    store.commit_block(commit(block(1, 0), vec![])).await.unwrap();
    let refused = store.commit_block(commit(block(3, 0), vec![note(Stream::Org, "three")])).await.unwrap_err();
    let StoreError::NotNext { head, found } = &refused else { panic!("{refused:?}") };
    assert_eq!((head.number, found.number), (1, 3));
    assert!(refused.to_string().contains("revert first, or declare a gap"), "{refused}");
    assert_eq!(store.last_position().await.unwrap(), 0);
    // The right height on another branch does not follow either.
    store.commit_block(commit(block(2, 0), vec![])).await.unwrap();
    store.commit_block(commit(block(3, 1), vec![])).await.unwrap();
    assert!(matches!(store.commit_block(commit(block(4, 2), vec![])).await, Err(StoreError::NotNext { .. })));
}

#[tokio::test]
async fn the_same_block_twice_is_one_and_returns_what_is_there() {
    let book = Book::new().await;
    let one = commit(block(1, 0), vec![note(on_chain(), "one"), note(on_chain(), "two")]);
    let first = book.store.commit_block(one.clone()).await.unwrap();
    let again = book.store.commit_block(one.clone()).await.unwrap();
    assert_eq!((first.len(), &again), (2, &first));
    book.store.commit_block(commit(block(2, 0), vec![])).await.unwrap();
    assert_eq!(book.store.commit_block(one).await.unwrap(), first, "also when the head has moved on");
    assert_eq!(book.store.head(&chain()).await.unwrap().unwrap().block, block(2, 0));
    assert_eq!(book.store.last_position().await.unwrap(), 2);
}

#[tokio::test]
async fn a_reorg_marks_blocks_and_deletes_no_line() {
    let book = Book::new().await;
    let store = &book.store;
    for number in 1..=4 {
        let alert = vec![note(on_chain(), &format!("alert of {number}"))];
        store.commit_block(commit(block(number, 1), alert)).await.unwrap();
    }
    let withdrawn = vec![note(on_chain(), "withdrawn 3 and 4")];
    assert_eq!(store.revert(&block(2, 1), withdrawn.clone()).await.unwrap().len(), 1);
    assert_eq!(store.revert(&block(2, 1), withdrawn).await.unwrap(), [], "a second time there is nothing to revert");
    store.commit_block(commit(block(3, 2), vec![])).await.unwrap();
    assert_eq!(store.head(&chain()).await.unwrap().unwrap().block, block(3, 2));
    assert_eq!(store.whole_stream(&on_chain()).await.unwrap().len(), 5);
    assert_eq!(heights(store).await, [1, 2, 3]);
    assert!(matches!(store.revert(&block(9, 1), vec![]).await, Err(StoreError::Unknown { .. })));
    // The lost branch comes back: its blocks are written again, with what they say now.
    store.revert(&block(2, 0), vec![]).await.unwrap();
    let back = store.commit_block(commit(block(3, 1), vec![note(on_chain(), "alert of 3, again")])).await.unwrap();
    assert_eq!((back.len(), store.head(&chain()).await.unwrap().unwrap().block), (1, block(3, 1)));
    assert!(book.proof().await.holds(), "{:#?}", book.proof().await);
}

#[tokio::test]
async fn a_gap_is_declared_and_what_it_jumps_back_over_is_lost() {
    let book = Book::new().await;
    let store = &book.store;
    store.commit_block(commit(block(10, 0), vec![])).await.unwrap();
    store.commit_block(BlockCommit { gap: true, ..commit(block(20, 0), vec![]) }).await.unwrap();
    store.commit_block(commit(block(21, 0), vec![])).await.unwrap();
    let report = book.proof().await;
    assert!(report.holds(), "{report:#?}");
    // A test chain that began anew: nothing of the old one is left at these heights.
    store.commit_block(BlockCommit { gap: true, ..commit(block(15, 7), vec![]) }).await.unwrap();
    let ring: Vec<u64> = store.ring(&chain(), 10).await.unwrap().iter().map(|block| block.number).collect();
    assert_eq!((ring, heights(store).await), (vec![15, 10], vec![10, 15]));
    assert!(book.proof().await.holds());
    book.tamper("UPDATE blocks SET gap = 0 WHERE number = 15").await;
    assert!(book.proof().await.problems[0].says.contains("block 15 does not follow"));
}

#[tokio::test]
async fn chains_do_not_disturb_each_other() {
    let book = Book::new().await;
    let other = |number| facts::BlockRef { chain: facts::ChainId::eip155(1), ..block(number, 0) };
    book.store.commit_block(commit(block(1, 0), vec![])).await.unwrap();
    book.store.commit_block(commit(other(7), vec![])).await.unwrap();
    book.store.commit_block(commit(block(2, 0), vec![])).await.unwrap();
    book.store.commit_block(commit(other(8), vec![])).await.unwrap();
    book.store.revert(&block(1, 0), vec![]).await.unwrap();
    assert_eq!(book.store.head(&other(8).chain).await.unwrap().unwrap().block, other(8));
    assert_eq!(book.store.memory(&other(8).chain).await.unwrap().changes.len(), 2);
}

#[tokio::test]
async fn evidence_comes_before_its_block_and_its_reference_is_a_line() {
    let book = Book::new().await;
    let digest = Digest::of_bytes(b"a trace");
    let with = || BlockCommit { evidence: vec![digest], ..commit(block(1, 0), vec![note(on_chain(), "alert")]) };
    let refused = book.store.commit_block(with()).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoEvidence(_)), "{refused:?}");
    assert!(book.store.head(&chain()).await.unwrap().is_none());
    assert_eq!(book.store.put_evidence(b"a trace").await.unwrap(), digest);
    assert_eq!(book.store.put_evidence(b"a trace").await.unwrap(), digest);
    let written = book.store.commit_block(with()).await.unwrap();
    assert_eq!((written.len(), written[1].kind.as_str()), (2, EVIDENCE_KEPT));
    assert_eq!(book.store.evidence(&digest).await.unwrap().unwrap(), b"a trace");
    assert_eq!(book.store.evidence(&Digest::ZERO).await.unwrap(), None);
    book.tamper("UPDATE evidence SET bytes = x'00'").await;
    assert!(matches!(book.store.evidence(&digest).await, Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn memory_is_restored_from_a_snapshot_and_what_came_after() {
    let book = Book::new().await;
    let store = &book.store;
    for number in 1..=5 {
        let snapshot = (number == 3).then(|| b"all of it".to_vec());
        store.commit_block(BlockCommit { snapshot, ..commit(block(number, 0), vec![]) }).await.unwrap();
    }
    let memory = store.memory(&chain()).await.unwrap();
    assert_eq!(memory.snapshot, Some((block(3, 0), b"all of it".to_vec())));
    assert_eq!((heights(store).await, memory.complete), (vec![4, 5], true));
    // A revert below the snapshot goes back to the changes before it.
    store.revert(&block(2, 0), vec![]).await.unwrap();
    let memory = store.memory(&chain()).await.unwrap();
    assert_eq!((memory.snapshot, heights(store).await, memory.complete), (None, vec![1, 2], true));
}

#[tokio::test]
async fn memory_is_pruned_below_what_a_reorg_can_reach_and_says_when_it_is_not_whole() {
    let limits = Limits { memory_blocks: 10, memory_blocks_max: 300, ..Limits::default() };
    let options = Options { limits, ..Options::at(now(0)) };
    let store = Store::open("sqlite::memory:", key(), options).await.unwrap();
    for number in 1..=40u64 {
        let snapshot = (number % 5 == 0).then(|| number.to_be_bytes().to_vec());
        store.commit_block(BlockCommit { snapshot, ..commit(block(number, 0), vec![]) }).await.unwrap();
    }
    // Ten blocks down there is still a snapshot to stand on; below it there is not.
    store.revert(&block(31, 0), vec![]).await.unwrap();
    let memory = store.memory(&chain()).await.unwrap();
    assert_eq!((memory.snapshot.unwrap().0.number, heights(&store).await, memory.complete), (30, vec![31], true));
    store.revert(&block(28, 0), vec![]).await.unwrap();
    let memory = store.memory(&chain()).await.unwrap();
    assert_eq!((memory.snapshot, memory.changes.len(), memory.complete), (None, 0, false));
}

#[tokio::test]
async fn a_chain_without_snapshots_is_refused_before_its_memory_grows_without_end() {
    let limits = Limits { memory_blocks_max: 300, ..Limits::default() };
    let options = Options { limits, ..Options::at(now(0)) };
    let store = Store::open("sqlite::memory:", key(), options).await.unwrap();
    let mut refused = None;
    for number in 1..=600 {
        if let Err(error) = store.commit_block(commit(block(number, 0), vec![])).await {
            refused = Some((number, error.to_string()));
            break;
        }
    }
    let (number, says) = refused.unwrap();
    assert_eq!(number, 512);
    assert!(says.contains("since the last snapshot"), "{says}");
    let snapshot = Some(b"all of it".to_vec());
    store.commit_block(BlockCommit { snapshot, ..commit(block(512, 0), vec![]) }).await.unwrap();
}
