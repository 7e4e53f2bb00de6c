//! Writes real snapshots as the seeds of a corpus, into the directory that its argument names.
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args().nth(1).ok_or("the directory of the corpus is missing")?);
    std::fs::create_dir_all(&directory)?;
    for (n, seed) in coroutine_fuzz::seeds()?.into_iter().enumerate() {
        std::fs::write(directory.join(format!("seed-{n}")), seed)?;
    }
    Ok(())
}
