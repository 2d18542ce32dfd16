//! What breaks: storage, the network, the machine. Nothing acknowledged is lost, nothing is there twice.

mod calls;
mod promises;
mod recovery;
