//! What is refused.
use super::*;
use crate::checkpoints::{moves_old, newer, numbers, three_steps};
use crate::children::{hears, square};

trait Mailer: Send + Sync {
    fn name(&self) -> String;
}
struct Smtp;
impl Mailer for Smtp {
    fn name(&self) -> String {
        "smtp".into()
    }
}
struct Service {
    prefix: String,
}
impl Service {
    #[durable]
    async fn mails(&self, mailer: &dyn Mailer, text: String) -> String {
        format!("{}{} by {}", self.prefix, ready(text).await, mailer.name())
    }
}

#[test]
fn methods_and_traits_are_lent_by_the_environment() -> Outcome {
    let rt = TestRuntime::new().env(Service { prefix: "> ".into() }).env_shared::<dyn Mailer>(Arc::new(Smtp)).register(Service::mails);
    rt.run(async |rt| {
        assert_eq!(rt.start(Service::mails, ("hi".into(),)).await?.result().await?, "> hi by smtp");
        Ok(())
    })
}

#[tokio::test]
async fn what_functions_lack_is_told_by_name() -> Outcome {
    let lacks = Runtime::builder(Memory::new()).env(Smtp).register(Service::mails).register(three_steps).start().await;
    let told = lacks.err().ok_or("it started")?.to_string();
    for part in ["::mails` takes a `&engine::limits::Service`", "&dyn engine::limits::Mailer", "::three_steps` takes a `&engine::World`"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let twice = Runtime::builder(Memory::new()).register(moves_old).register(newer::moves).start().await;
    assert!(twice.err().ok_or("it started")?.to_string().contains("two functions are registered as `moves`"));
    Ok(())
}

#[test]
fn an_id_is_taken_once() -> Outcome {
    TestRuntime::new().register(square).register(numbers).run(async |rt| {
        let one = rt.start_as("it", square, (3,)).await?;
        let same = rt.start_as("it", square, (3,)).await?;
        assert_eq!((one.result().await?, same.result().await?), (9, 9));
        assert_eq!(rt.start_as("it", square, (3,)).await?.result().await?, 9, "after its end, too");
        assert!(matches!(rt.start_as("it", square, (4,)).await, Err(StartError::Taken(_))));
        assert!(matches!(rt.start_as("it", numbers, (3,)).await, Err(StartError::Taken(_))));
        assert!(matches!(rt.start_as("", square, (3,)).await, Err(StartError::Id(_))));
        assert!(matches!(rt.handle::<u64>("nobody")?.result().await, Err(RuntimeError::Unknown(_))));
        assert!(matches!(rt.handle::<u64>("nobody")?.send("numbers", &1).await, Err(RuntimeError::Unknown(_))));
        assert!(matches!(one.send("numbers", &1).await, Err(RuntimeError::Ended(_))));
        Ok(())
    })
}

#[durable]
async fn grows(bytes: usize) -> usize {
    let text = "x".repeat(bytes);
    ready(()).await;
    text.len()
}

#[durable]
async fn sends_much(bytes: usize) {
    let whom = own_id().await;
    send(whom, "much", "x".repeat(bytes)).await;
    receive::<()>("never").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_rests_and_says_so() -> Outcome {
    let runtime = Runtime::builder(Memory::new()).register(grows).register(sends_much).size_limit(10_000).start().await?;
    assert_eq!(runtime.start(grows, (5_000,)).await?.result().await?, 5_000);
    let large = runtime.start(grows, (50_000,)).await?;
    let sends = runtime.start(sends_much, (50_000,)).await?;
    for id in [large.id(), sends.id()] {
        let it = runtime.handle::<()>(id.as_str())?;
        status(&it, Status::Quarantined).await?;
        let error = it.inspect().await?.error.clone().unwrap_or_default();
        assert!(error.contains("10000 are allowed"), "{error}");
        it.cancel().await?;
        assert!(matches!(it.result().await, Err(RuntimeError::Join(JoinError::Cancelled))), "one that rests can be cancelled");
    }
    runtime.shutdown().await;
    Ok(())
}

#[durable]
async fn measures(text: String) -> usize {
    text.len()
}

#[test]
fn what_comes_from_outside_and_is_too_large_or_too_much_is_refused() -> Outcome {
    TestRuntime::new().register(measures).register(hears).run(async |rt| {
        let large = "x".repeat(17 << 20);
        let refused = rt.start_as("large", measures, (large.clone(),)).await;
        assert!(matches!(refused, Err(StartError::TooLarge { max, .. }) if max == 16 << 20), "{refused:?}");
        assert!(matches!(rt.handle::<usize>("large")?.status().await, Err(RuntimeError::Unknown(_))), "and nothing is there");

        let hears = rt.start(hears, ()).await?;
        let refused = hears.send("numbers", &large).await;
        assert!(matches!(refused, Err(RuntimeError::TooLarge { max, .. }) if max == 16 << 20), "{refused:?}");
        for n in 0..INBOX_MAX {
            hears.send("elsewhere", &n).await?;
        }
        assert!(matches!(hears.send("elsewhere", &0).await, Err(RuntimeError::InboxFull(_))));
        assert!(matches!(hears.send("numbers", &7).await, Err(RuntimeError::InboxFull(_))), "an inbox has all channels");
        Ok(())
    })
}
