//! Where a command reads from: a file or standard input, with a progress bar if it takes long.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// Something opened for reading, and what to call it in messages.
pub struct Input {
    name: String,
    reader: Watched,
}

/// Counts what is read, and shows it on a terminal once reading has taken [`SHOWN_AFTER`].
pub struct Watched {
    inner: Box<dyn Read + Send>,
    progress: ProgressBar,
    /// Whether somebody would see it, and want to.
    shown: bool,
}

/// How long a run may take without showing that it is alive.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

impl Input {
    /// Opens a file, or standard input if there is none or it is called `-`.
    pub fn open(file: Option<&Path>) -> Result<Input, Failure> {
        let (name, inner, length): (_, Box<dyn Read + Send>, _) = match file {
            Some(path) if path != Path::new("-") => {
                let name = path.display().to_string();
                let file = File::open(path).map_err(|error| Failure::at(&name, error))?;
                // Of a pipe with a name the length is 0, which is to say unknown.
                let length = file.metadata().ok().map(|it| it.len()).filter(|it| *it > 0);
                (name, Box::new(file), length)
            }
            _ => ("standard input".to_owned(), Box::new(io::stdin()), None),
        };
        Ok(Input {
            name,
            reader: Watched {
                inner,
                progress: ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden())
                    .with_style(style(length.is_some())),
                shown: io::stderr().is_terminal(),
            },
        })
    }

    /// For a command that prints while it reads: on a terminal its output shows that it is alive,
    /// and a bar amid it would only be in the way.
    pub fn beside_output(mut self) -> Input {
        self.reader.shown &= !io::stdout().is_terminal();
        self
    }

    /// What to call it in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bar: whoever writes to the terminal meanwhile has to suspend it.
    pub fn progress(&self) -> ProgressBar {
        self.reader.progress.clone()
    }

    /// What reads it.
    pub fn into_reader(self) -> Watched {
        self.reader
    }

    /// Everything in it, as text: for what people write, not for what programs export.
    pub fn read_all(mut self) -> Result<String, Failure> {
        let mut text = String::new();
        self.reader
            .read_to_string(&mut text)
            .map_err(|error| Failure::at(&self.name, error))?;
        Ok(text)
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 {
            self.progress.finish_and_clear();
            return Ok(0);
        }
        self.progress.inc(u64::try_from(read).unwrap_or_default());
        if self.shown && self.progress.is_hidden() && self.progress.elapsed() > SHOWN_AFTER {
            self.progress.set_draw_target(ProgressDrawTarget::stderr());
        }
        Ok(read)
    }
}

fn style(length_is_known: bool) -> ProgressStyle {
    let template = match length_is_known {
        true => "{bar:30} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left",
        false => "{spinner} {bytes}, {binary_bytes_per_sec}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
