//! Files of the storage folder: each appears whole or not at all.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use bytes::Bytes;

use crate::options::TestLogError;

/// The file's bytes; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Bytes>, TestLogError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes.into())),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(why) => Err(TestLogError::Folder { path: path.to_owned(), why }),
    }
}

/// Writes through a temporary file in `dir/.state`. Dying in between leaves that file, unread.
/// Not synced to the disk: a test log promises nothing over a power cut.
pub(crate) fn write(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), TestLogError> {
    let failed = |at: &Path, why| TestLogError::Folder { path: at.to_owned(), why };
    for folder in [Some(dir.join(".state").as_path()), path.parent()].into_iter().flatten() {
        fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    }
    let temporary = dir.join(".state/writing");
    fs::write(&temporary, bytes).map_err(|e| failed(&temporary, e))?;
    fs::rename(&temporary, path).map_err(|e| failed(path, e))
}

/// Removes a folder of partial tiles; absent is fine.
pub(crate) fn remove_folder(path: &Path) -> Result<(), TestLogError> {
    match fs::remove_dir_all(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => {
            Err(TestLogError::Folder { path: path.to_owned(), why })
        }
        _ => Ok(()),
    }
}
