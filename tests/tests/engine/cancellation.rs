//! Requests to cancel.
use super::*;

#[derive(Serialize, Deserialize)]
struct Guard(String);
static DROPPED: Mutex<Vec<String>> = Mutex::new(Vec::new());
impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.lock().unwrap().push(self.0.clone());
    }
}

#[durable]
async fn family(depth: u32) -> u32 {
    let _guard = Guard(format!("cancelled at {depth}"));
    if depth == 0 {
        receive::<()>("never").await;
        return 0;
    }
    let child = spawn(family, (depth - 1,)).await;
    child.join().await.unwrap_or(99)
}

#[test]
fn a_request_to_cancel_reaches_children_and_drops_what_they_hold() -> Outcome {
    TestRuntime::new().register(family).run(async |rt| {
        let top = rt.start_as("top", family, (2,)).await?;
        rt.settle().await;
        DROPPED.lock().unwrap().clear();
        top.cancel().await?;
        assert!(matches!(top.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        rt.settle().await;
        for id in ["top", "top/0", "top/0/0"] {
            assert_eq!(rt.handle::<u32>(id)?.status().await?, Status::Cancelled, "{id}");
        }
        let dropped: BTreeSet<String> = DROPPED.lock().unwrap().iter().cloned().collect();
        assert_eq!(dropped.len(), 3, "{dropped:?}");
        assert!(matches!(top.cancel().await, Err(RuntimeError::Ended(_))));
        Ok(())
    })
}

#[durable]
async fn tidies(world: &World) -> String {
    let booked = idempotency_key().await;
    world.does(&booked, "book").await;
    select! {
        _ = receive::<()>("confirm") => "confirmed".to_string(),
        () = cancelled() => {
            sleep(DAY).await;
            world.does(&format!("{booked} undone"), "undo").await;
            "tidied".to_string()
        }
    }
}

#[test]
fn who_waits_for_the_request_cleans_up_durably() -> Outcome {
    TestRuntime::new().env_with(World::default).register(tidies).crash_everywhere(async |rt| {
        let tidies = rt.start(tidies, ()).await?;
        rt.advance(DAY).await;
        tidies.cancel().await?;
        assert_eq!(tidies.result().await?, "tidied");
        let done: Vec<String> = rt.env::<World>().unwrap().done.lock().unwrap().values().cloned().collect();
        assert_eq!(done, ["book", "undo"]);
        Ok(())
    })?;
    TestRuntime::new().env_with(World::default).register(tidies).run(async |rt| {
        let tidies = rt.start(tidies, ()).await?;
        rt.settle().await;
        tidies.cancel().await?;
        rt.settle().await;
        tidies.cancel().await?; // it tidies up, and nobody waits for this one
        assert!(matches!(tidies.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        assert_eq!(rt.env::<World>().unwrap().tried("undo"), 0);
        Ok(())
    })
}

struct Slow;
impl Slow {
    async fn never(&self) {
        std::future::pending().await
    }
}

#[durable]
async fn stuck(slow: &Slow) {
    let _guard = Guard("stuck".into());
    slow.never().await
}

#[test]
fn a_step_that_is_under_way_is_dropped_by_a_request_to_cancel() -> Outcome {
    TestRuntime::new().env(Slow).register(stuck).run(async |rt| {
        let stuck = rt.start(stuck, ()).await?;
        rt.settle().await;
        assert_eq!(stuck.status().await?, Status::Running);
        stuck.cancel().await?;
        assert!(matches!(stuck.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        Ok(())
    })
}
