//! Parents and children, and branches beside each other.
use super::*;
use crate::checkpoints::numbers;

#[durable]
async fn doomed(how: String) -> u32 {
    if how == "panics" {
        panic!("doomed");
    }
    receive("never").await
}

#[durable]
async fn watches(how: String) -> Result<u32, JoinError> {
    let child = spawn_as(Id::new("child").map_err(|error| JoinError::Value(error.to_string()))?, doomed, (how,)).await;
    child.join().await
}

#[test]
fn a_parent_sees_how_its_child_ended() -> Outcome {
    let rt = TestRuntime::new().register(doomed).register(watches).retries(2, Duration::from_secs(1));
    rt.run(async |rt| {
        let parent = rt.start(watches, ("panics".into(),)).await?;
        rt.advance(DAY).await;
        assert_eq!(parent.status().await?, Status::Waiting, "a child in quarantine has not ended");
        assert!(rt.fail(&Id::new("child")?, "nobody mends it").await?);
        assert_eq!(parent.result().await?, Err(JoinError::Failed("nobody mends it".into())));
        Ok(())
    })?;
    rt.run(async |rt| {
        let parent = rt.start(watches, ("waits".into(),)).await?;
        rt.settle().await;
        rt.handle::<u32>("child")?.cancel().await?;
        assert_eq!(parent.result().await?, Err(JoinError::Cancelled));
        Ok(())
    })
}

#[durable]
pub(crate) async fn square(n: u64) -> u64 {
    n * n
}

#[durable]
async fn fans_out(to: u64) -> u64 {
    let mut children: Vec<Child<u64>> = Vec::new();
    for n in 1..=to {
        children.push(spawn(square, (n,)).await);
    }
    let mut sum = 0;
    for child in &children {
        sum += child.join().await.unwrap_or_default();
    }
    sum
}

#[test]
fn children_are_started_once_and_joined_whatever_crashes() -> Outcome {
    TestRuntime::new().register(square).register(fans_out).crash_everywhere(async |rt| {
        assert_eq!(rt.start(fans_out, (5,)).await?.result().await?, 55);
        assert_eq!(rt.list(Default::default(), None, 100).await?.records.len(), 6);
        Ok(())
    })?;
    TestRuntime::new().register(square).register(fans_out).run(async |rt| {
        assert_eq!(rt.start(fans_out, (1000,)).await?.result().await?, 333_833_500);
        Ok(())
    })
}

#[durable]
async fn stops_another(whom: Id) {
    cancel(whom).await;
}

#[test]
fn a_coroutine_cancels_another() -> Outcome {
    TestRuntime::new().register(numbers).register(stops_another).crash_everywhere(async |rt| {
        let numbers = rt.start(numbers, (3,)).await?;
        rt.settle().await;
        rt.start(stops_another, (numbers.id().clone(),)).await?.result().await?;
        assert!(matches!(numbers.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        Ok(())
    })?;
    Ok(())
}

#[durable]
async fn beside(world: &World) -> (usize, u32, &'static str) {
    let (steps, heard) = join!(several(world), receive::<u32>("numbers"));
    let first = race!(late("day", DAY), late("hour", DAY / 24));
    (steps, heard, first)
}

#[durable]
async fn several(world: &World) -> usize {
    let mut tried = 0;
    for n in 0..3 {
        tried += world.tries(&format!("step {n}")).await;
    }
    tried
}

#[durable]
async fn late(what: &'static str, time: Duration) -> &'static str {
    sleep(time).await;
    what
}

#[test]
fn branches_wait_and_work_beside_each_other() -> Outcome {
    TestRuntime::new().env_with(World::default).register(beside).crash_everywhere(async |rt| {
        let id = rt.start(beside, ()).await?.id().clone();
        let it = rt.handle::<(usize, u32, String)>(id.as_str())?;
        rt.advance(Duration::from_secs(1)).await;
        it.send_with_key("numbers", "once", &7).await?;
        let (steps, heard, first) = it.result().await?;
        assert_eq!((heard, &*first), (7, "hour"));
        assert_eq!(steps, rt.env::<World>().unwrap().total());
        assert!(steps <= 4);
        Ok(())
    })?;
    Ok(())
}

#[durable]
async fn hears_beside_a_step(gate: &Gate) -> u32 {
    race!(gate.passes(), hears())
}

#[durable]
pub(crate) async fn hears() -> u32 {
    receive("numbers").await
}

#[test]
fn what_comes_beside_a_step_that_is_under_way_is_heard_at_once() -> Outcome {
    TestRuntime::new().env(Gate(tokio::sync::Semaphore::new(0))).register(hears_beside_a_step).run(async |rt| {
        let it = rt.start(hears_beside_a_step, ()).await?;
        rt.settle().await;
        assert_eq!(it.status().await?, Status::Running);
        it.send("numbers", &2).await?;
        assert_eq!(it.result().await?, 2);
        Ok(())
    })
}
