//! What the examples share: files that are replaced whole or not at all.
//!
//! A snapshot is bytes; where they go is the program's affair. A file that is written in place can be cut short by a crash, so the
//! new bytes go into a file beside it, which then takes its name: whoever reads finds the old bytes or the new ones.
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Replaces what is in a file: on the disk when this returns, and never half of it.
///
/// # Errors
/// When the file system refuses; the file is then as it was.
///
/// ```
/// let path = std::env::temp_dir().join(format!("replaced-{}", std::process::id()));
/// coroutine_examples::replace(&path, b"first")?;
/// coroutine_examples::replace(&path, b"second")?;
/// assert_eq!(coroutine_examples::read(&path)?.as_deref(), Some(&b"second"[..]));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path);
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_directory_of(path)
}

/// What is in a file, if it is there.
///
/// # Errors
/// When it is there and cannot be read.
///
/// ```
/// let path = std::env::temp_dir().join("no file has this name");
/// assert_eq!(coroutine_examples::read(&path)?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if_there(fs::read(path))
}

/// Removes a file, if it is there.
///
/// # Errors
/// When it is there and cannot be removed.
///
/// ```
/// let path = std::env::temp_dir().join("no file has this name");
/// coroutine_examples::remove(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn remove(path: &Path) -> io::Result<()> {
    if_there(fs::remove_file(path)).map(Option::unwrap_or_default)
}

fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

/// A rename is on the disk when the directory is. Windows has no way to ask for it and does not need it.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    let directory = match path.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

/// The README's program, as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The guide to the engine, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/engine.md")]
struct Engine;

#[cfg(doctest)]
#[doc = include_str!("../../docs/language.md")]
struct Language;

#[cfg(doctest)]
#[doc = include_str!("../../docs/leaves.md")]
struct Leaves;

#[cfg(doctest)]
#[doc = include_str!("../../docs/failures.md")]
struct Failures;
