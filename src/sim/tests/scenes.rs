//! The scenes of the project are scenes.

use std::{fs, path::Path};

use crate::sim::Scene;

#[test]
fn every_fixture_is_a_scene_that_says_what_it_is_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenes");
    let mut read = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.starts_with("# "), "{}", path.display());
        if let Err(error) = Scene::parse(&text) {
            panic!("{}: {error}", path.display());
        }
        read += 1;
    }
    assert!(read >= 6, "{read}");
}
