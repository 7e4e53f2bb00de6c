//! Each example as a person runs it: as processes, killed and started again.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The program of an example: cargo puts it beside the directory where this test lies.
fn example(name: &str) -> Result<Command, Box<dyn std::error::Error>> {
    let test = std::env::current_exe()?;
    let profile = test.ancestors().nth(2).ok_or("the test lies nowhere")?;
    let program = profile.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if !program.exists() {
        return Err(format!("{}: not built; run `cargo test -p coroutine-examples`", program.display()).into());
    }
    Ok(Command::new(program))
}

/// A directory that is empty, and removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let path = std::env::temp_dir().join(format!("coroutine-examples-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a run that succeeds prints.
fn prints(command: &mut Command) -> Result<String, Box<dyn std::error::Error>> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

// ---- counter ----------------------------------------------------------------------------------------

fn counted(printed: &str) -> Vec<u64> {
    printed.lines().filter_map(|line| line.strip_prefix("counted ")?.parse().ok()).collect()
}

#[test]
fn counter_goes_on_where_the_last_process_stopped() -> Outcome {
    let scratch = Scratch::new("counter")?;
    let frame = scratch.0.join("counter.frame");
    let run = || prints(example("counter")?.arg("--file").arg(&frame));

    assert_eq!(counted(&run()?), [1, 2, 3]);
    assert!(frame.exists());
    assert_eq!(counted(&run()?), [4, 5, 6]);
    assert_eq!(counted(&run()?), [7, 8, 9]);
    let last = run()?;
    assert_eq!(counted(&last), [10]);
    assert!(last.contains("from 1 to 10 add up to 55, their squares to 385"), "{last}");
    assert!(!frame.exists(), "a function that has returned is not kept");

    assert_eq!(counted(&run()?), [1, 2, 3]);
    prints(example("counter")?.arg("--reset").arg("--file").arg(&frame))?;
    assert!(!frame.exists());
    assert_eq!(counted(&run()?), [1, 2, 3]);
    Ok(())
}

#[test]
fn counter_is_not_confused_by_a_file_that_is_not_its_own() -> Outcome {
    let scratch = Scratch::new("counter-damaged")?;
    let frame = scratch.0.join("counter.frame");
    prints(example("counter")?.arg("--file").arg(&frame))?;
    let good = std::fs::read(&frame)?;
    for bad in [&b""[..], b"not a frame", &good[..good.len() - 1]] {
        std::fs::write(&frame, bad)?;
        let output = example("counter")?.arg("--file").arg(&frame).stdin(Stdio::null()).output()?;
        let told = String::from_utf8(output.stderr)?;
        assert!(!output.status.success() && told.starts_with("Error: ") && told.contains("--reset"), "{told}");
        assert_eq!(std::fs::read(&frame)?, bad, "the file is left as it was");
    }
    Ok(())
}

// ---- generator --------------------------------------------------------------------------------------

#[test]
fn generator_asks_is_answered_and_forks() -> Outcome {
    let printed = prints(&mut example("generator")?)?;
    let guesses: Vec<&str> = printed.lines().filter_map(|line| line.trim().strip_prefix("is it ")).collect();
    assert_eq!(guesses[..3], ["50? Lower", "25? Higher", "37? Right"]);
    assert_eq!(guesses[3..8], ["25? Lower", "12? Higher", "18? Lower", "15? Lower", "13? Right"]);
    let ends: Vec<&str> = printed.lines().map(str::trim).filter(|l| l.starts_with("found") || l.starts_with("there is no")).collect();
    assert_eq!(ends, ["found in 3 tries", "found in 6 tries", "there is no such number"]);
    Ok(())
}

// ---- recursion --------------------------------------------------------------------------------------

#[test]
fn recursion_goes_on_in_other_processes() -> Outcome {
    let printed = prints(&mut example("recursion")?)?;
    let visited: Vec<&str> = printed.lines().filter(|line| line.starts_with("  ")).map(str::trim).collect();
    let tree = "life,animals,birds,owls,barn owl,snowy owl,finches,fish,carp,plants,trees,oaks,elms,mosses";
    assert_eq!(visited, tree.split(',').collect::<Vec<_>>());
    let processes: std::collections::BTreeSet<&str> =
        printed.lines().filter_map(|line| line.strip_prefix("process ")?.split(' ').next()).collect();
    assert_eq!(processes.len(), 4, "{printed}");
    assert!(printed.ends_with("done: the longest path has 29 letters\n"), "{printed}");
    Ok(())
}

// ---- pipeline ---------------------------------------------------------------------------------------

/// An example under way, and what it prints, line by line.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(directory: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        Running::of(example("pipeline")?.arg("--pace").arg("4").arg("--directory").arg(directory))
    }

    fn of(command: &mut Command) -> Result<Self, Box<dyn std::error::Error>> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let printed = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || printed.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Ok(Running { child, lines })
    }

    /// Lets it go on for a while; then kills it if it has not ended. Gives what it printed, and whether it had ended by itself.
    fn for_a_while(mut self, time: Option<Duration>) -> Result<(Vec<String>, bool), Box<dyn std::error::Error>> {
        let until = time.map(|time| std::time::Instant::now() + time);
        let mut printed = Vec::new();
        loop {
            let left = until.map_or(Duration::from_secs(60), |until| until.saturating_duration_since(std::time::Instant::now()));
            match self.lines.recv_timeout(left) {
                Ok(line) => printed.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if time.is_none() => return Err(format!("it hangs: {printed:?}").into()),
                Err(RecvTimeoutError::Timeout) => {
                    self.child.kill()?; // SIGKILL
                    printed.extend(self.lines.iter());
                    break;
                }
            }
        }
        let status = self.child.wait()?;
        if !status.success() && status.code().is_some() {
            let mut told = String::new();
            self.child.stderr.take().ok_or("no stderr")?.read_to_string(&mut told)?;
            return Err(format!("{status}: {told}").into());
        }
        Ok((printed, status.success()))
    }
}

/// What a pipeline that has ended says of its orders.
fn report(printed: &[String]) -> Vec<&String> {
    printed.iter().filter(|line| ["sent ", "refused ", "done: "].iter().any(|head| line.starts_with(head))).collect()
}

fn steps<'a>(printed: &'a [String], mark: &str) -> Vec<&'a str> {
    printed.iter().filter_map(|line| line.trim().strip_prefix(mark)).map(str::trim).collect()
}

#[test]
fn pipeline_undisturbed() -> Outcome {
    let scratch = Scratch::new("pipeline")?;
    let (printed, ended) = Running::start(&scratch.0)?.for_a_while(None)?;
    assert!(ended);
    let done = steps(&printed, "has done");
    assert_eq!(done.len(), 14);
    assert_eq!(std::fs::read_to_string(scratch.0.join("pipeline.ledger"))?.lines().collect::<Vec<_>>(), done);
    assert_eq!(printed.iter().filter(|line| *line == "stored").count(), done.len());
    assert_eq!(report(&printed).len(), 5);
    assert!(!scratch.0.join("pipeline.frame").exists());
    Ok(())
}

#[test]
fn pipeline_killed_at_random_moments_ends_as_if_undisturbed() -> Outcome {
    let scratch = Scratch::new("pipeline-killed")?;
    let (undisturbed, _) = Running::start(&scratch.0)?.for_a_while(None)?;
    let all = steps(&undisturbed, "has done");

    let mut seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos() as u64 | 1;
    println!("seed {seed}");
    for _ in 0..4 {
        prints(example("pipeline")?.arg("--reset").arg("--directory").arg(&scratch.0))?;
        let mut safe: Vec<String> = Vec::new(); // ended, and the file was written since: never to be run again
        let mut kills = 0;
        let last = loop {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let time = (kills < 8).then(|| Duration::from_micros(seed % 40_000));
            let (printed, ended) = Running::start(&scratch.0)?.for_a_while(time)?;
            for step in steps(&printed, "begins") {
                assert!(!safe.iter().any(|s| s == step), "`{step}` was stored as done and is run again: {printed:#?}");
            }
            if let Some(stored) = printed.iter().rposition(|line| line == "stored") {
                safe.extend(steps(&printed[..stored], "has done").into_iter().map(str::to_owned));
            }
            if ended || printed.iter().any(|line| line.starts_with("done: ")) {
                break printed;
            }
            kills += 1;
        };
        assert_eq!(report(&last), report(&undisturbed));

        // Each step was run; one that was under way when the process was killed may have been run again.
        let ledger = std::fs::read_to_string(scratch.0.join("pipeline.ledger"))?;
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        ledger.lines().for_each(|step| *times.entry(step).or_default() += 1);
        assert_eq!(times.len(), all.len());
        assert!(all.iter().all(|step| times.contains_key(step)));
        assert!(times.values().sum::<usize>() <= all.len() + kills, "{kills} kills: {times:?}");
        let mut order: Vec<&str> = ledger.lines().collect();
        order.dedup();
        assert_eq!(order, all, "the steps stand in their order, tries of one beside each other");
    }
    Ok(())
}

// ---- order ------------------------------------------------------------------------------------------

/// What is done for an order, in the order in which it is done.
fn done_for(ledger: &str, name: &str) -> Vec<String> {
    let of = format!("{name}: ");
    ledger.lines().filter_map(|line| line.split_once('\t')?.1.strip_prefix(&*of).map(str::to_owned)).collect()
}

#[test]
fn order_killed_at_random_moments_does_everything_once() -> Outcome {
    let scratch = Scratch::new("order-killed")?;
    let mut seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos() as u64 | 1;
    println!("seed {seed}");
    let mut kills = 0;
    let printed = loop {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut command = example("order")?;
        command.arg("--pace").arg("30").arg("--orders").arg("20").arg("--directory").arg(&scratch.0);
        // (After a second a worker that was killed is taken for dead, and all that there is to do takes another.)
        let time = (kills < 8).then(|| Duration::from_millis(if kills == 0 { seed % 400 } else { 300 + seed % 700 }));
        let (printed, ended) = Running::of(&mut command)?.for_a_while(time)?;
        if ended {
            break printed;
        }
        kills += 1;
    };
    println!("{kills} kills");
    assert!(kills > 0);
    assert_eq!(printed.iter().filter(|line| line.starts_with("done: ") && line.ends_with("was paid 300 for 3 parcels")).count(), 20);

    let ledger = std::fs::read_to_string(scratch.0.join("order.ledger"))?;
    let all = ["charge for 3 items", "pack tea", "pack cups", "pack a kettle", "send 3 parcels", "thank the customer"];
    for n in 1..=20 {
        let mut done = done_for(&ledger, &format!("order-{n}"));
        if n == 2 {
            assert_eq!(done.remove(0), "find the bank busy");
        }
        assert_eq!(done, all, "order-{n}, after {kills} kills");
    }
    assert_eq!(ledger.lines().count(), 20 * all.len() + 1);
    Ok(())
}

// ---- approval ---------------------------------------------------------------------------------------

#[test]
fn approval_is_answered_while_nobody_works() -> Outcome {
    let scratch = Scratch::new("approval")?;
    let approval = |arguments: &[&str]| {
        let mut command = example("approval")?;
        prints(command.arg("--directory").arg(&scratch.0).args(arguments))
    };
    let mut ids = Vec::new();
    for what in ["a kettle", "a holiday"] {
        let printed = approval(&["ask", what])?;
        ids.push(printed.trim().rsplit(' ').next().ok_or("no id")?.to_string());
    }
    assert_eq!(approval(&["list"])?.matches(" is Ready").count(), 2);
    approval(&["answer", &ids[0], "yes"])?;
    approval(&["answer", &ids[1], "no"])?;
    let printed = approval(&["work", "--until-idle"])?;
    assert!(printed.contains("\na kettle: approved") && printed.contains("\na holiday: refused"), "{printed}");
    assert_eq!(approval(&["list"])?.matches(" is Completed").count(), 2);
    let printed = approval(&["work", "--until-idle"])?;
    assert!(!printed.contains("mail: "), "what has ended is not run again: {printed}");
    Ok(())
}

// ---- fan_out ----------------------------------------------------------------------------------------

#[test]
fn fan_out_killed_and_run_again_joins_every_child() -> Outcome {
    let scratch = Scratch::new("fan-out")?;
    for n in 0..4 {
        let mut command = example("fan_out")?;
        command.arg("--children").arg("300").arg("--directory").arg(&scratch.0);
        let time = (n < 3).then(|| Duration::from_millis(60 + 40 * n));
        let (printed, ended) = Running::of(&mut command)?.for_a_while(time)?;
        if ended {
            assert!(printed.iter().any(|line| line.starts_with("30897 people in 300 towns, 0 of which")), "{printed:?}");
            return Ok(());
        }
    }
    Err("it never ended".into())
}

// ---- agent ------------------------------------------------------------------------------------------

#[test]
fn agent_goes_on_with_the_conversation_of_the_last_process() -> Outcome {
    let scratch = Scratch::new("agent")?;
    for (sum, is) in [("2 + 3 * 4", "14"), ("7 * 6", "42"), ("hello", "hello")] {
        let printed = prints(example("agent")?.arg("--directory").arg(&scratch.0).arg("--say").arg(sum))?;
        assert!(printed.contains(&format!("agent: it is {is}\n")), "{printed}");
    }
    Ok(())
}
