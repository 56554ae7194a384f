//! Executables that the model did not make: ELF files out of a real image, and the model's own after they went through a tar stream.
//!
//! Promises: the model's own are known by their bytes; of others, the names under which they lie say which program they are, so
//! that an image whose BusyBox or nginx is a real one runs as far as the model has that program. Must not know: images.

use super::kernel::Kernel;
use super::program::ProgramTable;
use super::vfs::Caller;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Node;

/// Where images have BusyBox; its tools are links to it, or the same file.
const BUSYBOX: &str = "/bin/busybox";
/// Bytes of an executable that are looked at.
const START: usize = 512;

impl Kernel {
    /// The program that an ELF file is; `names` are those under which it was found. None if it is no ELF file.
    pub(super) fn foreign_program(
        &self,
        programs: &ProgramTable,
        caller: &Caller,
        content: &Content,
        names: [&str; 2],
    ) -> Option<String> {
        let mut start = [0; START];
        let length = content.read_at(0, &mut start);
        if let Some(name) = Content::program_in(&start[..length], content.size()) {
            return Some(name.to_owned());
        }
        if !start.starts_with(b"\x7fELF") {
            return None;
        }
        let busybox = self.resolve(caller, BUSYBOX, true).and_then(|path| self.entry(caller, &path));
        if busybox.is_ok_and(|busybox| matches!(&busybox.node, Node::File(same) if same == content)) {
            return Some("busybox".to_owned());
        }
        let base = names.map(|path| path.rsplit('/').next().unwrap_or(path));
        Some(base.into_iter().find(|name| programs.has(name)).unwrap_or(base[0]).to_owned())
    }
}
