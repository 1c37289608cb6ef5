//! Ctrl-C at the console: a CancelRequest ends what a console waits for.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::wire::key::CancelKey;

/// The consoles that there are, by what they were told for cancelling.
#[derive(Clone, Debug, Default)]
pub struct Interrupts(Arc<Mutex<HashMap<CancelKey, Arc<Notify>>>>);

/// One console's; it is forgotten when dropped.
#[derive(Debug)]
pub struct Interrupt {
    key: CancelKey,
    pressed: Arc<Notify>,
    all: Interrupts,
}

impl Interrupts {
    /// Another console.
    pub fn enter(&self, key: CancelKey) -> Interrupt {
        let pressed = Arc::new(Notify::new());
        self.0.lock().insert(key.clone(), pressed.clone());
        Interrupt { key, pressed, all: self.clone() }
    }

    /// Interrupts the console with this key, if there is one; one that waits for nothing goes on.
    pub fn interrupt(&self, key: &CancelKey) -> Found {
        match self.0.lock().get(key) {
            Some(pressed) => {
                pressed.notify_waiters();
                Found::Console
            }
            None => Found::Nobody,
        }
    }
}

/// Whose key it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// A console's.
    Console,
    /// No console's.
    Nobody,
}

impl Interrupt {
    /// What the console is told for cancelling.
    pub fn key(&self) -> &CancelKey {
        &self.key
    }

    /// Ready when somebody interrupts it.
    pub async fn pressed(&self) {
        self.pressed.notified().await;
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.all.0.lock().remove(&self.key);
    }
}
