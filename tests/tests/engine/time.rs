//! Timers and deadlines.
use super::*;

#[durable]
async fn naps(times: u32) -> Vec<u64> {
    let mut woke = Vec::new();
    let begin = now().await;
    for n in 1..=times {
        sleep(DAY * n).await;
        woke.push(now().await.duration_since(begin).unwrap_or_default().as_secs());
    }
    sleep_until(begin + DAY * 100).await;
    woke.push(now().await.duration_since(begin).unwrap_or_default().as_secs());
    woke
}

#[test]
fn timers_fire_at_their_time_whatever_crashes() -> Outcome {
    let day = DAY.as_secs();
    TestRuntime::new().register(naps).crash_everywhere(async |rt| {
        let naps = rt.start(naps, (3,)).await?;
        for _ in 0..5 {
            rt.advance(DAY / 2).await;
            rt.crash().await?;
        }
        assert_eq!(naps.result().await?, [day, 3 * day, 6 * day, 100 * day], "to the millisecond, in virtual time");
        Ok(())
    })?;
    Ok(())
}

#[durable]
async fn patient() -> Vec<Result<u32, coroutine_runtime::Elapsed>> {
    let early = timeout!(DAY, receive::<u32>("answers"));
    let late = timeout!(DAY, receive::<u32>("answers"));
    sleep(DAY * 10).await;
    let stays = timeout!(DAY, receive::<u32>("answers"));
    vec![early, late, stays]
}

#[test]
fn a_message_or_a_time_whichever_is_first() -> Outcome {
    TestRuntime::new().register(patient).crash_everywhere(async |rt| {
        let patient = rt.start(patient, ()).await?;
        rt.advance(DAY / 2).await;
        patient.send_with_key("answers", "1", &1).await?;
        rt.advance(DAY * 2).await; // the second wait is over by now
        patient.send_with_key("answers", "2", &2).await?; // and this stays in the inbox for the third
        assert_eq!(patient.result().await?, [Ok(1), Err(coroutine_runtime::Elapsed), Ok(2)]);
        Ok(())
    })?;
    Ok(())
}
