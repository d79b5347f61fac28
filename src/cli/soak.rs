//! How long a run goes on: `--repeat`, `--for`, `--until`, `--until-fail`.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::plan::{Soak, Span, TimeOfDay};

/// How long a run goes on, instead of what the plan says; what comes first ends it.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct SoakArguments {
    /// So many iterations of each case. Cases that say `repeat`, `for`, `until` or `until-fail` take
    /// turns, the others run once; where no case says one of these, all take turns
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    repeat: Option<u64>,
    /// For so long, such as 8h or 90m; an iteration that has begun is finished
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasting: Option<Duration>,
    /// Until the clock of this machine shows this time, such as 06:30
    #[arg(long, value_name = "TIME", value_parser = TimeOfDay::from_str)]
    until: Option<TimeOfDay>,
    /// Until an iteration fails; adds to whatever else ends it
    #[arg(long)]
    until_fail: bool,
}

impl SoakArguments {
    /// What they come to.
    pub(super) fn soak(self) -> Soak {
        let Self { repeat, lasting, until, until_fail } = self;
        Soak { repeat, lasting, until, until_fail }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match Span::parse(text)? {
        Span(Duration::ZERO) => {
            Err("no time at all lets nothing run; write for example 8h".to_owned())
        }
        Span(duration) => Ok(duration),
    }
}
