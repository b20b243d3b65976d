//! What an act asks for by `after_commit` happens after its commit, and never where it was rolled back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use title_review::authz::Principal;
use title_review::context::Cx;
use title_review::db;

use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

/// A counter, and what adds a hook that raises it.
fn counter() -> (Arc<AtomicUsize>, impl Fn(&mut Cx<'_>) + Clone + Send + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let hooked = Arc::clone(&count);
    let add = move |cx: &mut Cx<'_>| {
        let count = Arc::clone(&hooked);
        cx.after_commit(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
    };
    (count, add)
}

on_both!(hook_runs_after_the_commit_and_never_after_a_rollback);
async fn hook_runs_after_the_commit_and_never_after_a_rollback(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let (count, add) = counter();

    let (hook, inside) = (add.clone(), Arc::clone(&count));
    let before_commit = world.app.act_as_system(move |cx| {
        hook(cx);
        // An act in somebody else's name hands its hooks on.
        let now = cx.now;
        cx.act_as(&Principal::anonymous(), now, &hook);
        Ok::<_, db::Error>(inside.load(Ordering::SeqCst))
    });
    assert_eq!(before_commit.await, Ok(0), "nothing runs inside the transaction");
    assert_eq!(count.load(Ordering::SeqCst), 2);

    let generation = world.app.principals.current();
    let rolled_back = world.app.act_as_system(move |cx| {
        add(cx);
        cx.principals_changed();
        Err::<(), _>(db::Error::NotFound)
    });
    assert_eq!(rolled_back.await, Err(db::Error::NotFound));
    assert_eq!((count.load(Ordering::SeqCst), world.app.principals.current()), (2, generation));

    let committed = world.app.act_as_system(|cx| {
        cx.principals_changed();
        Ok::<_, db::Error>(())
    });
    committed.await.unwrap();
    assert!(world.app.principals.current() > generation, "principals that were loaded before are not used any more");
}
