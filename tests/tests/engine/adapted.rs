//! What an adaptor stores, and what an adaptor refuses.
use super::*;
use coroutine_runtime::Adapt;
use std::sync::atomic::AtomicBool;

/// Of another crate, let us say: serde does not know it.
struct Meter {
    name: String,
    count: u64,
}

struct AsCount;
impl Adapt<Meter> for AsCount {
    type Stored = (String, u64);
    fn store(meter: &Meter) -> (String, u64) {
        (meter.name.clone(), meter.count)
    }
    fn restore((name, count): (String, u64)) -> Result<Meter, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Meter { name, count })
    }
}

#[durable]
async fn meters(world: &World) -> (u64, u64) {
    #[with(AsCount)]
    let mut meter = Meter { name: "one".into(), count: 1 };
    for n in 0..3u64 {
        world.does(&format!("{} {n}", meter.name), "step").await;
        meter.count += n;
        sleep(DAY).await;
    }
    let (one, two) = join!(reads(meter), reads(Meter { name: "two".into(), count: 7 }));
    (one, two)
}

#[durable]
async fn reads(#[with(AsCount)] meter: Meter) -> u64 {
    sleep(DAY).await;
    meter.count
}

#[test]
fn it_is_there_whatever_crashes() -> Outcome {
    TestRuntime::new().env_with(World::default).register(meters).crash_everywhere(async |rt| {
        assert_eq!(rt.start(meters, ()).await?.result().await?, (4, 7));
        Ok(())
    })?;
    Ok(())
}

/// Whether its adaptor makes a line again.
static UP: AtomicBool = AtomicBool::new(false);
struct Line(u16);
struct AsPort;
impl Adapt<Line> for AsPort {
    type Stored = u16;
    fn store(line: &Line) -> u16 {
        line.0
    }
    fn restore(port: u16) -> Result<Line, Box<dyn std::error::Error + Send + Sync>> {
        if UP.load(Ordering::Relaxed) { Ok(Line(port)) } else { Err("nobody listens".into()) }
    }
}

#[durable]
async fn listens() -> u16 {
    #[with(AsPort)]
    let line = Line(80);
    let by: u16 = receive("by").await;
    line.0 + by
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coroutine_rests_where_its_adaptor_refuses() -> Outcome {
    let runtime = Runtime::builder(Memory::new()).cache(0).register(listens).start().await?;
    let it = runtime.start_as("it", listens, ()).await?;
    status(&it, Status::Waiting).await?;
    it.send("by", &1u16).await?;
    status(&it, Status::Quarantined).await?;
    let error = it.inspect().await?.error.clone().unwrap_or_default();
    for part in ["`line` in `engine::adapted::listens` at `", "its adaptor `engine::adapted::AsPort` does not restore it: nobody listens"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    UP.store(true, Ordering::Relaxed);
    assert!(runtime.resume(it.id()).await?);
    assert_eq!(it.result().await?, 81, "nothing is lost");
    runtime.shutdown().await;
    Ok(())
}
