//! The alarm: one job after the other, as `Program::alarm` of the Worker does them.

use super::{SWEEP_MS, Task, World};
use crate::program::{Fate, Tables};
use crate::story::journey;

/// When an alarm tries again what failed, in milliseconds.
const TRY_AGAIN_MS: i64 = 30_000;

#[derive(Clone, Debug)]
pub(super) enum Job {
    Stale(Vec<String>),
    Approve(Vec<String>),
    CatchUp(Vec<(String, String)>),
    Send,
    Sleep { failed: bool },
}

impl World<'_> {
    pub(super) fn alarm_rings(&mut self) {
        let due = self
            .database
            .tables()
            .alarm
            .is_some_and(|at| at <= self.now);
        if due && !self.alarm_is_running {
            self.count("alarms");
            self.alarm_is_running = true;
            let stale = self.database.tables().stale.iter().cloned().collect();
            self.tasks.push(Task::Alarm(Job::Stale(stale)));
        }
    }

    /// As `Program::alarm` of the Worker: one job after the other, then sleep until the next is due.
    pub(super) fn alarm(&mut self, job: Job) {
        let (rules, now, fate) = (self.rules, self.now, self.fate());
        let due = |tables: &Tables| Job::Approve(tables.due_orders(now));
        let next = match job {
            Job::Stale(mut orders) => match orders.pop() {
                None => due(self.database.tables()),
                Some(order) => {
                    let kept = self
                        .database
                        .transaction(fate, |it| it.decide_if_stale(rules, &order, now));
                    match kept {
                        Ok(()) => Job::Stale(orders),
                        Err(_) => due(self.database.tables()),
                    }
                }
            },
            Job::Approve(mut orders) => match orders.pop() {
                None => Job::CatchUp(self.database.tables().unread()),
                Some(order) => {
                    let kept = self
                        .database
                        .transaction(fate, |it| it.approve_if_due(rules, &order, now));
                    match kept {
                        Ok(()) => Job::Approve(orders),
                        Err(_) => Job::CatchUp(self.database.tables().unread()),
                    }
                }
            },
            Job::CatchUp(mut unread) => match unread.pop() {
                None => Job::Send,
                Some((order, visitor)) => {
                    let facts = journey(&visitor);
                    let kept = self.database.transaction(fate, |it| {
                        it.catch_up(rules, &order, &visitor, &facts, now);
                    });
                    match kept {
                        Ok(()) => Job::CatchUp(unread),
                        Err(_) => Job::Send,
                    }
                }
            },
            Job::Send => {
                self.send();
                Job::Sleep { failed: false }
            }
            Job::Sleep { failed } => {
                // All that is under way has to come back first.
                if self.tasks.iter().any(|it| matches!(it, Task::Send { .. })) {
                    Job::Sleep { failed }
                } else {
                    return self.sleep(fate, failed);
                }
            }
        };
        self.tasks.push(Task::Alarm(next));
    }

    fn sleep(&mut self, fate: Fate, failed: bool) {
        let now = self.now;
        let kept = self.database.transaction(fate, |tables| {
            let soon = failed.then_some(now + TRY_AGAIN_MS);
            let due = tables.next_due().into_iter().chain(soon).min();
            tables.alarm = Some(
                due.unwrap_or(now + SWEEP_MS)
                    .min(now + SWEEP_MS)
                    .max(now + 100),
            );
        });
        match kept {
            Ok(()) => self.alarm_is_running = false,
            Err(_) => self.tasks.push(Task::Alarm(Job::Sleep { failed: true })),
        }
    }
}
