//! Archives of images: what is written is read again, and what is hostile is refused by name.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use proptest::prelude::*;
use rstest::rstest;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tar::{Builder, EntryType, Header};

use super::read::{Loaded, Reader};
use super::write::{self, Name, Saved};
use super::{ArchiveError, INDEX, LAYOUT, MANIFEST, Members};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::archive::ArchiveBytes;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Change, Entry, Metadata};
use crate::world::filesystem::layer::Layer;
use crate::world::filesystem::untar::Limits;
use crate::world::registry::config::{Form, History, ImageConfig, RunConfig};
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;

const DATE: Time = Time::from_seconds(1_700_000_000);

fn image() -> Arc<Image> {
    let metadata = Metadata::root(0o644, DATE);
    let file = |text: &str| Change::put(Entry::file(Content::text(text), metadata));
    let first = [
        (Arc::from("/etc/motd"), file("hello\n")),
        (Arc::from("/bin/sh"), Change::put(Entry::symlink("busybox", metadata))),
        (
            Arc::from("/bin/busybox"),
            Change::put(Entry::file(Content::Program { name: "busybox".into(), size: 900 }, metadata)),
        ),
        (Arc::from("/data"), Change::put(Entry::file(Content::Synthetic { size: 200_000, seed: 7 }, metadata))),
    ];
    let second =
        [(Arc::from("/etc/motd"), Change::Whiteout), (Arc::from(format!("/{}", "n".repeat(150))), file("long"))];
    let layers: Vec<Arc<Layer>> =
        [first.to_vec(), second.to_vec()].into_iter().map(|changes| Arc::new(Layer::new(changes).unwrap())).collect();
    let config = ImageConfig {
        architecture: "amd64".into(),
        os: "linux".into(),
        created: Some(DATE),
        config: RunConfig { cmd: Some(vec!["sh".into()]), env: vec!["A=<b>".into()], ..RunConfig::default() },
        history: vec![
            History { created_by: "COPY . /".into(), ..History::default() },
            History { created_by: "RUN rm /etc/motd".into(), ..History::default() },
        ],
        form: Form::BuildKit,
        ..ImageConfig::default()
    };
    Arc::new(Image::new(config, layers, ManifestFormat::Docker))
}

fn saved() -> ArchiveBytes {
    let name = |tag: &str| Name {
        full: format!("docker.io/library/app:{tag}"),
        repository: "app".to_owned(),
        tag: tag.to_owned(),
    };
    let saved = Saved { image: image(), names: vec![name("1"), name("2")], parent: None };
    ArchiveBytes::new(write::members(&[saved]))
}

fn bytes_of(archive: &ArchiveBytes) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(archive.size()).unwrap()];
    archive.read_at(0, &mut bytes);
    bytes
}

fn read_as(archive: Content, limits: Limits, docker: bool) -> Result<Vec<Loaded>, ArchiveError> {
    let members = Members::of(&Arc::new(archive))?;
    let mut reader = Reader {
        known: &|_| None,
        advance: &mut |_| Ok(()),
        limits: Limits { once: true, ..limits },
        strict: true,
        platform: None,
        layers: BTreeMap::new(),
    };
    if docker { reader.docker(&members) } else { reader.oci(&members) }
}

fn read(bytes: &[u8]) -> Result<Vec<Loaded>, ArchiveError> {
    read_as(Content::Inline(bytes.into()), Limits::default(), true)
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).expect_err("it is refused").to_string()
}

/// A tar file of these members.
fn packed(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for (name, bytes) in members {
        append(&mut archive, name, EntryType::Regular, None, bytes);
    }
    archive.into_inner().unwrap()
}

fn append(archive: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, target: Option<&str>, bytes: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(bytes.len() as u64);
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    if let Some(target) = target {
        header.set_link_name_literal(target).unwrap();
    }
    header.set_cksum();
    archive.append(&header, bytes).unwrap();
}

/// The members of a saved archive, to be changed.
fn members() -> BTreeMap<String, Vec<u8>> {
    let mut members = BTreeMap::new();
    for entry in tar::Archive::new(bytes_of(&saved()).as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.header().entry_type().is_file() {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            members.insert(entry.path().unwrap().to_string_lossy().into_owned(), bytes);
        }
    }
    members
}

fn together(members: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    packed(&members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect::<Vec<_>>())
}

fn blob(digest: Digest) -> String {
    Members::blob_name(digest)
}

#[test]
fn what_is_saved_is_read_again_under_the_same_id() {
    let image = image();
    let archive = saved();
    for loaded in [
        read(&bytes_of(&archive)).unwrap(),
        read_as(Content::Archive(Arc::new(archive)), Limits::default(), true).unwrap(),
    ] {
        let [loaded] = loaded.as_slice() else { panic!("one image") };
        assert_eq!((loaded.image.id(), &loaded.names), (image.id(), &vec!["app:1".to_owned(), "app:2".to_owned()]));
        assert_eq!(loaded.image.config_bytes(), image.config_bytes());
        assert_eq!(loaded.image.config(), image.config());
        for (read, written) in loaded.image.layers().iter().zip(image.layers()) {
            assert_eq!(
                (read.diff_id(), read.size(), read.file_count()),
                (written.diff_id(), written.size(), written.file_count())
            );
            assert_eq!(read.changes().keys().collect::<Vec<_>>(), written.changes().keys().collect::<Vec<_>>());
            let (mut one, mut other) = (Vec::new(), Vec::new());
            read.write_tar(&mut one).unwrap();
            written.write_tar(&mut other).unwrap();
            assert!(one == other, "the bytes are those that were read");
        }
    }
}

#[test]
fn an_archive_is_written_as_docker_writes_it() {
    let names: Vec<String> = saved().members().iter().map(|member| member.name.clone()).collect();
    let blobs = names.iter().filter(|name| name.starts_with("blobs/sha256/")).count();
    assert_eq!(blobs, 6, "two layers, a configuration of each, that of the image, and the manifest");
    let rest: Vec<&String> = names.iter().filter(|name| !name.starts_with("blobs/sha256/")).collect();
    assert_eq!(rest, ["blobs", "blobs/sha256", INDEX, MANIFEST, LAYOUT, "repositories"]);
    let members = members();
    let text = |name: &str| String::from_utf8(members[name].clone()).unwrap();
    let (id, layers) = (image().id(), image().config().diff_ids.clone());
    let (first, second) = (blob(layers[0]), blob(layers[1]));
    assert!(text(MANIFEST).starts_with(&format!(
        r#"[{{"Config":"{}","RepoTags":["app:1","app:2"],"Layers":["{first}","{second}"],"LayerSources":{{"#,
        blob(id)
    )));
    assert!(text(MANIFEST).ends_with("}}}]\n"));
    assert_eq!(text("repositories"), format!("{{\"app\":{{\"1\":\"{0}\",\"2\":\"{0}\"}}}}\n", layers[1].hex()));
    assert_eq!(text(LAYOUT), r#"{"imageLayoutVersion": "1.0.0"}"#);
    assert!(text(INDEX).contains(
        r#""annotations":{"io.containerd.image.name":"docker.io/library/app:2","org.opencontainers.image.ref.name":"2"}"#
    ));
}

/// An OCI layout with packed layers, as BuildKit and the containerd image store write it.
fn layout(pack: impl Fn(&[u8]) -> Vec<u8>, kind: &str) -> BTreeMap<String, Vec<u8>> {
    let image = image();
    let mut members = BTreeMap::from([(LAYOUT.to_owned(), br#"{"imageLayoutVersion": "1.0.0"}"#.to_vec())]);
    let mut put = |bytes: Vec<u8>, kind: &str| {
        let (digest, size) = (Digest::of(&bytes), bytes.len());
        members.insert(blob(digest), bytes);
        format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#)
    };
    let layers: Vec<String> = image
        .layers()
        .iter()
        .map(|layer| {
            let mut bytes = Vec::new();
            layer.write_tar(&mut bytes).unwrap();
            put(pack(&bytes), kind)
        })
        .collect();
    let config = put(image.config_bytes().to_vec(), "application/vnd.oci.image.config.v1+json");
    let manifest = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{}]}}"#, layers.join(","));
    let manifest = put(manifest.into_bytes(), "application/vnd.oci.image.manifest.v1+json");
    let attestation = r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0000","size":1,"platform":{"os":"unknown","architecture":"unknown"}}"#;
    let inner = format!(r#"{{"schemaVersion":2,"manifests":[{manifest},{attestation}]}}"#);
    let inner = put(inner.into_bytes(), "application/vnd.oci.image.index.v1+json");
    let named = inner.replace('}', r#","annotations":{"io.containerd.image.name":"docker.io/library/app:3"}}"#);
    members.insert(INDEX.to_owned(), format!(r#"{{"schemaVersion":2,"manifests":[{named}]}}"#).into_bytes());
    members
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).and_then(|()| gzip.finish()).unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn plain(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

#[rstest]
#[case(layout(gzip, "application/vnd.oci.image.layer.v1.tar+gzip"))]
#[case(layout(zstd, "application/vnd.oci.image.layer.v1.tar+zstd"))]
#[case(layout(plain, "application/vnd.oci.image.layer.v1.tar"))]
fn an_oci_layout_is_read_whatever_packs_its_layers(#[case] members: BTreeMap<String, Vec<u8>>) {
    let loaded = read_as(Content::Inline(together(&members).into()), Limits::default(), false).unwrap();
    let [loaded] = loaded.as_slice() else { panic!("one image") };
    assert_eq!((loaded.image.id(), &loaded.names), (image().id(), &vec!["docker.io/library/app:3".to_owned()]));
}

#[test]
fn docker_and_import_read_packed_layers_by_manifest_json_too() {
    let mut members = layout(gzip, "application/vnd.oci.image.layer.v1.tar+gzip");
    let image = image();
    let layers: Vec<String> = image
        .layers()
        .iter()
        .map(|layer| {
            let mut bytes = Vec::new();
            layer.write_tar(&mut bytes).unwrap();
            format!("\"{}\"", blob(Digest::of(gzip(&bytes))))
        })
        .collect();
    let manifest = format!(r#"[{{"Config":"{}","RepoTags":null,"Layers":[{}]}}]"#, blob(image.id()), layers.join(","));
    members.insert(MANIFEST.to_owned(), manifest.into_bytes());
    assert_eq!(read(&together(&members)).unwrap()[0].image.id(), image.id());
}

#[rstest]
#[case("../../etc/passwd", EntryType::Regular, None, "\"../../etc/passwd\" leaves the root directory")]
#[case("manifest.json", EntryType::Symlink, Some("/etc/passwd"), "\"manifest.json\" is a link to \"/etc/passwd\"")]
#[case(
    "manifest.json",
    EntryType::Symlink,
    Some("../../etc/passwd"),
    "\"manifest.json\" is a link to \"../../etc/passwd\""
)]
#[case("manifest.json", EntryType::Link, Some("/etc/passwd"), "\"manifest.json\" is a link to \"/etc/passwd\"")]
#[case(
    "manifest.json",
    EntryType::Symlink,
    Some("nothing"),
    "\"manifest.json\" is a link to \"nothing\", which leads out"
)]
#[case("disk", EntryType::Block, None, "\"disk\" is neither a file nor a directory")]
#[case("terminal", EntryType::Char, None, "\"terminal\" is neither a file nor a directory")]
#[case("pipe", EntryType::Fifo, None, "\"pipe\" is neither a file nor a directory")]
fn what_an_archive_of_images_has_not_is_refused_by_name(
    #[case] name: &str,
    #[case] kind: EntryType,
    #[case] target: Option<&str>,
    #[case] text: &str,
) {
    let mut archive = Builder::new(Vec::new());
    append(&mut archive, name, kind, target, b"");
    let said = refusal(&archive.into_inner().unwrap());
    assert!(said.contains(text), "{said}");
}

#[test]
fn links_through_links_are_not_followed() {
    let mut archive = Builder::new(Vec::new());
    append(&mut archive, "manifest.json", EntryType::Symlink, Some("one"), b"");
    append(&mut archive, "one", EntryType::Symlink, Some("two"), b"");
    append(&mut archive, "two", EntryType::Regular, None, b"[]");
    let said = refusal(&archive.into_inner().unwrap());
    assert!(said.starts_with("\"manifest.json\" is a link to \"one\", which is itself a link"), "{said}");
    let mut archive = Builder::new(Vec::new());
    append(&mut archive, "manifest.json", EntryType::Symlink, Some("./two"), b"");
    append(&mut archive, "two", EntryType::Regular, None, b"[]");
    assert!(read(&archive.into_inner().unwrap()).unwrap().is_empty(), "one link is followed, as older archives need");
}

#[test]
fn a_name_that_is_there_twice_is_refused() {
    let twice = packed(&[(MANIFEST, b"[]".to_vec()), ("./manifest.json", b"null".to_vec())]);
    assert!(refusal(&twice).contains("\"manifest.json\" is in the archive twice"), "{}", refusal(&twice));
}

#[test]
fn wrong_digests_are_refused_by_name() {
    let (sound, image) = (members(), image());
    let (config, layer) = (blob(image.id()), blob(image.config().diff_ids[1]));
    let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut members = sound.clone();
        change(members.get_mut(name).unwrap());
        refusal(&together(&members))
    };
    let said = changed(&config, &|bytes| bytes.push(b' '));
    assert!(said.starts_with(&format!("\"{config}\" has the digest sha256:")), "{said}");
    let said = changed(&layer, &|bytes| *bytes.last_mut().unwrap() = 1);
    assert!(said.starts_with(&format!("layer 1 of {config} is sha256:")), "{said}");
    let mut packed = layout(gzip, "");
    let name = packed.iter().find(|(_, bytes)| bytes.starts_with(&[0x1f, 0x8b])).map(|(name, _)| name.clone()).unwrap();
    let bytes = packed.get_mut(&name).unwrap();
    bytes[9] ^= 1;
    let said = read_as(Content::Inline(together(&packed).into()), Limits::default(), false).unwrap_err().to_string();
    assert!(said.starts_with(&format!("\"{name}\" has the digest")), "{said}");
}

#[test]
fn sizes_that_lie_are_refused_by_name() {
    let mut members = layout(plain, "");
    let index = String::from_utf8(members[INDEX].clone()).unwrap();
    let size = index.split("\"size\":").nth(1).and_then(|rest| rest.split(&[',', '}'][..]).next()).unwrap().to_owned();
    members.insert(INDEX.to_owned(), index.replace(&format!("\"size\":{size}"), "\"size\":99").into_bytes());
    let said = read_as(Content::Inline(together(&members).into()), Limits::default(), false).unwrap_err().to_string();
    assert!(said.contains(&format!("has {size} bytes, and is said to have 99")), "{said}");
    // A header that says more than there is.
    let mut bytes = packed(&[(MANIFEST, b"[]".to_vec())]);
    let mut header = Header::from_byte_slice(bytes[..512].try_into().unwrap()).clone();
    header.set_size(1 << 40);
    header.set_cksum();
    bytes[..512].copy_from_slice(header.as_bytes());
    assert!(read(&bytes).is_err());
    // Two headers that say different things.
    let mut archive = Builder::new(Vec::new());
    archive.append_pax_extensions([("size", &b"1"[..])]).unwrap();
    append(&mut archive, "a", EntryType::Regular, None, b"four");
    let said = refusal(&archive.into_inner().unwrap());
    assert!(said.contains("\"a\" is said to have 1 bytes and to have 4"), "{said}");
}

#[test]
fn endless_compression_ends_by_name() {
    let members = layout(|bytes| gzip(&[bytes, &vec![0; 32 << 20]].concat()), "");
    let limits = Limits { bytes: 4 << 20, ..Limits::default() };
    let said = read_as(Content::Inline(together(&members).into()), limits, false).unwrap_err().to_string();
    assert!(said.contains("cannot be unpacked: it unpacks to more than 4194304 bytes"), "{said}");
}

#[test]
fn a_million_entries_are_too_many() {
    let limits = Limits { members: 3, ..Limits::default() };
    let said = read_as(Content::Inline(bytes_of(&saved()).into()), limits, true).unwrap_err().to_string();
    assert!(said.contains("the archive has more than 3 members"), "{said}");
    let many: Vec<(String, Vec<u8>)> = (0..20_001).map(|number| (format!("f{number}"), Vec::new())).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    assert!(refusal(&packed(&many)).contains("more than 20000 members"));
}

#[test]
fn an_archive_that_is_cut_off_anywhere_is_refused_or_whole() {
    let whole = bytes_of(&saved());
    let end = whole.len() - 1024;
    let mut refused = 0;
    for length in (0..whole.len()).step_by(509) {
        match read(&whole[..length]) {
            Ok(_) => assert!(length >= end, "{length} of {}", whole.len()),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

#[rstest]
#[case(&[("../out", EntryType::Regular, None)], "\"../out\" leaves the root directory")]
#[case(&[("a", EntryType::Symlink, Some("/etc")), ("a/passwd", EntryType::Regular, None)], "\"/a/passwd\" lies below something")]
#[case(&[("f", EntryType::Regular, None), ("g", EntryType::Link, Some("/f"))], "\"/g\" is a hard link to the absolute path \"/f\"")]
#[case(&[("s", EntryType::Symlink, Some("f")), ("g", EntryType::Link, Some("s"))], "\"/g\" is a hard link to \"s\", which is itself a link")]
#[case(&[("g", EntryType::Link, Some("none"))], "\"/g\" is a hard link to \"none\", which is no file")]
#[case(&[("sda", EntryType::Block, None)], "\"/sda\" is a block device")]
#[case(&[("odd", EntryType::Char, None)], "\"/odd\" is a character device of unknown numbers")]
#[case(&[("f", EntryType::Regular, None), ("./f", EntryType::Regular, None)], "\"/f\" is in the archive twice")]
fn what_a_layer_may_not_have_is_refused_by_name(
    #[case] entries: &[(&str, EntryType, Option<&str>)],
    #[case] text: &str,
) {
    let mut layer = Builder::new(Vec::new());
    for (name, kind, target) in entries {
        append(&mut layer, name, *kind, *target, b"");
    }
    let layer = layer.into_inner().unwrap();
    let diff_id = Digest::of(&layer);
    let config =
        format!(r#"{{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":["{diff_id}"]}}}}"#);
    let (config_name, name) = (blob(Digest::of(&config)), blob(diff_id));
    let manifest = format!(r#"[{{"Config":"{config_name}","RepoTags":["a:1"],"Layers":["{name}"]}}]"#);
    let bytes = packed(&[(&config_name, config.into_bytes()), (&name, layer), (MANIFEST, manifest.into_bytes())]);
    let said = refusal(&bytes);
    assert!(said.starts_with(&format!("\"{name}\": {text}")), "{said}");
}

#[test]
fn names_without_end_are_too_long_and_take_no_memory() {
    let mut archive = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..13].copy_from_slice(b"././@LongLink");
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(4 << 20);
    header.set_cksum();
    archive.append(&header, vec![b'a'; 4 << 20].as_slice()).unwrap();
    append(&mut archive, "short", EntryType::Regular, None, b"");
    append(&mut archive, "manifest.json", EntryType::Regular, None, b"[]");
    let said = refusal(&archive.into_inner().unwrap());
    assert!(said.contains("is longer than 4095 bytes"), "{:.200}", said);
}

#[test]
fn layers_and_configurations_that_do_not_fit_are_refused() {
    let mut members = members();
    let manifest = String::from_utf8(members[MANIFEST].clone()).unwrap();
    let second = format!(",\"{}\"]", blob(image().config().diff_ids[1]));
    members.insert(MANIFEST.to_owned(), manifest.replace(&second, "]").into_bytes());
    let said = refusal(&together(&members));
    assert!(said.ends_with("names 1 layers in its manifest and 2 in its configuration"), "{said}");
    for (text, why) in [
        ("null", "manifest cannot be null"),
        ("{", "unexpected EOF"),
        ("{}", "json: cannot unmarshal object into Go value"),
        (r#"[{"Config":"nosuch"}]"#, "\"nosuch\" is missing"),
    ] {
        members.insert(MANIFEST.to_owned(), text.into());
        assert!(refusal(&together(&members)).contains(why), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_images_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_change_to_an_archive_is_noticed_or_harmless(place in 0_usize..220_000, value: u8) {
        let mut bytes = bytes_of(&saved());
        let place = place % bytes.len();
        bytes[place] = value;
        if let Ok(loaded) = read(&bytes) {
            for Loaded { image: read, .. } in loaded {
                prop_assert_eq!(read.id(), image().id());
            }
        }
    }
}
