//! How fast archives of images are read, beside the SHA-256 of the same bytes. Run with `cargo bench --bench archives`.

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::BytesCount;
use layerlab::world::clock::Time;
use layerlab::world::digest::Digest;
use layerlab::world::filesystem::archive::ArchiveBytes;
use layerlab::world::filesystem::content::Content;
use layerlab::world::filesystem::entry::{Change, Entry, Metadata};
use layerlab::world::filesystem::layer::Layer;
use layerlab::world::registry::archive::write::{self, Name, Saved};
use layerlab::world::registry::archive::{LIMITS, images_in};
use layerlab::world::registry::config::ImageConfig;
use layerlab::world::registry::image::Image;
use layerlab::world::registry::manifest::ManifestFormat;

/// Files of the archive, and bytes of each: the proportion of an archive of 2 GB with 150 000 files.
const FILES: u64 = 5_000;
const SIZE: u64 = 13_000;

fn main() {
    divan::main();
}

/// An archive of one image with one layer.
fn archive() -> Vec<u8> {
    let metadata = Metadata::root(0o644, Time::EPOCH);
    let changes = (0..FILES).map(|number| {
        let file = Entry::file(Content::Synthetic { size: SIZE, seed: number }, metadata);
        (Arc::from(format!("/srv/{}/{number}", number % 100)), Change::put(file))
    });
    let layer = Arc::new(Layer::new(changes).unwrap());
    let config = ImageConfig { architecture: "amd64".into(), os: "linux".into(), ..ImageConfig::default() };
    let image = Arc::new(Image::new(config, vec![layer], ManifestFormat::Docker));
    let name = Name { full: "docker.io/library/big:1".into(), repository: "big".into(), tag: "1".into() };
    let members = write::members(&[Saved { image, names: vec![name], parent: None }]);
    let archive = ArchiveBytes::new(members);
    let mut bytes = vec![0; usize::try_from(archive.size()).unwrap()];
    archive.read_at(0, &mut bytes);
    bytes
}

#[divan::bench(sample_count = 20)]
fn import(bencher: Bencher<'_, '_>) {
    let archive = Content::Inline(archive().into());
    bencher.counter(BytesCount::new(archive.size())).bench_local(|| {
        let images = images_in(archive.clone(), None, LIMITS, &mut |_| Ok(())).unwrap();
        assert_eq!(black_box(images).len(), 1);
    });
}

#[divan::bench(sample_count = 20)]
fn sha256_of_the_same_bytes(bencher: Bencher<'_, '_>) {
    let archive = archive();
    bencher.counter(BytesCount::new(archive.len())).bench_local(|| Digest::of(black_box(&archive)));
}
