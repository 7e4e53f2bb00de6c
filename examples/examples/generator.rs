//! Values in both directions: a function that asks, and is resumed with the answers.
//!
//! `guess` looks for a number. It yields its guesses (`u64`) and is resumed with hints (`Hint`): the types are declared once, in
//! the attribute, and a wrong one does not compile. The program also forks it: a snapshot taken in the middle is restored twice,
//! and the two go on from there on their own.
//!
//! ```sh
//! cargo run --example generator
//! ```
use coroutine_runtime::Yields;
use coroutine_runtime::prelude::*;
use std::cmp::Ordering;
use std::error::Error;

/// What the function is resumed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    Higher,
    Lower,
    Right,
}

/// Yields guesses until one is right, or the hints contradict each other. Gives how many it took.
#[durable(yield = u64, resume = Hint)]
async fn guess(mut low: u64, mut high: u64) -> Option<u32> {
    let mut tries = 0;
    while low <= high {
        let middle = low + (high - low) / 2;
        tries += 1;
        match yield_(middle).await {
            Hint::Higher => low = middle + 1,
            Hint::Lower => high = middle.checked_sub(1)?,
            Hint::Right => return Some(tries),
        }
    }
    None
}

fn hint(guessed: u64, secret: u64) -> Hint {
    match secret.cmp(&guessed) {
        Ordering::Greater => Hint::Higher,
        Ordering::Less => Hint::Lower,
        Ordering::Equal => Hint::Right,
    }
}

/// Answers the guesses of a player that has just guessed `guessed`, until it is done.
fn play<M>(player: &mut Coroutine<'_, M>, mut guessed: u64, secret: u64) -> Result<Option<u32>, Box<dyn Error>>
where
    M: Frame<Return = Option<u32>, Port = Yields<u64, Hint>>,
{
    loop {
        let hint = hint(guessed, secret);
        println!("  is it {guessed}? {hint:?}");
        match player.resume(hint)? {
            Resumed::Yielded(next) => guessed = next,
            Resumed::Complete(result) => return Ok(result),
        }
    }
}

fn tell(result: Option<u32>) {
    match result {
        Some(tries) => println!("  found in {tries} tries"),
        None => println!("  there is no such number"),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("a number from 1 to 100, which is 37:");
    let mut player = guess(1, 100).start();
    // The first resume starts it: nothing has been asked, so what it is resumed with is dropped.
    let Resumed::Yielded(first) = player.resume(Hint::Right)? else { return Err("it did not ask".into()) };
    let second = match player.resume(hint(first, 37))? {
        Resumed::Yielded(second) => second,
        Resumed::Complete(result) => return Err(format!("it gave up: {result:?}").into()),
    };
    println!("  is it {first}? {:?}", hint(first, 37));
    let halfway = snapshot(&player)?;
    tell(play(&mut player, second, 37)?);

    println!("the same player as it was after its first hint ({} bytes), now looking for 13:", halfway.len());
    tell(play(&mut restore(guess, &halfway)?, second, 13)?);

    println!("and once more, for 80, which its first hint ruled out:");
    tell(play(&mut restore(guess, &halfway)?, second, 80)?);
    Ok(())
}
