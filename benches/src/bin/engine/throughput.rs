//! How much goes through: checkpoints and whole workflows.
use super::disk::noise;
use super::{Outcome, fresh, line, per_second, rate, remove, tokio};
use coroutine_runtime::prelude::*;
use coroutine_runtime::store::{Checkpoint, Id, NewCoroutine, Next, Sqlite, Store};
use coroutine_runtime::{Client, StartError};
use std::path::Path;
use std::time::{Duration, Instant};

/// A world whose steps cost nothing.
pub(crate) struct World;

impl World {
    pub(crate) async fn works(&self, n: u64) -> u64 {
        std::hint::black_box(n)
    }
}

/// A step and a checkpoint for each turn of the loop, of a frame of about 300 bytes.
#[durable]
async fn steps(count: u64, cargo: Vec<u8>, world: &World) -> u64 {
    let mut sum = 0;
    for n in 0..count {
        sum += world.works(n).await;
    }
    sum + cargo.len() as u64
}

/// Ten steps, by hand.
#[durable]
async fn ten(n: u64, world: &World) -> u64 {
    let mut sum = world.works(n).await;
    sum += world.works(sum).await;
    sum += world.works(sum).await;
    sum += world.works(sum).await;
    sum += world.works(sum).await;
    sum += world.works(sum).await;
    sum += world.works(sum).await;
    sum += world.works(sum).await;
    sum += world.works(sum).await;
    sum + world.works(sum).await
}

/// The store without the engine: batches of checkpoints of 256 coroutines, one after the other.
pub(crate) fn store(directory: &Path) -> Outcome {
    let path = fresh(directory, "store.db")?;
    tokio()?.block_on(async {
        let store = Sqlite::open(&path)?;
        let ids: Vec<Id> = (0..256).map(|n| Id::new(format!("00000000-0000-0000-0000-{n:012}"))).collect::<Result<_, _>>()?;
        let new = |id: &Id| NewCoroutine { id: id.clone(), function: "steps".into(), args: Vec::new(), parent: None };
        store.start(0, ids.iter().map(new).collect()).await?;
        let worker = store.open_worker(0, u64::MAX).await?;
        let claimed = store.claim(worker, 0, ids.len(), &["steps".into()]).await?;
        let mut at: Vec<(Id, u64)> = claimed.coroutines.into_iter().map(|loaded| (loaded.id, loaded.revision)).collect();
        for size in [1, 16, 256] {
            let (mut done, begun, written) = (0, Instant::now(), written()?);
            while begun.elapsed() < super::disk::WINDOW {
                for some in at.chunks_mut(size) {
                    let checkpoint = |(id, revision): &(Id, u64)| {
                        Checkpoint::new(id.clone(), *revision, Next::Running { snapshot: noise(done + *revision) })
                    };
                    store.commit(worker, 1, some.iter().map(checkpoint).collect()).await?;
                    some.iter_mut().for_each(|(_, revision)| *revision += 1);
                    done += some.len() as u64;
                }
            }
            line(&format!("checkpoints of 300 bytes, {size} in a batch"), &rate(done, begun.elapsed()));
            line("    bytes written for each, folds included", &format!("{} B", (self::written()? - written) / done));
        }
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    remove(directory, "store.db")
}

/// What the process has had the disk write.
fn written() -> Result<u64, Box<dyn std::error::Error>> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    Ok(io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).ok_or("no figure of what was written")?.parse()?)
}

pub(crate) fn checkpoints(directory: &Path) -> Outcome {
    for (coroutines, count) in [(1, 2_000), (16, 2_000), (256, 2_000), (4_096, 150)] {
        let begun = Processors::begin();
        let done = under_way(directory, coroutines, count)?;
        line(&format!("checkpoints, {coroutines} coroutines under way"), &format!("{done:.0} /s"));
        begun.end("    processor time of each", coroutines as u64 * count);
    }
    remove(directory, "steps.db")
}

/// Checkpoints in a second, of so many coroutines that each make so many.
pub(crate) fn under_way(directory: &Path, coroutines: usize, count: u64) -> Result<f64, Box<dyn std::error::Error>> {
    let path = fresh(directory, "steps.db")?;
    tokio()?.block_on(async {
        let builder = Runtime::builder(Sqlite::open(&path)?).env(World).register(steps).concurrency(coroutines);
        let runtime = builder.start().await?;
        let begun = Instant::now();
        let handles = start_all(&runtime, coroutines, move |client| async move { client.start(steps, (count, noise(0))).await }).await?;
        end_all(handles).await?;
        let time = begun.elapsed();
        runtime.shutdown().await;
        Ok(per_second(coroutines as u64 * count, time))
    })
}

/// A store that has been written for a while, so that SQLite's log is written over and no longer grows; and who runs it.
pub(crate) struct Worn {
    tokio: tokio::runtime::Runtime,
    runtime: Option<Runtime>,
}

impl Worn {
    pub(crate) fn new(directory: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let path = fresh(directory, "worn.db")?;
        let tokio = tokio()?;
        let runtime = tokio.block_on(async {
            let runtime = Runtime::builder(Sqlite::open(&path)?).env(World).register(steps).start().await?;
            // (More than twice the log.)
            let handles = start_all(&runtime, 256, |client| async move { client.start(steps, (1_000, noise(0))).await }).await?;
            end_all(handles).await?;
            Ok::<_, Box<dyn std::error::Error>>(runtime)
        })?;
        Ok(Worn { tokio, runtime: Some(runtime) })
    }

    /// Checkpoints in a second, of one coroutine that makes so many.
    pub(crate) fn alone(&self, count: u64) -> Result<f64, Box<dyn std::error::Error>> {
        let Some(runtime) = &self.runtime else { return Ok(0.0) };
        self.tokio.block_on(async {
            let begun = Instant::now();
            runtime.start(steps, (count, noise(0))).await?.result().await?;
            Ok(per_second(count, begun.elapsed()))
        })
    }

    pub(crate) fn close(mut self, directory: &Path) -> Outcome {
        if let Some(runtime) = self.runtime.take() {
            self.tokio.block_on(runtime.shutdown());
        }
        drop(self.tokio);
        remove(directory, "worn.db")
    }
}

/// Started from outside, each with an id of its own, all at once.
async fn start_all<R: Send + 'static, F: Future<Output = Result<Handle<R>, StartError>> + Send + 'static>(
    client: &Client,
    count: usize,
    start: impl Fn(Client) -> F,
) -> Result<Vec<Handle<R>>, Box<dyn std::error::Error>> {
    let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(start(client.clone()))).collect();
    let mut handles = Vec::with_capacity(count);
    for task in tasks {
        handles.push(task.await??);
    }
    Ok(handles)
}

/// How long the process has had processors, all of them together: the same on a machine that others use, too.
struct Processors(Option<Duration>);

impl Processors {
    fn begin() -> Self {
        Processors(Self::now())
    }

    /// None where the system does not say.
    fn now() -> Option<Duration> {
        #[cfg(unix)]
        return rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).try_into().ok();
        #[cfg(not(unix))]
        return None;
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn end(self, name: &str, count: u64) {
        if let (Some(begun), Some(now)) = (self.0, Self::now()) {
            line(name, &format!("{:.1?}", (now - begun).div_f64(count as f64)));
        }
    }
}

/// Waits for all of them at once.
async fn end_all<R: serde::de::DeserializeOwned + Send + 'static>(handles: Vec<Handle<R>>) -> Result<(), Box<dyn std::error::Error>> {
    let tasks: Vec<_> = handles.into_iter().map(|handle| tokio::spawn(async move { handle.result().await.map(drop) })).collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

pub(crate) fn workflows(directory: &Path) -> Outcome {
    const COUNT: usize = 30_000;
    let path = fresh(directory, "ten.db")?;
    tokio()?.block_on(async {
        let runtime = Runtime::builder(Sqlite::open(&path)?).env(World).register(ten).concurrency(4_096).start().await?;
        let (processors, begun) = (Processors::begin(), Instant::now());
        let handles = start_all(&runtime, COUNT, |client| async move { client.start(ten, (7,)).await }).await?;
        line("starts", &rate(COUNT as u64, begun.elapsed()));
        end_all(handles).await?;
        line("workflows of ten steps, from start to end", &rate(COUNT as u64, begun.elapsed()));
        processors.end("    processor time of each", COUNT as u64);
        runtime.shutdown().await;
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    remove(directory, "ten.db")
}
