//! A store that is shared is a store.
use super::{
    Answer, Asked, BoxFuture, Checkpoint, Claimed, Fate, Filter, Id, NewCoroutine, NewMessage, News, NewsOf, Page, Record, Report, Sent,
    Started, Store, Swept, WorkerId,
};
use std::sync::Arc;

impl<S: Store + ?Sized> Store for Arc<S> {
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId> {
        (**self).open_worker(now_ms, ttl_ms)
    }

    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()> {
        (**self).heartbeat(worker, now_ms, ttl_ms)
    }

    fn depose(&self, now_ms: u64) -> Answer<'_, usize> {
        (**self).depose(now_ms)
    }

    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()> {
        (**self).close_worker(worker, now_ms)
    }

    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed> {
        (**self).claim(worker, now_ms, limit, functions)
    }

    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report> {
        (**self).commit(worker, now_ms, batch)
    }

    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()> {
        (**self).release(worker, now_ms, ids)
    }

    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>> {
        (**self).news(worker, of)
    }

    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>> {
        (**self).ends(ids)
    }

    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>> {
        (**self).start(now_ms, coroutines)
    }

    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>> {
        (**self).send(now_ms, messages)
    }

    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked> {
        (**self).cancel(now_ms, id)
    }

    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool> {
        (**self).resume(now_ms, id)
    }

    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool> {
        (**self).fail(now_ms, id, error)
    }

    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>> {
        (**self).inspect(id)
    }

    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page> {
        (**self).list(filter, after, limit)
    }

    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept> {
        (**self).sweep(now_ms, ended_before_ms, limit)
    }

    fn changed(&self, seen: u64) -> BoxFuture<'_, u64> {
        (**self).changed(seen)
    }
}
