//! Any bytes are an archive of images, or are refused by name; what is read holds no more than its limits.
#![no_main]

use layerlab::world::filesystem::content::Content;
use layerlab::world::filesystem::untar::Limits;
use layerlab::world::registry::archive::images_in;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { once: true, ..Limits::default() };
    match images_in(Content::Inline(bytes.into()), None, limits, &mut |_| Ok(())) {
        Ok(images) => {
            for loaded in images {
                let files: usize = loaded.image.layers().iter().map(|layer| layer.changes().len()).sum();
                assert!(files <= 2 * limits.members, "{files} files");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
