//! Scenes of the engine in a world of its own: what only time shows; and the faults that the simulation has found, since a seed gives the
//! same run only until something else is changed. In: workers on a store that fails as it must; out: what the world outside has seen.
#![allow(clippy::unwrap_used)]
use super::Ends;
use super::core::{Checkpoints, Retries};
use super::registry::Registry;
use super::simulation::Machine;
use super::virtual_world::Virtual;
use super::worker::{Hooks, Options, Worker};
use super::world::World;
use crate::environment::Environment;
use crate::store::{End, Fate, Fault, Faulty, Filter, Id, Memory, NewCoroutine, Operation, Store};
use crate::{durable, payload};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LEASE_MS: u64 = 2_000;
const STEP_MS: u64 = 100;
const RETENTION_MS: u64 = 86_400_000;

/// The world outside: which steps were begun, and how many were under way at once.
struct Outside {
    world: Arc<Virtual>,
    begun: Mutex<Vec<u32>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

struct UnderWay<'a>(&'a Outside);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Outside {
    async fn does(&self, step: u32) {
        self.begun.lock().unwrap().push(step);
        self.most.fetch_max(self.under_way.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        let _under_way = UnderWay(self);
        self.world.sleep_until(self.world.now_ms() + STEP_MS).await;
    }
}

#[durable]
async fn steps(outside: &Outside, count: u32) -> u32 {
    for step in 1..=count {
        outside.does(step).await;
    }
    count
}

/// A coroutine of three steps, before anybody runs it.
struct Scene {
    world: Arc<Virtual>,
    memory: Memory,
    outside: Arc<Outside>,
    id: Id,
}

impl Scene {
    async fn new(world: &Arc<Virtual>) -> Self {
        let (begun, under_way, most) = Default::default();
        let scene = Scene {
            world: world.clone(),
            memory: Memory::new(),
            outside: Arc::new(Outside { world: world.clone(), begun, under_way, most }),
            id: Id::new("it").unwrap(),
        };
        scene.start(&scene.id).await;
        scene
    }

    async fn start(&self, id: &Id) {
        let function = format!("{}::steps", module_path!()).into();
        let new = NewCoroutine { id: id.clone(), function, args: payload::encode(&(3u32,)).unwrap(), parent: None };
        self.memory.start(self.world.now_ms(), vec![new]).await.unwrap();
    }

    async fn worker(&self, world: Arc<dyn World>, store: Arc<dyn Store>) -> Arc<Worker> {
        let mut registry = Registry::default();
        registry.register(steps, Checkpoints::EveryAwait);
        let mut environment = Environment::default();
        environment.insert(self.outside.clone());
        let retries = Retries { first: Duration::ZERO, ..Retries::default() };
        let options = Options { lease_ms: LEASE_MS, retries, retention_ms: Some(RETENTION_MS), ..Options::default() };
        let hooks = Hooks { on_error: Box::new(|_| {}) };
        let ends = Ends::new(store.clone(), world.clone());
        let worker = Worker::new(store, world, registry, environment, options, ends, hooks);
        worker.start().await.unwrap();
        worker
    }

    async fn pause(&self, ms: u64) {
        self.world.sleep_until(self.world.now_ms() + ms).await;
    }

    /// That it has ended within a minute, and which steps were begun.
    async fn ends(&self) -> Vec<u32> {
        let until_ms = self.world.now_ms() + 60_000;
        let done = [Fate::Ended(End::Completed(payload::encode(&3u32).unwrap()))];
        while self.memory.ends(vec![self.id.clone()]).await.unwrap() != done {
            assert!(self.world.now_ms() < until_ms, "it never ends: {:?}", self.memory.inspect(self.id.clone()).await);
            self.pause(10).await;
        }
        assert_eq!(self.outside.most.load(Ordering::Relaxed), 1, "it is driven by one at a time");
        self.outside.begun.lock().unwrap().clone()
    }
}

/// Runs a scene in a world of its own.
fn play(scene: impl AsyncFnOnce(Scene)) {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let world = Arc::new(Virtual::new(1, Duration::ZERO));
    let driven = world.drive(async {
        let opened = Scene::new(&world).await;
        scene(opened).await;
    });
    tokio.block_on(tokio::task::unconstrained(driven)).unwrap();
    world.clear();
}

/// A store in front of this one: calls of each kind in `lost` are carried out at their turn, and the answer is lost.
fn losing(memory: &Memory, lost: &'static [(Operation, usize)]) -> Arc<dyn Store> {
    let mut calls = Vec::new();
    Arc::new(Faulty::new(memory.clone(), move |call| {
        calls.push(call);
        let turn = calls.iter().filter(|other| **other == call).count();
        if lost.contains(&(call, turn)) { Fault::Lost } else { Fault::None }
    }))
}

#[test]
fn who_has_ended_is_removed_after_its_time_a_few_at_a_time() {
    play(async |scene| {
        for n in 0..600 {
            scene.start(&Id::new(format!("{n}")).unwrap()).await;
        }
        let (worker, began_ms) = (scene.worker(scene.world.clone(), Arc::new(scene.memory.clone())).await, scene.world.now_ms());
        let count = async || scene.memory.list(Filter::default(), None, 1000).await.unwrap().records.len();
        scene.pause(RETENTION_MS - 1000).await;
        assert_eq!(count().await, 601, "it is not time yet");
        let (mut before, mut most) = (601, 0);
        while before > 0 {
            scene.pause(10).await;
            let now = count().await;
            (most, before) = (most.max(before - now), now);
            assert!(scene.world.now_ms() < began_ms + 2 * RETENTION_MS, "they stay: {now}");
        }
        assert!(most < 300, "{most} at a time");
        worker.stop();
    });
}

/// (Seed 146.) They stayed with a worker that did not know of them, and that showed that it lives.
#[test]
fn coroutines_of_a_claim_whose_answer_was_lost_are_claimed_anew() {
    play(async |scene| {
        let worker = scene.worker(scene.world.clone(), losing(&scene.memory, &[(Operation::Claim, 1)])).await;
        assert_eq!(scene.ends().await, [1, 2, 3]);
        worker.stop();
    });
}

/// (Seed 3824.) They were given back again, while the worker that gave them back had claimed them anew.
#[test]
fn coroutines_are_given_back_once_though_that_answer_is_lost_too() {
    play(async |scene| {
        let worker = scene.worker(scene.world.clone(), losing(&scene.memory, &[(Operation::Commit, 2), (Operation::Release, 1)])).await;
        let begun = scene.ends().await;
        assert!(begun.is_sorted(), "no step was done after one that follows it: {begun:?}");
        worker.stop();
    });
}

/// A machine stood still just before a step; another had done it, when it went on.
#[test]
fn a_worker_that_stood_still_does_no_step_that_others_have_done() {
    play(async |scene| {
        let frozen_until_ms = Arc::<AtomicU64>::default();
        let machine = Arc::new(Machine { world: scene.world.clone(), ahead_ms: Arc::default(), frozen_until_ms: frozen_until_ms.clone() });
        let (world, mut commits) = (scene.world.clone(), 0);
        let store = Faulty::new(scene.memory.clone(), move |call| {
            commits += usize::from(call == Operation::Commit);
            if call == Operation::Commit && commits == 2 {
                frozen_until_ms.store(world.now_ms() + 5 * LEASE_MS, Ordering::Relaxed);
            }
            Fault::None
        });
        let slow = scene.worker(machine, Arc::new(store)).await;
        scene.pause(STEP_MS / 2).await;
        assert_eq!(*scene.outside.begun.lock().unwrap(), [1], "the first has it");
        let other = scene.worker(scene.world.clone(), Arc::new(scene.memory.clone())).await;
        assert_eq!(scene.ends().await, [1, 2, 3]);
        scene.pause(10 * LEASE_MS).await;
        assert_eq!(*scene.outside.begun.lock().unwrap(), [1, 2, 3], "the first goes on, and does nothing again");
        slow.stop();
        other.stop();
    });
}
