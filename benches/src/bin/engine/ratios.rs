//! The engine beside what the disk and SQLite alone give at the same time: in turns, for a disk that others use is now ten times as fast as
//! a second later. Medians of the rounds' ratios.
use super::disk::{Records, Rows, synced};
use super::throughput::{self, Worn};
use super::{Outcome, line, quantile, remove};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

const ROUNDS: usize = 15;
const TURN: Duration = Duration::from_millis(700);

pub(crate) fn all(directory: &Path) -> Outcome {
    let (mut rows, mut records, worn) = (Rows::new(directory)?, Records::new(directory)?, Worn::new(directory)?);
    // (More than once its log, so that it is written over as well.)
    records.append(256, 4 * TURN)?;
    let mut ratios: [(&str, Vec<f64>); 5] = [
        ("a step of one coroutine, in syncs of an overwritten page", Vec::new()),
        ("a step of one coroutine, in records that SQLite alone appends", Vec::new()),
        ("256 under way, to rows updated in place 256 at a time", Vec::new()),
        ("256 under way, to records of 256", Vec::new()),
        ("4096 under way, to rows updated in place 256 at a time", Vec::new()),
    ];
    for _ in 0..ROUNDS {
        let before = sync(directory)?;
        let alone = worn.alone(1_000)?;
        let sync = (before + sync(directory)?) / 2.0;
        let record = 1.0 / records.append(1, TURN)?;
        let in_place = rows.update(256, TURN)?;
        let many = throughput::under_way(directory, 256, 150)?;
        let recorded = records.append(256, TURN)?;
        let in_place = (in_place + rows.update(256, TURN)?) / 2.0;
        let more = throughput::under_way(directory, 4096, 20)?;
        let round = [1.0 / alone / sync, 1.0 / alone / record, many / in_place, many / recorded, more / in_place];
        ratios.iter_mut().zip(round).for_each(|((_, ratios), ratio)| ratios.push(ratio));
    }
    for (name, mut ratios) in ratios {
        ratios.sort_by(f64::total_cmp);
        line(name, &format!("{:.2} ({:.2} to {:.2})", ratios[ROUNDS / 2], ratios[ROUNDS / 4], ratios[ROUNDS * 3 / 4]));
    }
    worn.close(directory)?;
    remove(directory, "rows.db")?;
    remove(directory, "records.db")?;
    remove(directory, "steps.db")
}

/// Seconds.
fn sync(directory: &Path) -> Result<f64, Box<dyn Error>> {
    let mut times = synced(directory, 100, 0)?;
    times.sort();
    Ok(quantile(&times, 50).as_secs_f64())
}
