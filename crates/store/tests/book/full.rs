use std::{path::Path, process::Command};

use case::Stream;
use store::{AppendRequest, BlockCommit, StoreError, verify_database};
use tempfile::TempDir;

use crate::support::*;

#[tokio::test]
async fn a_full_database_says_so_writes_nothing_and_takes_the_same_commit_later() {
    let book = Book::new().await;
    let store = &book.store;
    store.commit_block(commit(block(1, 0), vec![note(on_chain(), "before")])).await.unwrap();
    let big = "x".repeat(200_000);
    let next = BlockCommit {
        snapshot: Some(vec![7; 300_000]),
        ..commit(block(2, 0), vec![note(on_chain(), &big), note(on_chain(), &big)])
    };
    let decision = AppendRequest {
        drafts: vec![note(Stream::Org, &big), note(Stream::Org, &big)],
        cursor: Some(("triage".to_owned(), 1)),
        expect: Vec::new(),
    };
    store.limit_pages(64).await.unwrap();
    for _ in 0..3 {
        let refused = store.commit_block(next.clone()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Full) && refused.to_string().contains("free some space"), "{refused:?}");
        assert!(matches!(store.append(decision.clone()).await, Err(StoreError::Full)));
        assert!(matches!(store.put_evidence(&[1; 500_000]).await, Err(StoreError::Full)));
    }
    assert_eq!(store.head(&chain()).await.unwrap().unwrap().block, block(1, 0));
    assert_eq!((store.last_position().await.unwrap(), store.cursor("triage").await.unwrap()), (1, 0));
    assert!(book.proof().await.holds());
    store.limit_pages(100_000).await.unwrap();
    assert_eq!(store.commit_block(next).await.unwrap().len(), 2);
    assert_eq!(store.append(decision).await.unwrap().len(), 2);
    assert_eq!((store.last_position().await.unwrap(), store.cursor("triage").await.unwrap()), (5, 1));
    assert!(book.proof().await.holds());
}

/// A file system of a few megabytes that is gone when it is dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            Ok(output) => {
                println!("skipped: no small disk can be mounted: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: no small disk can be mounted: {error}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the small disk could not be unmounted");
    }
}

#[tokio::test]
async fn a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let path = disk.path().join("book.db");
    let store = open(&path).await.unwrap();
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![0; 2 << 20]).unwrap();
    let mut number = 0;
    let text = "x".repeat(100_000);
    let refused = loop {
        number += 1;
        assert!(number < 100, "the disk never filled up");
        match store.commit_block(commit(block(number, 0), vec![note(on_chain(), &text)])).await {
            Ok(_) => {}
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused, StoreError::Full), "{refused:?}");
    assert_eq!(store.head(&chain()).await.unwrap().unwrap().block, block(number - 1, 0));
    std::fs::remove_file(&ballast).unwrap();
    store.commit_block(commit(block(number, 0), vec![note(on_chain(), &text)])).await.unwrap();
    assert_eq!(store.whole_stream(&on_chain()).await.unwrap().len() as u64, number);
    store.close().await;
    let report = verify_database(&path, None).await.unwrap();
    assert!(report.holds(), "{report:#?}");
    println!("filled after {number} blocks");
}
