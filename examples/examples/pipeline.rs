//! A pipeline that can be killed at any moment and run again.
//!
//! `fulfil` works through a list of orders. It is lent the shop, calls other coroutines and lends them what it has, and awaits
//! ordinary async functions: those are the steps. Before each step the whole stack of calls goes into a file; after a crash the
//! program restores it and goes on with that step. Steps that ended before the file was last written are never run again; the one
//! that was under way is, so a step that must not happen twice needs a way to tell (here: the ledger shows both tries).
//!
//! ```sh
//! cargo run --example pipeline             # some ten seconds; kill it with Ctrl-C, or from elsewhere with the
//!                                          # `kill -9` that it prints, and run it again
//! cargo run --example pipeline -- --reset  # forget where it was
//! ```
//!
//! `--pace MS` says how long a step takes, `--directory D` where its two files go: `pipeline.frame` and `pipeline.ledger`.
use coroutine_examples::{read, remove, replace};
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

// ---- the durable part -----------------------------------------------------------------------------

/// Works through the orders. What comes by value is the state and is stored; what comes by reference is the world: the shop is
/// handed in again after a restore.
#[durable]
async fn fulfil(orders: Vec<Order>, shop: &Shop) -> Result<Report, ShopError> {
    let mut report = Report::default();
    for order in orders {
        let parcel = match pack(&order, shop, &mut report).await {
            Ok(parcel) => parcel,
            Err(Refusal::NotInStock(item)) => {
                report.refused.push(format!("order {}: no {item}", order.number));
                continue;
            }
            Err(Refusal::Shop(error)) => return Err(error),
        };
        shop.charge(&order.customer, parcel.price).await?;
        let label = print_label(shop, &order, &parcel).await?;
        report.sent.push(label);
    }
    Ok(report)
}

/// Fetches what an order asks for, piece by piece. Its `?` turns a shop's error into a refusal.
#[durable]
async fn pack(order: &Order, shop: &Shop, report: &mut Report) -> Result<Parcel, Refusal> {
    let mut parcel = Parcel { price: 0, weight: 0 };
    let mut n = 0;
    while n < order.lines.len() {
        let (item, pieces) = order.lines[n].clone();
        let fetched = shop.fetch(&item, pieces).await?.ok_or(Refusal::NotInStock(item))?;
        parcel.price += fetched.price;
        parcel.weight += fetched.weight;
        report.pieces += pieces;
        n += 1;
    }
    Ok(parcel)
}

#[derive(Clone, Serialize, Deserialize)]
struct Order {
    number: u32,
    customer: String,
    lines: Vec<(String, u32)>,
}

#[derive(Serialize, Deserialize)]
struct Parcel {
    price: u32,
    weight: u32,
}

#[derive(Default, Serialize, Deserialize)]
struct Report {
    sent: Vec<String>,
    refused: Vec<String>,
    pieces: u32,
}

/// Why an order is not sent.
#[derive(Serialize, Deserialize)]
enum Refusal {
    NotInStock(String),
    Shop(ShopError),
}

impl From<ShopError> for Refusal {
    fn from(error: ShopError) -> Self {
        Refusal::Shop(error)
    }
}

// ---- the world: ordinary async code -----------------------------------------------------------------

struct Shop {
    ledger: PathBuf,
    pace: Duration,
}

/// What the shop could not do.
#[derive(Debug, Serialize, Deserialize)]
struct ShopError(String);

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Error for ShopError {}

impl Shop {
    /// A line in the ledger: the trace that a step leaves in the world.
    async fn works(&self, what: &str) -> Result<(), ShopError> {
        println!("  begins   {what}");
        tokio::time::sleep(self.pace).await;
        self.enter(what).map_err(|error| ShopError(format!("{}: {error}", self.ledger.display())))?;
        println!("  has done {what}");
        Ok(())
    }

    fn enter(&self, what: &str) -> io::Result<()> {
        OpenOptions::new().create(true).append(true).open(&self.ledger)?.write_all(format!("{what}\n").as_bytes())
    }

    async fn fetch(&self, item: &str, pieces: u32) -> Result<Option<Parcel>, ShopError> {
        self.works(&format!("fetch {pieces} {item}")).await?;
        Ok(match item {
            "tea" => Some(Parcel { price: 4 * pieces, weight: 100 * pieces }),
            "cup" => Some(Parcel { price: 7 * pieces, weight: 350 * pieces }),
            "pot" => Some(Parcel { price: 30 * pieces, weight: 1200 * pieces }),
            _ => None,
        })
    }

    async fn charge(&self, customer: &str, price: u32) -> Result<(), ShopError> {
        self.works(&format!("charge {customer} {price}")).await
    }
}

async fn print_label(shop: &Shop, order: &Order, parcel: &Parcel) -> Result<String, ShopError> {
    shop.works(&format!("label for order {}", order.number)).await?;
    Ok(format!("order {} to {}: {} g, {} paid", order.number, order.customer, parcel.weight, parcel.price))
}

// ---- the program ------------------------------------------------------------------------------------

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_arguments()?;
    let (frame, ledger) = (options.directory.join("pipeline.frame"), options.directory.join("pipeline.ledger"));
    if options.reset {
        remove(&frame)?;
        remove(&ledger)?;
        println!("forgotten: {} and {} are gone", frame.display(), ledger.display());
        return Ok(());
    }
    // The steps may be any futures. These sleep on tokio's clock, which needs a thread that drives it.
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build()?;
    let _entered = tokio.enter();

    let shop = Shop { ledger, pace: options.pace };
    let mut pipeline = match read(&frame)? {
        Some(bytes) => {
            println!("going on from {} ({} bytes)", frame.display(), bytes.len());
            restore_with(fulfil, (&shop,), &bytes).map_err(|error| format!("{}: {error} (`--reset` begins anew)", frame.display()))?
        }
        None => {
            println!("starting anew");
            remove(&shop.ledger)?;
            fulfil(orders(), &shop).start()
        }
    };
    println!("kill me at any moment, with Ctrl-C or `kill -9 {}`, and run me again", std::process::id());

    let report = pipeline.run_with(|pipeline| store(pipeline, &frame))??;
    for line in &report.sent {
        println!("sent    {line}");
    }
    for line in &report.refused {
        println!("refused {line}");
    }
    println!("done: {} pieces fetched; {} has what the steps did", report.pieces, shop.ledger.display());
    remove(&frame)?;
    Ok(())
}

/// Called before each step.
fn store<M: Frame>(pipeline: &Coroutine<'_, M>, path: &Path) -> Result<(), Box<dyn Error>> {
    replace(path, &snapshot(pipeline)?)?;
    println!("stored");
    Ok(())
}

fn orders() -> Vec<Order> {
    let order = |number, customer: &str, lines: &[(&str, u32)]| Order {
        number,
        customer: customer.to_owned(),
        lines: lines.iter().map(|(item, pieces)| ((*item).to_owned(), *pieces)).collect(),
    };
    vec![
        order(1, "Ada", &[("tea", 2), ("cup", 2), ("pot", 1)]),
        order(2, "Grace", &[("tea", 1), ("samovar", 1), ("cup", 6)]),
        order(3, "Edsger", &[("cup", 4)]),
        order(4, "Barbara", &[("pot", 2), ("tea", 10)]),
    ]
}

struct Options {
    reset: bool,
    pace: Duration,
    directory: PathBuf,
}

impl Options {
    fn from_arguments() -> Result<Self, Box<dyn Error>> {
        let mut options = Options { reset: false, pace: Duration::from_millis(700), directory: PathBuf::new() };
        let mut arguments = std::env::args_os().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{}` needs a value", argument.display()));
            match argument.to_str() {
                Some("--reset") => options.reset = true,
                Some("--pace") => options.pace = Duration::from_millis(value()?.to_str().ok_or("`--pace` is a number")?.parse()?),
                Some("--directory") => options.directory = value()?.into(),
                _ => return Err(format!("unknown argument {}; see the head of this example", argument.display()).into()),
            }
        }
        Ok(options)
    }
}
