//! The tar bytes of a layer as another program reads them, and what is refused in the bytes of others.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use proptest::prelude::*;
use tar::Archive;

use super::*;
use crate::world::clock::Time;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Device;
use crate::world::filesystem::untar::{Limits, TarError};

fn metadata(mode: u32) -> Metadata {
    Metadata { mode, uid: 1000, gid: 3_000_000, modified: Time::from_seconds(1_704_067_200) }
}

fn file(content: Content) -> Change {
    Change::put(Entry::file(content, metadata(0o4755)))
}

/// A layer with one of everything, under sound and awkward names.
fn full_layer() -> Layer {
    let long = format!("/d/{}/{}", "n".repeat(200), "ä".repeat(60));
    let changes = [
        ("/d".into(), Change::Put { entry: Entry::directory(metadata(0o1777)), opaque: true }),
        ("/d-e".into(), file(Content::text("beside"))),
        ("/d/gone".into(), Change::Whiteout),
        ("/d/link".into(), Change::put(Entry::symlink("../a//b", metadata(0o777)))),
        ("/d/far".into(), Change::put(Entry::symlink("t".repeat(150), metadata(0o777)))),
        ("/d/null".into(), Change::put(Entry::device(Device::Null, metadata(0o666)))),
        ("/d/pipe".into(), Change::put(Entry::fifo(metadata(0o600)))),
        ("/d/program".into(), file(Content::Program { name: "sh".into(), size: 1000 })),
        ("/top-gone".into(), Change::Whiteout),
        (long.into(), file(Content::Synthetic { size: 5000, seed: 3 })),
    ];
    Layer::new(changes).unwrap()
}

fn tar_of(layer: &Layer) -> Vec<u8> {
    let mut bytes = Vec::new();
    layer.write_tar(&mut bytes).unwrap();
    bytes
}

fn names(bytes: &[u8]) -> Vec<String> {
    let mut archive = Archive::new(bytes);
    let name = |member: io::Result<tar::Entry<'_, _>>| String::from_utf8(member.unwrap().path_bytes().into()).unwrap();
    archive.entries().unwrap().map(name).collect()
}

/// A layer whose contents are all bytes, so that it can be compared with one that was read.
fn inlined(layer: &Layer) -> Layer {
    let inline = |change: &Change| {
        let mut change = change.clone();
        if let Change::Put { entry: Entry { node: Node::File(content), .. }, .. } = &mut change {
            *content = Content::Inline(content.bytes(1 << 20).unwrap());
        }
        change
    };
    Layer::new(layer.changes().iter().map(|(path, change)| (Arc::clone(path), inline(change)))).unwrap()
}

#[test]
fn writes_what_the_oci_specification_says() {
    let names = names(&tar_of(&full_layer()));
    let n = "n".repeat(200);
    assert_eq!(
        names,
        [
            "d/",
            "d/.wh..wh..opq",
            "d-e",
            "d/far",
            "d/.wh.gone",
            "d/link",
            &format!("d/{n}/"),
            &format!("d/{n}/{}", "ä".repeat(60)),
            "d/null",
            "d/pipe",
            "d/program",
            ".wh.top-gone",
        ]
    );
}

#[test]
fn a_whiteout_is_an_empty_regular_file() {
    let layer = Layer::new([("/etc/group".into(), Change::Whiteout)]).unwrap();
    let bytes = tar_of(&layer);
    let mut archive = Archive::new(&*bytes);
    let mark = archive.entries().unwrap().nth(1).unwrap().unwrap();
    assert_eq!((mark.header().entry_type(), mark.size()), (EntryType::Regular, 0));
}

#[test]
fn reading_back_gives_the_same_layer_and_the_same_bytes() {
    let layer = full_layer();
    let read = Layer::from_tar(&*tar_of(&layer), Limits::default()).unwrap();
    assert_eq!(read, inlined(&layer));
    assert_eq!(tar_of(&read), tar_of(&layer));
}

#[test]
fn digests_are_those_of_the_bytes() {
    let layer = full_layer();
    let mut compressed = Vec::new();
    layer.write_compressed(&mut compressed).unwrap();
    assert_eq!(layer.diff_id(), Digest::of(tar_of(&layer)));
    let blob = Blob { digest: Digest::of(&compressed), size: compressed.len() as u64 };
    assert_eq!((layer.compressed(), layer.computed_digests()), (blob, (layer.diff_id(), blob)));
    let mut plain = Vec::new();
    GzDecoder::new(&*compressed).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, tar_of(&layer));
    assert_eq!(compressed[4..8], [0; 4], "a gzip header without a time");
}

/// The SHA-256 of 1024 zero bytes, which every engine knows as the diff ID of the empty layer.
#[test]
fn the_empty_layer_has_the_diff_id_that_docker_gives_it() {
    let empty = Layer::new([]).unwrap().diff_id();
    assert_eq!(empty.to_string(), "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

/// An archive of members given as name, type, link target and content, with names that the writer would refuse.
fn raw(members: &[(&str, EntryType, &str, &str)]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for (name, kind, target, content) in members {
        let mut header = header(&metadata(0o644));
        header.set_entry_type(*kind);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, content.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn refused(members: &[(&str, EntryType, &str, &str)]) -> String {
    let limits = Limits { members: 3, bytes: 10, path: 40, once: false };
    Layer::from_tar(&*raw(members), limits).unwrap_err().to_string()
}

#[test]
fn names_the_member_that_is_refused() {
    use EntryType as Kind;
    let long = "x".repeat(41);
    let regular = |name| (name, Kind::Regular, "", "");
    assert!(refused(&[regular("a/../../etc/passwd")]).starts_with("\"a/../../etc/passwd\" leaves the root"));
    assert!(
        refused(&[("big", Kind::Regular, "", "01234567890")]).starts_with("\"/big\" takes the archive's files over 10")
    );
    assert!(refused(&[regular(&long)]).ends_with("is longer than 40 bytes; shorten it"));
    assert!(refused(&[regular("a"), regular("b"), regular("c"), regular("d")]).contains("more than 3 members"));
    assert!(refused(&[("l", Kind::Link, "no", "")]).contains("\"/l\" is a hard link to \"no\""));
    assert!(refused(&[("b", Kind::Block, "", "")]).contains("\"/b\" is a block device"));
    assert!(refused(&[("c", Kind::Char, "", "")]).contains("\"/c\" is a character device"));
    assert!(refused(&[regular("f"), regular("f/x")]).contains("\"/f/x\" lies below something"));
    assert!(matches!(Layer::from_tar(&[1; 600][..], Limits::default()), Err(TarError::Unreadable { .. })));
}

#[test]
fn reads_what_other_programs_write() {
    use EntryType as Kind;
    let bytes = raw(&[
        ("./", Kind::Directory, "", ""),
        ("./a/b/../f", Kind::Regular, "", "first"),
        ("/a/hard", Kind::Link, "./a/f", ""),
        ("a/f", Kind::Regular, "", "second"),
        ("d/", Kind::Directory, "", ""),
        ("d/x", Kind::Regular, "", ""),
        ("d", Kind::Regular, "", "a file now"),
        (".wh..wh.plnk", Kind::Regular, "", ""),
        (".wh.e", Kind::Regular, "", ""),
        ("e/", Kind::Directory, "", ""),
    ]);
    let layer = Layer::from_tar(&*bytes, Limits::default()).unwrap();
    let text = |path: &str| match &layer.get(path).unwrap().entry().unwrap().node {
        Node::File(content) => String::from_utf8(content.bytes(100).unwrap().to_vec()).unwrap(),
        other => format!("{other:?}"),
    };
    assert_eq!(layer.changes().keys().map(|path| &**path).collect::<Vec<_>>(), ["/a", "/a/f", "/a/hard", "/d", "/e"]);
    assert_eq!((text("/a/f"), text("/a/hard"), text("/d")), ("second".into(), "first".into(), "a file now".into()));
    assert!(matches!(layer.get("/e"), Some(Change::Put { opaque: true, .. })), "deleted and made again: opaque");
}

fn any_change() -> impl Strategy<Value = Change> {
    let metadata = (0..0o10000u32, any::<u32>(), any::<u32>(), 0..1i64 << 35)
        .prop_map(|(mode, uid, gid, seconds)| Metadata { mode, uid, gid, modified: Time::from_seconds(seconds) });
    let bytes = proptest::collection::vec(any::<u8>(), 0..700);
    (metadata, bytes, "[a-z/.]{1,130}", any::<bool>(), 0..6u8).prop_map(|(metadata, bytes, target, opaque, kind)| {
        match kind {
            0 => Change::Whiteout,
            1 => Change::Put { entry: Entry::directory(metadata), opaque },
            2 => Change::put(Entry::symlink(target, metadata)),
            3 => Change::put(Entry::device(Device::ALL[bytes.len() % 7], metadata)),
            _ => Change::put(Entry::file(Content::Inline(bytes.into()), metadata)),
        }
    })
}

/// A layer of random changes, without those that stand below something that is no directory.
fn any_layer() -> impl Strategy<Value = Layer> {
    let path = prop_oneof!["(/[a-c-]{1,2}){1,3}", "(/[a-zäöü .]{1,60}x){1,4}"];
    proptest::collection::btree_map(path, any_change(), 0..12).prop_map(|changes| {
        let is_file =
            |path: &str| changes.get(path).is_some_and(|change| !change.entry().is_some_and(Entry::is_directory));
        // A name that looks like a mark cannot be in a layer (OCI image specification, «Whiteouts»).
        let is_mark = |path: &str| path.contains("/.wh.");
        let sound = changes.iter().filter(|(path, _)| !path::ancestors(path).any(&is_file) && !is_mark(path));
        let sound: BTreeMap<Arc<str>, Change> =
            sound.map(|(path, change)| (path.as_str().into(), change.clone())).collect();
        Layer::new(sound).unwrap()
    })
}

proptest! {
    #[test]
    fn every_layer_reads_back_as_itself(layer in any_layer()) {
        let bytes = tar_of(&layer);
        let read = Layer::from_tar(&*bytes, Limits::default()).unwrap();
        prop_assert_eq!(tar_of(&read), bytes);
        prop_assert_eq!(read, layer);
    }

    #[test]
    fn damaged_bytes_give_a_layer_or_an_error(
        layer in any_layer(), damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let mut bytes = tar_of(&layer);
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let _ = Layer::from_tar(&*bytes, Limits::default());
    }
}
