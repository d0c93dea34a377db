//! A disk without room: what has to be written waits until there is, and a person hears of it.

use std::{path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use crate::{book::Book, scene::Scene, serve::Installation};

/// A file system of a few megabytes that is gone when it is dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let size = format!("size={megabytes}m");
        match Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output() {
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

    /// Leaves no byte free.
    fn fill(&self) {
        use std::io::Write as _;
        let mut ballast = std::fs::File::create(self.path().join("ballast")).unwrap();
        while ballast.write_all(&[0; 1_024]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the small disk could not be unmounted");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_finds_no_room_is_held_and_nothing_is_lost() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let Some(scene) = Scene::set().await else { return };
    let mut installation = Installation::new(&scene, &[scene.node.ws()]);
    installation.data = disk.path().join("data");
    let mut serve = installation.serve();
    serve.ready().await;
    let before = scene.node.height().await;
    disk.fill();
    scene.attack().await;
    scene.node.mine(1).await;
    scene.honest().await;
    scene.node.mine(2).await;
    serve.says("held until it can be written").await;
    serve.says("free some space").await;
    // The desk still answers, and does not claim to be at the head.
    let is_held =
        |status: &Value| status["chains"][0]["head"]["number"] == before && status["chains"][0]["following"] == false;
    let status = serve.desk("/api/v1/status", is_held).await;
    assert!(status["chains"][0]["blind_recent"][0]["why"].as_str().unwrap().contains("free some space"), "{status}");
    assert!(status["unready"].is_string(), "{status}");
    let held = Book::read(&installation.book()).await.unwrap();
    assert_eq!(held.head.unwrap().number, before);
    assert!(serve.ended().is_none());

    disk.make_room();
    serve.book("the pause on its way", |book| book.of_kind("case.receipt/1").len() == 1).await;
    scene.node.mine(1).await;
    serve.book("the pause confirmed", Book::is_contained).await;
    serve.follows(&scene).await;
    serve.desk("/api/v1/status", |status| status["chains"][0]["following"] == true).await;
    serve.stop().await;
    let book = installation.proved().await;
    assert!(book.is_whole() && book.alerts("drain").len() == 1, "{:#?}", book.story());
    assert!(!book.of_kind("evidence.kept/1").is_empty(), "the evidence of the attack was not kept");
    assert_eq!(scene.mined_of(0).await, 1);
}
